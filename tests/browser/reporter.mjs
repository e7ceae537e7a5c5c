// A line for each test, the reason of each failure, one line of summary.
import path from 'node:path';

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const start = performance.now();
  for await (const { type, data } of events) {
    if (type === 'test:pass') {
      const skipped = data.skip !== undefined;
      counts[skipped ? 'skipped' : 'passed'] += 1;
      yield `${skipped ? '-' : '✔'} ${name(data)}\n`;
    } else if (type === 'test:fail') {
      counts.failed += 1;
      const error = data.details.error.cause ?? data.details.error;
      yield `✖ ${name(data)}\n${indent(error.stack ?? String(error))}\n`;
    } else if (type === 'test:stderr') {
      yield data.message;
    }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  yield `browser tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s\n`;
}

function name(data) {
  return `${path.basename(data.file ?? '', '.test.mjs')}: ${data.name} (${Math.round(data.details.duration_ms)} ms)`;
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}
