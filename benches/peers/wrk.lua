-- What wrk asks for, and how it tells what it has seen: wrk -s wrk.lua URL -- METHOD THINK
--
-- THINK is how many milliseconds a connection waits, on average, between an answer and its next request, also parts of
-- one; 0 is not at all, so that the server gets as much as it can take.

function init(arguments)
  wrk.method = arguments[1]
  local think = tonumber(arguments[2])
  if think > 0 then
    math.randomseed(1)
    -- Whole milliseconds, because wrk knows no others: parts of one are made by how often the longest wait comes.
    function delay() return math.floor(math.random() * (2 * think + 1)) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "bytes": %d, "failed": %d, "p50_us": %d, "p99_us": %d, "p999_us": %d}\n',
    summary.requests, summary.duration, summary.bytes, failed,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
