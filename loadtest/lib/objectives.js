/**
 * The promises of alerts/slo.yaml as k6's metrics and thresholds: `slo_latency` is the share of requests that kept the
 * promise called latency, and so on.
 *
 * @module
 */

import { Rate } from "k6/metrics";

import { settings } from "./settings.js";

/** @typedef {import("./settings.js").Matcher} Matcher */
/** @typedef {import("./settings.js").Objective} Objective */

/** Of requests; those of gauges are judged where the gauges are read. */
const PROMISES = settings.objectives
  .filter((objective) => !objective.gauge)
  .map((objective) => ({
    objective,
    rate: new Rate(metric(objective)),
    counts: labels(objective.where),
    isBad: objective.bad ? labels(objective.bad) : null,
  }));

/** @param {Objective} objective */
export function metric(objective) {
  return `slo_${objective.name}`;
}

/**
 * Counts a request for or against each promise that is about it.
 *
 * @param {string} method
 * @param {string} route the path's template
 * @param {number} status 0 if there was no answer
 * @param {number} seconds until the head of the answer
 */
export function judge(method, route, status, seconds) {
  const of = { http_request_method: method, http_route: route, http_response_status_code: String(status) };
  for (const { objective, rate, counts, isBad } of PROMISES) {
    if (isBad) {
      // Sirius cannot count what never reached it; whoever got no answer was not served.
      if (counts(of)) rate.add(status !== 0 && !isBad(of));
    } else if (counts(of)) {
      rate.add(seconds <= (objective.slower_than_seconds ?? Infinity));
    }
  }
}

/**
 * k6's thresholds: the promises, and that every answer was right.
 *
 * @param {boolean} abort whether to end the run when a promise is broken for good
 * @returns {import("k6/options").Options["thresholds"]}
 */
export function thresholds(abort = false) {
  /** @param {string} threshold */
  const one = (threshold) => (abort ? [{ threshold, abortOnFail: true, delayAbortEval: "5s" }] : [threshold]);
  const promises = settings.objectives
    .filter((objective) => !objective.gauge || settings.admin)
    .map((objective) => [metric(objective), one(`rate>=${objective.objective}`)]);
  // Overload is answered with refusals: their content is not what was asked for.
  return Object.fromEntries(abort ? promises : [...promises, ["checks", ["rate==1"]]]);
}

/**
 * @param {Record<string, Matcher>} matchers
 * @returns {(labels: Record<string, string>) => boolean}
 */
function labels(matchers) {
  const tests = Object.entries(matchers).map(([label, { only, not, like }]) => {
    const pattern = like === undefined ? null : new RegExp(`^(?:${like})$`);
    /** @param {string} value */
    const matches = (value) =>
      (!only || only.includes(value)) && (!not || !not.includes(value)) && (!pattern || pattern.test(value));
    return { label, matches };
  });
  return (of) => tests.every(({ label, matches }) => matches(of[label] ?? ""));
}
