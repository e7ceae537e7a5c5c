// Reads queries in TraceQL, an array in JSON, and writes where each is not understood: the grammar of Grafana's own editor.
import { text } from "node:stream/consumers";

import { parser } from "@grafana/lezer-traceql";

const faults = (query) => {
  const found = [];
  parser.parse(query).iterate({ enter: (node) => void (node.type.isError && found.push(node.from)) });
  return found;
};

const queries = JSON.parse(await text(process.stdin));
console.log(JSON.stringify(queries.map(faults)));
