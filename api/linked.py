"""``/id/...``: every IRI of ours, in the format that the client likes best.

The answer stands at the address itself (200, with ``Vary: Accept``): what is named is a document
about a record, so nothing is gained by sending the client on with a 303.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pyoxigraph import NamedNode, Quad, RdfFormat, serialize

from api.deps import SiteDep
from api.negotiate import choose
from api.pages import records
from api.pages.site import Site
from api.rest.entities import entity_json
from api.rest.sources import snapshot_json, source_json
from kg.errors import NotFound
from kg.export.rdf import record_document
from kg.model.node import Node
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import DEFAULT_BASE
from kg.schema.vocabulary import Term
from kg.workspace import Workspace

OFFERS = {
    "text/html": "html",
    "application/json": "json",
    "application/ld+json": "jsonld",
    "text/turtle": "ttl",
    "application/trig": "trig",
    "application/n-quads": "nq",
}
"""Media types on offer, the favourite first."""

_RDF = {
    "jsonld": RdfFormat.JSON_LD,
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "nq": RdfFormat.N_QUADS,
}
_PAGES: Mapping[str, Callable[[Site, Node], dict[str, Any]]] = {
    "claim": records.claim,
    "source": records.source,
    "snapshot": records.snapshot,
    "statement": records.statement,
}

router = APIRouter(tags=["Records"])


@router.get("/id/{path:path}", operation_id="dereference", summary="What an IRI of ours names")
def dereference(request: Request, path: str, site: SiteDep) -> Response:
    """A record or a term of ours, as a page, JSON, JSON-LD, Turtle, TriG or N-Quads.

    `path` is what follows the base in the IRI: `/id/claim/x` for `https://w3id.org/stemma/claim/x`.
    """
    node = site.workspace.records.get(site.workspace.iris.base + path)
    if node is not None:
        return answer_record(request, site, node)
    term = site.workspace.profile.vocabulary.get(DEFAULT_BASE + path)
    if term is not None:
        return answer_term(request, site, term)
    raise NotFound("nothing here bears this name", where=site.workspace.iris.base + path, hint="Search at /search.")


def answer_record(request: Request, site: Site, node: Node) -> Response:
    """A record in the format that is accepted."""
    media, format = _chosen(request)
    if format == "html":
        word = str(node.shape.record)
        return _varying(site.render(f"{word}.html", **_PAGES[word](site, node)))
    if format == "json":
        return _varying(JSONResponse(_record_json(site, node)))
    return _varying(Response(record_document(site.workspace, node.id, format), media_type=media))


def answer_term(request: Request, site: Site, term: Term) -> Response:
    """A term of the vocabulary, ours or a foreign one, in the format that is accepted."""
    media, format = _chosen(request)
    if format == "html":
        return _varying(site.render("term.html", **records.term(site, term)))
    if format == "json":
        return _varying(JSONResponse(entity_json(site.workspace, site.browser, term)))
    return _varying(Response(_term_rdf(site.workspace, term, format), media_type=media))


def _record_json(site: Site, node: Node) -> dict[str, Any]:
    match node.shape.record:
        case "claim":
            return site.workspace.claim_json(node)
        case "source":
            return source_json(site.workspace, site.browser, node)
        case "snapshot":
            return snapshot_json(site.workspace, node)
        case _:
            return site.workspace.writer.record(node)


def _term_rdf(workspace: Workspace, term: Term, format: str) -> bytes:
    """What the ontology says of a term, in the ontology's graph where the format has graphs."""
    graph, prefixes = NamedNode(ONTOLOGY_GRAPH), workspace.profile.prefixes
    triples = [t for t in workspace.profile.triples if t.subject == NamedNode(term.iri)]
    told = triples if format == "ttl" else [Quad(t.subject, t.predicate, t.object, graph) for t in triples]
    iris = {part.value for t in triples for part in t if isinstance(part, NamedNode)}
    used = {curie.partition(":")[0] for iri in iris if (curie := prefixes.compress(iri))}
    names = {p: n for p, n in prefixes.namespaces.items() if p in used} if format in ("ttl", "trig") else None
    return serialize(told, format=_RDF[format], prefixes=names) or b""


def _chosen(request: Request) -> tuple[str, str]:
    return choose(request.headers.get("accept"), request.query_params.get("format"), OFFERS)


def _varying(response: Response) -> Response:
    response.headers["Vary"] = "Accept"
    return response
