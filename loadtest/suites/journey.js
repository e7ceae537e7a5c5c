/** Visitors with browsers: the page with all that is on it, a few more pictures, and a reload. */

import { sleep } from "k6";

import { another, firstView, reload } from "../lib/page.js";
import { suite } from "../lib/suite.js";

export { handleSummary } from "../lib/suite.js";
export { watch } from "../lib/watch.js";

const PICTURES = 3;

export const options = suite([
  [0.1, 1],
  [0.8, 1],
  [0.1, 0],
]);

export default function journey() {
  firstView();
  /** @type {{ cursor: string | null, ids: Set<string> }} */
  const way = { cursor: null, ids: new Set() };
  for (let count = 0; count < PICTURES; count += 1) {
    look();
    another(way);
  }
  look();
  reload();
}

/** As long as a glance takes. */
function look() {
  sleep(0.5 + Math.random());
}
