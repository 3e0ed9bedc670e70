"""A SPARQL query in a form, and its answer as a table."""

from __future__ import annotations

from typing import Any

from pyoxigraph import NamedNode

from api.pages.site import Site
from kg.errors import Overloaded, QueryEnded, QueryError
from kg.sparql.answer import Limits

ROWS = 500
"""How many rows a page shows; the rest is at ``/sparql``."""

EXAMPLES = (
    (
        "What is claimed, and how surely",
        "SELECT ?claim ?says ?polarity ?certainty WHERE {\n"
        "  ?claim stemma:paraphrase ?says ;\n"
        "    stemma:polarity/rdfs:label ?polarity ;\n"
        "    stemma:certainty/rdfs:label ?certainty .\n"
        "} LIMIT 50",
    ),
    (
        "Claims by relation and polarity",
        "SELECT ?relation ?polarity (COUNT(?claim) AS ?claims) WHERE {\n"
        "  ?claim stemma:statement/stemma:relation/rdfs:label ?relation ;\n"
        "    stemma:polarity/rdfs:label ?polarity .\n"
        "} GROUP BY ?relation ?polarity ORDER BY DESC(?claims)",
    ),
    (
        "What claims rest on",
        "SELECT ?root (COUNT(?claim) AS ?claims) WHERE {\n"
        "  ?claim stemma:restsOn/stemma:root ?root .\n"
        "} GROUP BY ?root ORDER BY DESC(?claims)",
    ),
)


def ask(site: Site, query: str) -> dict[str, Any]:
    """What the query page tells: the query, examples, and the answer or what is wrong with it."""
    told: dict[str, Any] = {"query": query, "examples": EXAMPLES, "error": None, "result": None, "rows": [], "more": 0}
    if not query.strip():
        return told
    try:
        result = site.workspace.query(query, limits=Limits())
    except (QueryError, QueryEnded, Overloaded) as e:
        return {**told, "error": e}
    found = result.triples if result.kind == "graph" else result.rows
    rows = [[_cell(site, value) for value in row] for row in found[:ROWS]]
    return {**told, "result": result, "rows": rows, "found": len(found), "more": max(len(found) - ROWS, 0)}


def _cell(site: Site, value: Any) -> tuple[str, str | None]:
    """A term as text, and where it leads."""
    if isinstance(value, NamedNode):
        short = site.workspace.profile.prefixes.compress(value.value)
        return short or value.value, site.href(value.value)
    return "" if value is None else str(getattr(value, "value", value)), None
