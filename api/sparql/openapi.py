"""What ``/openapi.json`` says of the Protocol: its endpoints read their requests themselves."""

from __future__ import annotations

from typing import Any

from api.sparql.formats import ROWS, SHOWN, TRIPLES
from api.sparql.request import FORM
from kg.sparql.answer import GRAPHS
from kg.sparql.answer import ROWS as RESULTS

Json = dict[str, Any]
Responses = dict[int | str, Json]

EXAMPLE = "SELECT * { ?s ?p ?o } LIMIT 10"
CHANGE = "INSERT DATA { <http://example.org/s> <http://example.org/p> 1 }"

_TEXT: Json = {"schema": {"type": "string"}}
_TOLD = {*SHOWN, "application/json"}
_IRIS: Json = {"type": "array", "items": {"type": "string", "format": "iri"}}
_HEADERS: Json = {"Stemma-Commit": {"description": "Number of the commit.", "schema": {"type": "integer"}}}

RECEIPT: Json = {
    "title": "Receipt",
    "type": "object",
    "properties": {
        "commit": {"type": "integer", "description": "Number of the commit; the last one's if nothing changed."},
        "findings": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
    "required": ["commit", "findings"],
}
ANSWERS: Responses = {
    200: {
        "description": "The answer, in the format that Accept or `format` names; of an update, its receipt.",
        "headers": _HEADERS,
        "content": {
            m: {} if m.endswith("json") else _TEXT for m in (*ROWS, *TRIPLES, "application/json") if m in _TOLD
        },
    }
}
CHANGED: Responses = {
    200: {"description": "It was made.", "headers": _HEADERS, "content": {"application/json": {"schema": RECEIPT}}}
}


def _query(name: str, about: str, schema: Json, **more: Any) -> Json:
    return {"name": name, "in": "query", "description": about, "schema": schema, **more}


_FORMAT: Json = {"type": "string", "enum": list(dict.fromkeys([*RESULTS, *GRAPHS]))}
_DATASET = {
    "default-graph-uri": "Graphs whose merge is the default graph, instead of what the query says.",
    "named-graph-uri": "The named graphs, instead of what the query says.",
}
_FRESH = [
    _query("min_commit", "The answer must have seen this commit.", {"type": "integer", "minimum": 0}),
    _query("at", "Number of an earlier commit to be asked.", {"type": "integer", "minimum": 0}),
    _query("stale", "`ok` if the answer may be older than the last commit.", {"type": "string", "enum": ["ok"]}),
]
QUERY: list[Json] = [
    _query("query", "SPARQL 1.1 query; the profile's prefixes are known.", {"type": "string"}, example=EXAMPLE),
    *(_query(name, about, _IRIS, explode=True) for name, about in _DATASET.items()),
    _query("format", "Instead of Accept.", _FORMAT),
    *_FRESH,
]
"""The parameters of a query by GET."""


def _form(**texts: Json) -> Json:
    return {"schema": {"type": "object", "properties": texts}}


_USING = dict.fromkeys(("using-graph-uri", "using-named-graph-uri"), _IRIS)
UPDATE: Json = {
    "required": True,
    "content": {
        "application/sparql-update": {**_TEXT, "example": CHANGE},
        FORM: {**_form(update={"type": "string"}, **_USING), "example": {"update": CHANGE}},
    },
}
SENT: Json = {
    "required": True,
    "content": {
        "application/sparql-query": {**_TEXT, "example": EXAMPLE},
        "application/sparql-update": {**_TEXT, "example": CHANGE},
        FORM: {
            **_form(query={"type": "string"}, update={"type": "string"}, format=_FORMAT, **_USING),
            "example": {"query": EXAMPLE},
        },
    },
}
"""The body of a POST."""
