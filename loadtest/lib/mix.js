/**
 * What people and programs ask for on an ordinary day, and how often.
 *
 * @module
 */

import * as api from "./api.js";
import { home } from "./page.js";
import { load, loadRandom, revisit } from "./pictures.js";
import { right } from "./right.js";
import { visitor } from "./visits.js";

/** More images than this are not walked through at a time: a catalogue may have millions. */
const STEPS = 20;

/**
 * Of a hundred iterations so many do this.
 *
 * @type {[number, () => void][]}
 */
const MIX = [
  [40, facts],
  [25, loadRandom],
  [10, home],
  [7, seeded],
  [5, visit],
  [4, kept],
  [4, several],
  [3, catalogue],
  [1, walk],
  [1, statistics],
];

/** One iteration. */
export function iteration() {
  let left = Math.random() * MIX.reduce((sum, [weight]) => sum + weight, 0);
  const chosen = MIX.find(([weight]) => (left -= weight) < 0) ?? MIX[0];
  chosen[1]();
}

/** Everything that there is, once. */
export function everything() {
  MIX.forEach(([, each]) => each());
  redirected();
}

function facts() {
  api.randomImage();
}

function visit() {
  const visited = api.countVisit();
  if (visited) visitor(visited.number, api.nameOf("countVisit"));
}

/** An image with its bytes, and again when they are known. */
function kept() {
  const image = api.randomImage();
  if (!image) return;
  load(image);
  revisit(image);
}

/** A seed's image is the same for whoever asks. */
function seeded() {
  const seed = `visitor-${Math.floor(Math.random() * 1000)}`;
  const [first, second] = [api.randomImage({ seed }), api.randomImage({ seed })];
  if (first && second) {
    right(`${api.nameOf("getRandomImage")}: a seed gets the same image`, first.id === second.id);
  }
}

function several() {
  const choice = api.randomImages({ count: 10 });
  if (choice) {
    right(`${api.nameOf("getRandomImage")}: several are distinct`, distinct(choice.items));
  }
}

function walk() {
  const walked = [];
  let page = api.walk();
  while (page) {
    walked.push(...page.items);
    page = page.next_cursor !== null && walked.length < STEPS ? api.walk(page.next_cursor) : null;
  }
  right(`${api.nameOf("getRandomImage")}: a walk shows no repeat`, distinct(walked));
}

function catalogue() {
  const page = api.images({ limit: 20 });
  if (page?.items[0]) api.image(page.items[0].id);
  const [tag] = api.tags()?.items ?? [];
  const image = tag && api.randomImage({ tag: [tag.tag] });
  if (image) {
    right(`${api.nameOf("getRandomImage")}: has the tag`, image.tags.includes(tag.tag));
  }
}

function statistics() {
  api.visits();
  api.history({ step: "hour" });
}

function redirected() {
  const { status, headers } = api.randomAddress();
  const isRight = status === 302 && headers.Location !== undefined;
  right(`${api.nameOf("getRandomImage")}: 302 and where to`, isRight);
}

/** @param {{ id: string }[]} images */
function distinct(images) {
  return new Set(images.map(({ id }) => id)).size === images.length;
}
