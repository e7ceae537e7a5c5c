/** Does everything work at all? All that can be read, the page, and a visit, now and then. */

import { everything } from "../lib/mix.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

export const options = suite([[1, 1]], { start: 1 });

export default everything;
