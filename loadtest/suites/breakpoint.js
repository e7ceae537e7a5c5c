/** Ever more, until a promise is broken: loadtest/run says at which rate. */

import { iteration } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite([[1, 1]], { start: 0.01, abort: true });

export default iteration;
