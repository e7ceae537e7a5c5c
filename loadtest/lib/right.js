/**
 * Checks. Each is counted by its name; the report lists those that failed. A name that has a status after its colon
 * (`GET /: 200 ...`) is about being served at all, every other one about what was served.
 *
 * @module
 */

import { check } from "k6";

/**
 * Whether something is as it should be.
 *
 * @param {string} name
 * @param {boolean} isRight
 */
export function right(name, isRight) {
  return check(null, { [name]: () => isRight });
}
