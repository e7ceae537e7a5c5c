/**
 * Visitor numbers. Users of k6 share no memory, so that two of them who got one number cannot know: each number goes
 * to the JSON output, and loadtest/run looks for repeats when the run has ended.
 *
 * @module
 */

import { Gauge } from "k6/metrics";

import { right } from "./right.js";

const seen = new Gauge("visitor_number");
let last = 0;

/**
 * Takes down a number that this user got; they only grow.
 *
 * @param {number} number
 * @param {string} from the request's name
 */
export function visitor(number, from) {
  right(`${from}: a visitor number higher than the one before`, number > last);
  seen.add(number);
  last = Math.max(last, number);
}
