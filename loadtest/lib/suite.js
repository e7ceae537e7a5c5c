/**
 * What the suites have in common: open-model arrival rates, thresholds, and a summary for loadtest/run.
 *
 * Iterations begin when they are due, whether those before have ended or not: a slow Sirius gets no rest.
 *
 * @module
 */

import { thresholds } from "./objectives.js";
import { settings } from "./settings.js";
import { watching } from "./watch.js";

/** The requests that the report has a line for. */
const NAMES = [
  "GET /",
  "GET /api/v1/images",
  "GET /api/v1/images/random",
  "GET /api/v1/images/{id}",
  "GET /api/v1/images/{id}/content",
  "GET /api/v1/tags",
  "GET /api/v1/visits",
  "GET /api/v1/visits/history",
  "GET /assets/{name}",
  "GET /images/{id}",
  "POST /api/v1/visits",
];

/**
 * The options of a suite.
 *
 * @param {[duration: number, rate: number][]} stages each the share of the whole duration, and the share of the full
 *   rate that is reached at its end; one of the same rate as before is steady
 * @param {{ start?: number, abort?: boolean }} [more] the share of the rate at the start; whether to end when a promise
 *   is broken
 * @returns {import("k6/options").Options}
 */
export function suite(stages, { start = 0, abort = false } = {}) {
  return {
    scenarios: {
      [settings.suite]: {
        executor: "ramping-arrival-rate",
        // By the minute, because k6 takes only whole numbers and a rate may be below one a second.
        timeUnit: "1m",
        startRate: perMinute(start),
        preAllocatedVUs: settings.users,
        stages: stages.map(([duration, rate]) => ({
          duration: `${Math.round(duration * settings.duration_seconds * 1000)}ms`,
          target: perMinute(rate),
        })),
        gracefulStop: "30s",
      },
      ...watching(),
    },
    thresholds: { ...thresholds(abort), ...lines() },
    maxRedirects: 0,
    userAgent: `sirius-loadtest (${settings.suite})`,
    summaryTrendStats: ["min", "med", "avg", "p(95)", "p(99)", "p(99.9)", "max", "count"],
    // Not the URL, which is another one for every image.
    systemTags: ["status", "method", "name", "check", "error_code", "scenario", "expected_response"],
  };
}

/** Writes k6's summary for loadtest/run. @param {object} data */
export function handleSummary(data) {
  return { [settings.summary]: JSON.stringify(data) };
}

/** @param {number} share */
function perMinute(share) {
  return Math.round(share * settings.rate * 60);
}

/** The summary has figures of some requests only if there are thresholds for them, even empty ones. */
function lines() {
  const load = ["http_reqs", "iterations", "dropped_iterations"];
  const metrics = [
    ...load.map((metric) => `${metric}{scenario:${settings.suite}}`),
    ...NAMES.flatMap((name) => [`http_req_duration{name:${name}}`, `http_req_failed{name:${name}}`]),
  ];
  return Object.fromEntries(metrics.map((metric) => [metric, []]));
}
