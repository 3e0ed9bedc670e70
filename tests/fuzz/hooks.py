"""How schemathesis sends the media types of RDF and SPARQL: as text."""

import schemathesis

for media in (
    "text/turtle",
    "application/n-triples",
    "application/n-quads",
    "application/trig",
    "application/rdf+xml",
    "application/sparql-query",
    "application/sparql-update",
    "application/x-ndjson",
):
    schemathesis.serializer.alias(media, "text/plain")
for media in ("application/ld+json", "application/merge-patch+json"):
    schemathesis.serializer.alias(media, "application/json")
