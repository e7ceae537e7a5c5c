/**
 * The promises that requests do not show: gauges of Sirius, read from its admin port while the load runs.
 *
 * @module
 */

import http from "k6/http";
import { Rate } from "k6/metrics";

import { metric } from "./objectives.js";
import { settings } from "./settings.js";

const EVERY_SECONDS = 5;

const GAUGES = settings.objectives
  .filter(({ gauge }) => gauge && settings.admin)
  .map((objective) => ({ objective, rate: new Rate(metric(objective)) }));

/** The scenario; none without an address. @returns {Record<string, import("k6/options").Scenario>} */
export function watching() {
  if (GAUGES.length === 0) return {};
  return {
    watch: {
      executor: "constant-arrival-rate",
      exec: "watch",
      rate: 1,
      timeUnit: `${EVERY_SECONDS}s`,
      duration: `${settings.duration_seconds}s`,
      preAllocatedVUs: 1,
      gracefulStop: "5s",
    },
  };
}

/** One look at the gauges; what cannot be seen is not kept. */
export function watch() {
  const { status, body } = http.get(`${settings.admin}/metrics`, { tags: { name: "GET /metrics" }, timeout: "4s" });
  const text = status === 200 && typeof body === "string" ? body : "";
  for (const { objective, rate } of GAUGES) {
    const [, value] = new RegExp(`^${objective.gauge} (\\S+)`, "m").exec(text) ?? [];
    rate.add(value !== undefined && Number(value) <= (objective.above ?? 0));
  }
}
