/** An ordinary day: up to the usual rate, for a while, and down again. */

import { iteration } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite([
  [0.1, 1],
  [0.8, 1],
  [0.1, 0],
]);

export default iteration;
