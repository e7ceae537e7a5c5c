/**
 * The page, as browsers load it.
 *
 * @module
 */

import * as api from "./api.js";
import { name, send, sendTogether } from "./http.js";
import { verify } from "./pictures.js";
import { right } from "./right.js";
import { visitor } from "./visits.js";

/** @typedef {import("./http.js").Request} Request */

const HOME = /** @type {const} */ ({ method: "GET", route: "/", address: "/" });
/** What people see of one image. */
const ITS_PAGE = "/images/{id}";
const HTML = { Accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };
const IMAGE = { Accept: "image/avif,image/webp,image/*,*/*;q=0.8" };
/** The one for home screens is on the page, and loaded only when somebody puts it there. */
const ASSETS = /(?<!apple-touch-icon" href=")\/assets\/[\w.-]+/g;

/**
 * The page alone, which counts a visit: its picture's id, or null.
 *
 * @returns {{ id: string, html: string } | null}
 */
export function home() {
  const html = shown(HOME);
  if (html === null) return null;
  const number = Number(find(html, /id="visitor-number" data-number="(\d+)"/));
  if (right(`${name(HOME)}: 200 and a visitor number`, number > 0)) visitor(number, name(HOME));
  const id = find(html, /id="stage"[^>]* data-id="([^"]+)"/);
  return right(`${name(HOME)}: shows a picture`, id !== "") ? { id, html } : null;
}

/**
 * The page with all that is on it, for a browser that was never here. Styles and scripts name further files.
 */
export function firstView() {
  const page = home();
  if (!page) return;
  const named = assets(page.html);
  const texts = named.length ? sendTogether(named) : [];
  const further = assets(texts.map((response, index) => source(named[index], response)).join("\n"), named);
  const rest = further.length ? sendTogether(further) : [];
  right("GET /assets/{name}: 200", [...texts, ...rest].every((response) => response.status === 200));
  picture(page.id);
}

/** The page once more, for a browser that kept what it may keep. */
export function reload() {
  const page = home();
  if (page) picture(page.id);
}

/**
 * "Another one": the script takes the next image of a walk, loads what its own page says of it, and its bytes.
 *
 * @param {{ cursor: string | null, ids: Set<string> }} way how far this visitor's walk is
 */
export function another(way) {
  const step = api.walk(way.cursor ?? undefined);
  const [image] = step?.items ?? [];
  if (!step || !image) return;
  right(`${api.nameOf("getRandomImage")}: a walk shows no repeat`, !way.ids.has(image.id));
  way.ids.add(image.id);
  way.cursor = step.next_cursor;
  // All were seen: the next one begins another walk.
  if (way.cursor === null) way.ids.clear();
  shown({ method: "GET", route: ITS_PAGE, address: `/images/${image.id}` });
  verify(image, api.content(image.id, IMAGE), api.nameOf("getImageContent"));
}

/** @param {string} id */
function picture(id) {
  const content = api.content(id, IMAGE);
  const image = api.image(id);
  if (image) verify(image, content, api.nameOf("getImageContent"));
}

/**
 * A page's HTML, or null.
 *
 * @param {Request} request
 */
function shown(request) {
  const response = send({ ...request, headers: HTML });
  const { status, body } = response;
  const html = typeof body === "string" ? body : "";
  const isRight = status === 200 && html.includes("</html>");
  return right(`${name(request)}: 200 and a whole page`, isRight) ? html : null;
}

/**
 * @param {string} text
 * @param {Request[]} known
 * @returns {Request[]}
 */
function assets(text, known = []) {
  const addresses = new Set(text.match(ASSETS) ?? []);
  known.forEach(({ address }) => addresses.delete(address));
  return [...addresses].map((address) => ({ method: "GET", route: "/assets/{name}", address, headers: {} }));
}

/**
 * What may name further files.
 *
 * @param {Request} request
 * @param {import("./http.js").Response} response
 */
function source({ address }, { body }) {
  return /\.(css|js)$/.test(address) && typeof body === "string" ? body : "";
}

/**
 * @param {string} text
 * @param {RegExp} pattern with one group
 */
function find(text, pattern) {
  return pattern.exec(text)?.[1] ?? "";
}
