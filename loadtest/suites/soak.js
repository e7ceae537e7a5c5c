/** Hours at one rate: what leaks, fills or slows down shows beside it on the dashboards. */

import { iteration } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite([[1, 1]], { start: 1 });

export default iteration;
