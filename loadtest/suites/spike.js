/** A link goes round: ten times as many at once, and whether the ordinary day goes on after it. */

import { iteration } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite(
  [
    [0.3, 0.1],
    [0.02, 1],
    [0.25, 1],
    [0.02, 0.1],
    [0.41, 0.1],
  ],
  { start: 0.1 },
);

export default iteration;
