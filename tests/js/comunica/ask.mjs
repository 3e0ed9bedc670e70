// Asks a SPARQL endpoint what the tests want to know, with Comunica, and tells the answers as JSON.
// Arguments: the endpoint, the address for updates, and the key to write with.
import { QueryEngine } from "@comunica/query-sparql";

const [endpoint, update, key] = process.argv.slice(2);
const engine = new QueryEngine();
const sent = [];
const fetch = (input, init = {}) => {
  const headers = new Headers(init.headers ?? input.headers);
  sent.push([init.method ?? "GET", String(input.url ?? input).split("?")[0], headers.get("accept"), headers.get("content-type")]);
  if ((init.method ?? "GET") !== "GET") headers.set("authorization", `Bearer ${key}`);
  return globalThis.fetch(input, { ...init, headers });
};
const typed = { sources: [{ type: "sparql", value: endpoint }], fetch };
const guessed = { sources: [endpoint], fetch };
const names = "SELECT ?name WHERE { GRAPH <http://example.org/people> { ?who <http://xmlns.com/foaf/0.1/name> ?name } } ORDER BY ?name";
const rows = async (query, context) => (await (await engine.queryBindings(query, context)).toArray()).map((b) => b.get("name").value);

const told = {
  typed: await rows(names, typed),
  guessed: await rows(names, guessed),
  ask: await engine.queryBoolean("ASK { GRAPH ?g { ?s ?p ?o } }", typed),
  construct: (await (await engine.queryQuads(
    "CONSTRUCT { ?who a <http://xmlns.com/foaf/0.1/Person> } WHERE { GRAPH <http://example.org/people> { ?who <http://xmlns.com/foaf/0.1/name> ?name } }",
    typed,
  )).toArray()).length,
};
await engine.queryVoid(
  'INSERT DATA { GRAPH <http://example.org/people> { <http://example.org/c> <http://xmlns.com/foaf/0.1/name> "Čapek" } }',
  { sources: [{ type: "sparql", value: endpoint }], destination: { type: "sparql", value: update }, fetch },
);
await engine.invalidateHttpCache();
told.written = await rows(names, typed);
told.sent = sent;
console.log(JSON.stringify(told));
