// Opens a Cytoscape JSON file without a screen and tells, as JSON, what cytoscape.js made of it.
import { readFileSync } from "node:fs";
import cytoscape from "cytoscape";

const { elements } = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const graph = cytoscape({ headless: true, elements });
console.log(
  JSON.stringify({
    nodes: graph.nodes().map((n) => ({ ...n.data(), degree: n.degree(true) })),
    edges: graph.edges().map((e) => ({ ...e.data(), from: e.source().data("name"), to: e.target().data("name") })),
    mixed: graph.edges("[polarity = 'mixed']").map((e) => e.data("label")),
    popular: graph.edges("[claims > 2]").map((e) => e.data("claims")),
  }),
);
