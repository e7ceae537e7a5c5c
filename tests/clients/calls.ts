// Calls a running Sirius through types that openapi-typescript has made from its document: what does not fit them does
// not compile, and what the server answers otherwise fails here.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import createClient from "openapi-fetch";

import type { components, paths } from "./generated/api.d.ts";

type Image = components["schemas"]["Image"];

const url = process.env["TEST_URL"];
assert(url, "TEST_URL is not set");
const client = createClient<paths>({ baseUrl: `${url}/api/v1` });

async function random(): Promise<Image> {
  const { data } = await client.GET("/images/random");
  // Asked otherwise, the same operation answers with the picture's bytes.
  assert(typeof data === "object" && "id" in data);
  return data;
}

const image = await random();
const one = await client.GET("/images/{id}", { params: { path: { id: image.id } } });
assert.deepEqual(one.data, image);

const content = await client.GET("/images/{id}/content", {
  params: { path: { id: image.id } },
  parseAs: "arrayBuffer",
});
assert(content.data instanceof ArrayBuffer);
assert.equal(createHash("sha256").update(new Uint8Array(content.data)).digest("hex"), image.sha256);

const seeds = await Promise.all(
  [1, 2].map(() => client.GET("/images/random", { params: { query: { seed: "monday", kind: "still" } } })),
);
assert.deepEqual(seeds[0]?.data, seeds[1]?.data);

const choice = await client.GET("/images/random", { params: { query: { tag: ["stars"], without: ["moon"], count: 2 } } });
assert(typeof choice.data === "object" && "items" in choice.data);
assert(choice.data.items.every(({ tags }) => tags.includes("stars") && !tags.includes("moon")));

const seen = new Set<string>();
let walk = await client.GET("/images/random", { params: { query: { walk: "true" } } });
for (;;) {
  assert(typeof walk.data === "object" && "next_cursor" in walk.data);
  for (const { id } of walk.data.items) {
    assert(!seen.has(id), `the walk shows ${id} twice`);
    seen.add(id);
  }
  const cursor: string | null = walk.data.next_cursor;
  if (cursor === null) break;
  walk = await client.GET("/images/random", { params: { query: { cursor } } });
}

const listed: Image[] = [];
let page = await client.GET("/images", { params: { query: { limit: 4 } } });
for (;;) {
  assert(page.data);
  listed.push(...page.data.items);
  if (page.data.next_cursor === null) break;
  page = await client.GET("/images", { params: { query: { cursor: page.data.next_cursor } } });
}
assert.deepEqual(new Set(listed.map(({ id }) => id)), seen);

const tags = await client.GET("/tags");
assert(tags.data?.items.some(({ tag, count }) => tag === "stars" && count > 0));

const visits = await Promise.all([1, 2, 3].map(() => client.POST("/visits")));
assert.equal(new Set(visits.map(({ data }) => data?.number)).size, 3);
const total = await client.GET("/visits");
assert((total.data?.total ?? 0) >= 3);
const history = await client.GET("/visits/history", { params: { query: { step: "day" } } });
assert(history.data?.items.some(({ count }) => count >= 3));

const wrong = await client.GET("/images/{id}", { params: { path: { id: "nothing" } } });
assert.equal(wrong.error?.status, 404);
assert.match(wrong.error?.trace_id ?? "", /^[0-9a-f]{32}$/);

console.log(`TypeScript: ${seen.size} images walked, 13 passed, 0 failed`);
