/**
 * One request as every suite makes it: named after its route, in a trace of its own, judged by the promises.
 *
 * @module
 */

import exec from "k6/execution";
import http from "k6/http";

import { judge } from "./objectives.js";
import { settings } from "./settings.js";

/** @typedef {import("k6/http").RefinedResponse<"text" | "binary">} Response */

/**
 * A request to be made.
 *
 * @typedef {object} Request
 * @property {"GET" | "POST"} method
 * @property {string} route the path's template, as Sirius' metrics have it
 * @property {string} address the path and the query
 * @property {Record<string, string>} [headers]
 * @property {boolean} [binary] whether the body is bytes
 */

/**
 * Makes one request. Redirects are not followed: they may lead away from what may be loaded.
 *
 * @param {Request} request
 * @returns {Response}
 */
export function send(request) {
  const { trace, params } = prepared(request);
  // Not a tag, which would be a series of its own: it stands beside each sample in the JSON output.
  exec.vu.metrics.metadata.trace_id = trace;
  const response = http.request(request.method, settings.target + request.address, null, params);
  count(request, response);
  return response;
}

/**
 * Makes requests at the same time, as browsers do. They share a trace, so that it shows the whole page.
 *
 * @param {Request[]} requests
 * @returns {Response[]}
 */
export function sendTogether(requests) {
  const { trace, params } = prepared(requests[0]);
  exec.vu.metrics.metadata.trace_id = trace;
  const responses = http.batch(
    requests.map((request) => ({
      method: request.method,
      url: settings.target + request.address,
      params: { ...prepared(request).params, headers: { ...request.headers, traceparent: params.headers.traceparent } },
    })),
  );
  responses.forEach((response, index) => count(requests[index], response));
  return responses;
}

/** @param {Request} request */
export function name({ method, route }) {
  return `${method} ${route}`;
}

/** @param {Request} request */
function prepared(request) {
  const trace = hex(4);
  const flags = Math.random() < settings.traced ? "01" : "00";
  /** @type {"binary" | "text"} */
  const responseType = request.binary ? "binary" : "text";
  const params = {
    // https://www.w3.org/TR/trace-context/#traceparent-header
    headers: { ...request.headers, traceparent: `00-${trace}-${hex(2)}-${flags}` },
    tags: { name: name(request) },
    responseType,
    redirects: 0,
  };
  return { trace, params };
}

/**
 * @param {Request} request
 * @param {Response} response
 */
function count({ method, route }, { status, timings }) {
  judge(method, route, status, (timings.sending + timings.waiting) / 1000);
}

/** @param {number} words of 32 bits, not all of them nought */
function hex(words) {
  const word = () => Math.floor(1 + Math.random() * 0xfffffffe).toString(16).padStart(8, "0");
  return Array.from({ length: words }, word).join("");
}
