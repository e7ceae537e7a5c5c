/**
 * The API, an operation a function. tsc checks all of it against the types that openapi-typescript makes of
 * openapi/openapi.json (`make test-loadtest`): operations, methods, paths, parameters and what answers consist of.
 *
 * Every answer is checked; one that is not what it should be is a failed check, and the function gives null.
 *
 * @module
 */

import { name, send } from "./http.js";
import { right } from "./right.js";

/** @typedef {import("./openapi.d.ts").operations} Operations */
/** @typedef {import("./openapi.d.ts").paths} Paths */
/** @typedef {import("./openapi.d.ts").components["schemas"]} Schemas */
/** @typedef {import("./http.js").Response} Response */

/**
 * @template {keyof Operations} Operation
 * @typedef {Operations[Operation]["parameters"]["query"]} Query
 */

/**
 * The method and path that the document has for an operation.
 *
 * @template {keyof Operations} Operation
 * @typedef {{
 *   [Path in keyof Paths]:
 *     | (Paths[Path]["get"] extends Operations[Operation] ? { method: "GET", path: Path } : never)
 *     | (Paths[Path]["post"] extends Operations[Operation] ? { method: "POST", path: Path } : never)
 * }[keyof Paths]} Place
 */

const BASE = "/api/v1";

/** @satisfies {{ [Operation in keyof Operations]?: Place<Operation> }} */
const PLACES = /** @type {const} */ ({
  getRandomImage: { method: "GET", path: "/images/random" },
  listImages: { method: "GET", path: "/images" },
  getImage: { method: "GET", path: "/images/{id}" },
  getImageContent: { method: "GET", path: "/images/{id}/content" },
  listTags: { method: "GET", path: "/tags" },
  countVisit: { method: "POST", path: "/visits" },
  getVisits: { method: "GET", path: "/visits" },
  getVisitHistory: { method: "GET", path: "/visits/history" },
});

/**
 * A random image's facts.
 *
 * @param {Omit<NonNullable<Query<"getRandomImage">>, "as" | "count" | "walk" | "cursor">} [query]
 * @returns {Schemas["Image"] | null}
 */
export function randomImage(query) {
  return json("getRandomImage", { query }, 200, "id");
}

/**
 * Some distinct images.
 *
 * @param {NonNullable<Query<"getRandomImage">> & { count: number }} query
 * @returns {Schemas["ImageChoice"] | null}
 */
export function randomImages(query) {
  return json("getRandomImage", { query }, 200, "items");
}

/**
 * The beginning of a walk, or where its cursor leads.
 *
 * @param {string} [cursor]
 * @returns {Schemas["ImagePage"] | null}
 */
export function walk(cursor) {
  /** @type {Query<"getRandomImage">} */
  const query = cursor ? { cursor } : { walk: "true" };
  return json("getRandomImage", { query }, 200, "items");
}

/**
 * A random image's bytes, or, of a linked one, the redirect to its source.
 *
 * @returns {Response}
 */
export function randomPicture() {
  return call("getRandomImage", { query: { as: "image" }, binary: true });
}

/**
 * A redirect to a random image's address.
 *
 * @returns {Response}
 */
export function randomAddress() {
  return call("getRandomImage", { query: { as: "redirect" } });
}

/**
 * A page of the catalogue.
 *
 * @param {Query<"listImages">} [query]
 * @returns {Schemas["ImagePage"] | null}
 */
export function images(query) {
  return json("listImages", { query }, 200, "items");
}

/**
 * An image's facts.
 *
 * @param {string} id
 * @returns {Schemas["Image"] | null}
 */
export function image(id) {
  return json("getImage", { id }, 200, "id");
}

/**
 * An image's bytes, or, of a linked one, the redirect to its source.
 *
 * @param {string} id
 * @param {Record<string, string>} [headers]
 * @returns {Response}
 */
export function content(id, headers) {
  return call("getImageContent", { id, headers, binary: true });
}

/** @returns {Schemas["TagList"] | null} */
export function tags() {
  return json("listTags", {}, 200, "items");
}

/** @returns {Schemas["Visit"] | null} */
export function countVisit() {
  return json("countVisit", {}, 201, "number");
}

/** @returns {Schemas["VisitTotal"] | null} */
export function visits() {
  return json("getVisits", {}, 200, "total");
}

/**
 * @param {Query<"getVisitHistory">} [query]
 * @returns {Schemas["VisitHistory"] | null}
 */
export function history(query) {
  return json("getVisitHistory", { query }, 200, "items");
}

/** The name of an operation's requests and checks, such as `GET /api/v1/tags`. @param {keyof typeof PLACES} operation */
export function nameOf(operation) {
  const { method, path } = PLACES[operation];
  return name({ method, route: BASE + path, address: "" });
}

/**
 * @template {keyof typeof PLACES} Operation
 * @typedef {object} Details
 * @property {string} [id] for the place in the path
 * @property {Query<Operation>} [query]
 * @property {Record<string, string>} [headers]
 * @property {boolean} [binary]
 */

/**
 * @template {keyof typeof PLACES} Operation
 * @param {Operation} operation
 * @param {Details<Operation>} details
 */
function call(operation, { id = "", query, headers = {}, binary = false }) {
  const { method, path } = PLACES[operation];
  const address = BASE + path.replace("{id}", encodeURIComponent(id)) + encoded(query ?? {});
  return send({ method, route: BASE + path, address, headers: { Accept: "*/*", ...headers }, binary });
}

/**
 * What an operation answers in JSON, if it has the status and the field.
 *
 * @template {keyof typeof PLACES} Operation
 * @param {Operation} operation
 * @param {Details<Operation>} details
 * @param {number} status
 * @param {string} field
 */
function json(operation, details, status, field) {
  const response = call(operation, details);
  const body = parsed(response);
  const isRight = response.status === status && body?.[field] !== undefined;
  return right(`${nameOf(operation)}: ${status} and what the document says`, isRight) ? body : null;
}

/** @param {Response} response */
function parsed(response) {
  try {
    return /** @type {any} */ (response.json());
  } catch {
    return null;
  }
}

/** @param {Record<string, unknown>} query */
function encoded(query) {
  const pairs = Object.entries(query)
    .flatMap(([key, value]) => [value].flat().map((each) => [key, String(each)]))
    .map((pair) => pair.map(encodeURIComponent).join("="));
  return pairs.length ? `?${pairs.join("&")}` : "";
}
