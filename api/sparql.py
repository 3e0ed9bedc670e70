"""``/sparql``: the query operation of the SPARQL 1.1 Protocol, in every result format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.deps import WorkspaceDep
from api.negotiate import choose
from api.problems import TooLarge, UnknownMediaType
from kg.errors import QueryError, UsageError
from kg.query import GRAPHS, RESULTS
from kg.store.limits import MAX_LENGTH
from kg.workspace import Workspace

ROWS = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
"""Media types of rows and truths."""

TRIPLES = {
    "text/turtle": "ttl",
    "application/n-triples": "nt",
    "application/ld+json": "jsonld",
    "application/json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/xml": "rdf",
    "text/plain": "nt",
}
"""Media types of triples."""

FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
MAX_BODY = 4 * MAX_LENGTH
"""Longest body that is read, in bytes: the longest query, percent-encoded or not in ASCII."""

_DATASET = ("default-graph-uri", "named-graph-uri")
_KNOWN = ("query", "format")
_EXAMPLE = "SELECT ?claim ?says WHERE { ?claim stemma:paraphrase ?says } LIMIT 10"
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer, in the format that Accept or `format` names.",
        "content": {
            **{media: {} for media in ROWS if "sparql" in media or "text/csv" in media or "tab" in media},
            **{media: {} for media in TRIPLES if media not in ("application/xml", "application/json", "text/plain")},
        },
    }
}
_PARAMETERS = [
    {
        "name": "query",
        "in": "query",
        "required": True,
        "description": "SPARQL 1.1 query; the prefixes of the ontology need not be declared.",
        "schema": {"type": "string"},
        "example": _EXAMPLE,
    },
    {
        "name": "format",
        "in": "query",
        "description": "Instead of Accept.",
        "schema": {"enum": [*RESULTS, *GRAPHS]},
    },
]

router = APIRouter(tags=["SPARQL"])


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge(f"the body is longer than {MAX_BODY:,} bytes")
    return body


@router.get(
    "/sparql",
    operation_id="queryByGet",
    summary="Answer a SPARQL query",
    responses=_ANSWERS,
    openapi_extra={"parameters": _PARAMETERS},
)
def by_get(request: Request, workspace: WorkspaceDep) -> Response:
    """Answer the query in ``?query=``."""
    return _answer(request, workspace, _parameters(request.url.query))


@router.post(
    "/sparql",
    operation_id="queryByPost",
    summary="Answer a SPARQL query",
    responses=_ANSWERS,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                DIRECT: {"schema": {"type": "string"}, "example": _EXAMPLE},
                FORM: {
                    "schema": {
                        "type": "object",
                        "properties": {"query": {"type": "string"}, "format": {"type": "string"}},
                        "required": ["query"],
                    },
                    "example": {"query": _EXAMPLE},
                },
            },
        }
    },
)
def by_post(request: Request, workspace: WorkspaceDep, body: Annotated[bytes, Depends(_body)]) -> Response:
    """Answer the query in the body, sent as a form or as it is."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    text = _utf8(body)
    told = _parameters(request.url.query)
    if media == FORM:
        for name, values in _parameters(text).items():
            told[name] = [*told.get(name, ()), *values]
    elif media == DIRECT:
        told["query"] = [*told.get("query", ()), text]
    else:
        hint = f"Send the query as {DIRECT}, or as the field `query` of {FORM}."
        raise UnknownMediaType("a body of this media type is not read here", where=media or "no media type", hint=hint)
    return _answer(request, workspace, told)


def _answer(request: Request, workspace: Workspace, told: Mapping[str, Sequence[str]]) -> Response:
    query, format = _one(told, "query"), _one(told, "format")
    for name in told:
        if name in _DATASET:
            hint = "Leave it out, and name graphs in the query: GRAPH <...> { ... }."
            raise UsageError("the dataset is fixed: the union of all graphs", where=name, hint=hint)
        if name not in _KNOWN:
            raise UsageError("no such parameter", where=name, hint=f"Parameters: {', '.join(_KNOWN)}.")
    if query is None:
        raise QueryError("there is no query", where="query", hint=f"For example: {_EXAMPLE}")
    result = workspace.query(query)
    offers = TRIPLES if result.kind == "graph" else ROWS
    media, chosen = choose(request.headers.get("accept"), format, offers)
    return Response(result.serialize(chosen), media_type=media, headers={"Vary": "Accept"})


def _parameters(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise UsageError("the parameters are not percent-encoded UTF-8, or more than 20") from None


def _one(told: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = told.get(name, ())
    if len(values) > 1:
        raise UsageError(f"there are {len(values)} of these; one is needed", where=name)
    return values[0] if values else None


def _utf8(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as e:
        raise QueryError(f"the body is not UTF-8: byte {e.start} is 0x{body[e.start]:02x}", where="query") from None
