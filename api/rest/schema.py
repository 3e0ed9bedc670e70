"""What describes the records: ontology, shapes, JSON-LD context and JSON Schema, as the workspace has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pyoxigraph import RdfFormat, Triple, parse
from rdflib import SH as SHACL
from rdflib import URIRef

from api.deps import KeptDep, SiteDep, WorkspaceDep
from api.documents import (
    Document,
    Link,
    Maker,
    alternates,
    answer,
    is_known,
    negotiated,
    rdf_makers,
    tag,
)
from api.formats import RDF_FORMATS
from api.kept import Kept
from api.linked.telling import written
from api.pages.site import Site
from api.void import licensed_words, prefixes_of
from kg.errors import NotFound, UsageError
from kg.model.digest import short_hash
from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.schema.context import context
from kg.schema.jsonschema import json_schema
from kg.schema.names import RDF_TYPE, SHAPES, local_name
from kg.schema.vocabulary import Term
from kg.workspace import Workspace

router = APIRouter(tags=["Schema"])

_FOREVER = "public, max-age=31536000, immutable"
_LD_JSON = "application/ld+json"


def _json_as(media: str) -> dict[int | str, dict[str, Any]]:
    body: dict[str, Any] = {"schema": {"type": "object"}}
    told = {"description": "The document.", "content": {media: body}}
    return {200: told, 304: {"description": "The client has it already."}}


@router.get(
    "/ontology",
    operation_id="readOntology",
    summary="The ontology and vocabulary",
    **negotiated(*RDF_FORMATS, "html", "json"),
)
def ontology(request: Request, site: SiteDep, kept: KeptDep) -> Response:
    """The profile's ontology: its Turtle files one after the other, any other RDF, JSON, or a page."""
    return answer(request, _ontology(site, kept))


@router.get("/ontology.{format}", include_in_schema=False)
def ontology_twin(request: Request, format: str, site: SiteDep, kept: KeptDep) -> Response:
    """The same in one format."""
    return answer(request, _ontology(site, kept), format)


@router.get(
    "/shapes",
    operation_id="readShapes",
    summary="The shapes",
    **negotiated(*RDF_FORMATS, "html", "json"),
)
def shapes(request: Request, site: SiteDep, kept: KeptDep) -> Response:
    """The profile's shapes: its Turtle files one after the other, any other RDF, JSON, or a page."""
    return answer(request, _shapes(site, kept))


@router.get("/shapes.{format}", include_in_schema=False)
def shapes_twin(request: Request, format: str, site: SiteDep, kept: KeptDep) -> Response:
    """The same in one format."""
    return answer(request, _shapes(site, kept), format)


@router.get(
    "/shapes/{record}.schema.json",
    operation_id="readSchema",
    summary="The JSON Schema of a record",
    response_class=Response,
    responses=_json_as("application/schema+json"),
)
def schema(request: Request, record: Annotated[str, Path(examples=["claim"])], workspace: WorkspaceDep) -> Response:
    """The JSON Schema (2020-12) of claims, sources, snapshots or statements, made from the shapes."""
    try:
        found = json_schema(workspace.profile, record)
    except UsageError as e:
        raise NotFound(e.message, where=record, hint=e.hint) from None
    return _fresh(request, found, "application/schema+json", {"Cache-Control": "no-cache"})


@router.get(
    "/context.jsonld",
    operation_id="readContext",
    summary="The JSON-LD context of a record",
    response_class=Response,
    responses=_json_as("application/ld+json"),
)
def jsonld_context(
    request: Request, workspace: WorkspaceDep, record: str = Query("claim", description="Which kind of record.")
) -> Response:
    """The JSON-LD 1.1 context of claims, or of another kind of record, made from the shapes.

    It changes with the profile. Content-Location names the version that never does.
    """
    found = _context(workspace, record)
    version = f"/context/{record}.{_version(found)}.jsonld"
    lasting = Link("alternate", version, _LD_JSON).written(str(request.base_url))
    headers = {"Cache-Control": "no-cache", "Content-Location": version, "Link": lasting}
    return _fresh(request, found, _LD_JSON, headers)


@router.get(
    "/context/{record}.{version}.jsonld",
    operation_id="readContextVersion",
    summary="One version of a JSON-LD context",
    response_class=Response,
    responses=_json_as("application/ld+json"),
)
def context_version(request: Request, record: str, version: str, workspace: WorkspaceDep) -> Response:
    """A context by the hash of its content: what is here once never changes, and may be kept for ever."""
    latest = Link("latest-version", f"/context.jsonld?record={record}", _LD_JSON)
    found = _context(workspace, record)
    if _version(found) != version:
        hint = f"The present one is at {latest.target}. Exports hold their context within them."
        raise NotFound("this version of the context is not kept here", where=version, hint=hint)
    headers = {"Cache-Control": _FOREVER, "Link": latest.written(str(request.base_url))}
    return _fresh(request, found, _LD_JSON, headers)


def _context(workspace: Workspace, record: str) -> dict[str, Any]:
    try:
        return context(workspace.profile, record, base=workspace.iris.base)
    except UsageError as e:
        raise NotFound(e.message, where=record, hint=e.hint) from None


def _ontology(site: Site, kept: Kept) -> Document:
    files, vocabulary = site.workspace.profile.ontology_files, site.workspace.profile.vocabulary

    def page() -> bytes:
        groups: dict[str, list[Any]] = {}
        for found in sorted(vocabulary, key=lambda t: t.label.casefold()):
            for kind in vocabulary.facts(found.iri, RDF_TYPE) or ("",):
                groups.setdefault(kind, []).append(found)
        told: dict[str, Any] = {"groups": groups, "alternates": alternates("/ontology"), "iri": ONTOLOGY_GRAPH}
        return bytes(site.render("vocabulary.html", **told).body)

    def listed() -> bytes:
        terms = [_term(site, t) for t in vocabulary]
        return bytes(JSONResponse({"id": ONTOLOGY_GRAPH, "items": terms, "total": len(terms)}).body)

    return _files(site, kept, ONTOLOGY_GRAPH, "/ontology", files, {"html": page, "json": listed})


def _term(site: Site, term: Term) -> dict[str, Any]:
    """A term in brief: its names, what it is, and the word that records use for it."""
    facts, short = site.workspace.profile.vocabulary.facts, site.workspace.profile.prefixes.compress
    told = {
        **site.term(term.iri),
        "types": [short(iri) or iri for iri in facts(term.iri, RDF_TYPE)],
        "notation": term.notation,
        "definition": term.definition,
        "replacedBy": site.term(term.replaced_by) if term.replaced_by else None,
    }
    return {name: value for name, value in told.items() if value}


def _shapes(site: Site, kept: Kept) -> Document:
    iri = SHAPES.rstrip("/")

    def page() -> bytes:
        told: dict[str, Any] = {"shapes": _named(site.workspace.profile), "alternates": alternates("/shapes")}
        return bytes(site.render("shapes.html", **told, iri=iri).body)

    def listed() -> bytes:
        found = _named(site.workspace.profile)
        return bytes(JSONResponse({"id": iri, "items": found, "total": len(found)}).body)

    files = site.workspace.profile.shapes_files
    return _files(site, kept, iri, "/shapes", files, {"html": page, "json": listed})


def _files(site: Site, kept: Kept, iri: str, address: str, files: Iterable[File], others: dict[str, Maker]) -> Document:
    """Turtle files as they are, and as any other RDF."""

    def turtle() -> bytes:
        return "\n".join(path.read_text("utf-8") for path in files).encode("utf-8")

    def triples() -> list[Triple]:
        return [q.triple for path in files for q in parse(path=str(path), format=RdfFormat.TURTLE)]

    rdf: dict[str, Callable[[], bytes]] = rdf_makers(triples, prefixes_of(site), iri)
    once = {name: partial(kept.get, (address, name), rdf[name]) for name in RDF_FORMATS}
    makers: dict[str, Maker] = {"ttl": turtle, **others, **{n: m for n, m in once.items() if n != "ttl"}}
    return Document(
        iri,
        address,
        makers,
        modified=written(files),
        lasting=frozenset(RDF_FORMATS),
        links=licensed_words(site.workspace.profile),
    )


def _named(profile: Profile) -> list[dict[str, Any]]:
    """The named shapes with their messages: what the codes of findings stand for."""
    graph = profile.shapes_graph
    told = []
    for shape in sorted({str(s) for s in graph.subjects() if isinstance(s, URIRef) and str(s).startswith(SHAPES)}):
        message, severity = (graph.value(URIRef(shape), p) for p in (SHACL.message, SHACL.severity))
        found = {"id": shape, "code": shape.removeprefix(SHAPES), "message": message, "severity": severity}
        told.append({k: (local_name(str(v)) if k == "severity" else str(v)) for k, v in found.items() if v})
    return told


def _version(body: dict[str, Any]) -> str:
    return short_hash(bytes(JSONResponse(body).body).decode("utf-8"), 16)


def _fresh(request: Request, body: dict[str, Any], media: str, headers: dict[str, str]) -> Response:
    """JSON under the tag of its bytes; 304 if the client has it."""
    written_out = bytes(JSONResponse(body).body)
    told = {**headers, "ETag": tag(written_out)}
    if is_known(request, told["ETag"]):
        return Response(status_code=304, headers=told)
    return Response(written_out, headers=told, media_type=media)
