/**
 * Whether pictures are what their facts say.
 *
 * @module
 */

import { sha256 } from "k6/crypto";

import * as api from "./api.js";
import { right } from "./right.js";

/** @typedef {import("./api.js").Schemas["Image"]} Image */

/**
 * Loads an image's bytes and checks that they hash to its `sha256`. What is only linked is elsewhere: it is a redirect.
 *
 * @param {Image} image
 */
export function load(image) {
  verify(image, api.content(image.id), api.nameOf("getImageContent"));
}

/**
 * A picture that comes at once, checked by the hash that is its `ETag`.
 */
export function loadRandom() {
  const name = api.nameOf("getRandomImage");
  const response = api.randomPicture();
  if (response.status === 302) return;
  const [, tag] = /^"([0-9a-f]{64})"$/.exec(response.headers.Etag ?? "") ?? [];
  const isPicture = response.status === 200 && (response.headers["Content-Type"] ?? "").startsWith("image/");
  if (!right(`${name}: 200 and a picture`, isPicture)) return;
  right(`${name}: bytes hash to the ETag`, hash(response.body) === tag);
}

/**
 * Asks for the bytes that a browser has already: it is told to keep them.
 *
 * @param {Image} image
 */
export function revisit(image) {
  if (image.storage !== "stored") return;
  const response = api.content(image.id, { "If-None-Match": `"${image.sha256}"` });
  right(`${api.nameOf("getImageContent")}: 304 for what is known`, response.status === 304);
}

/**
 * @param {Image} image
 * @param {import("./http.js").Response} response its content
 * @param {string} name
 */
export function verify(image, response, name) {
  if (image.storage === "linked") {
    right(`${name}: 302 to where it is linked`, response.status === 302);
    return;
  }
  if (!right(`${name}: 200`, response.status === 200)) return;
  right(`${name}: bytes hash to sha256`, hash(response.body) === image.sha256);
  right(`${name}: as many bytes as size_bytes`, size(response.body) === image.size_bytes);
}

/** @param {string | ArrayBuffer | null} body */
function hash(body) {
  return body === null ? "" : sha256(body, "hex");
}

/** @param {string | ArrayBuffer | null} body */
function size(body) {
  return body instanceof ArrayBuffer ? body.byteLength : -1;
}
