/** The busiest day that is planned for: in steps to a rate well above the usual one. */

import { iteration } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite([
  [0.05, 0.25],
  [0.15, 0.25],
  [0.05, 0.5],
  [0.15, 0.5],
  [0.1, 1],
  [0.4, 1],
  [0.1, 0],
]);

export default iteration;
