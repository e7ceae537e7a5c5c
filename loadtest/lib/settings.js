/**
 * What this run was told: the file that loadtest/run writes when it has checked the environment and the target.
 *
 * @module
 */

/**
 * What a label must be: one of some, none of some, or like a regular expression that matches all of it.
 * @typedef {{ only?: string[], not?: string[], like?: string }} Matcher
 */

/**
 * A promise of alerts/slo.yaml.
 * @typedef {object} Objective
 * @property {string} name such as `latency`
 * @property {string} title what is promised, for people
 * @property {number} objective the share that must be good, 0 to 1
 * @property {Record<string, Matcher>} where the requests that count, by their labels
 * @property {Record<string, Matcher>} [bad] those of them that are bad
 * @property {number} [slower_than_seconds] until the head of the answer; slower ones are bad
 * @property {string} [gauge] a metric of Sirius that is looked at instead of requests
 * @property {number} [above] the gauge is bad above this
 */

/**
 * @typedef {object} Settings
 * @property {string} suite
 * @property {string} target the origin of the Sirius to load, such as `http://127.0.0.1:8080`
 * @property {string | null} admin the origin of its admin port, when its metrics are to be looked at
 * @property {number} rate iterations a second at the suite's full rate
 * @property {number} duration_seconds
 * @property {number} users the most virtual users
 * @property {number} traced the share of requests whose trace is asked for, 0 to 1
 * @property {string} summary where the summary is to be written
 * @property {Objective[]} objectives
 */

/** @type {Settings} */
export const settings = read();

/** @returns {Settings} */
function read() {
  const path = __ENV.LOADTEST_SETTINGS;
  if (!path) throw new Error("start load tests by loadtest/run: it checks where the load goes");
  return JSON.parse(open(path));
}
