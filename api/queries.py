"""``/queries`` and ``/prefixes``: the example queries and the prefix map, as people and SPARQL editors read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from pyoxigraph import RdfFormat, Triple, parse

from api.deps import KeptDep, SiteDep
from api.documents import Document, Maker, alternates, answer, negotiated, rdf_makers
from api.formats import RDF_FORMATS
from api.kept import Kept
from api.pages.site import Site
from api.void import prefixes_of
from kg.catalogue.editor import declare
from kg.catalogue.outline import outline
from kg.catalogue.void import partitions
from kg.errors import NotFound
from kg.examples import Example
from kg.examples import describe as describe_examples
from kg.examples import examples as shipped
from kg.schema.names import STEMMA

router = APIRouter(tags=["Linked data"])

_OURS = re.compile(r"\bstemma:([A-Za-z]\w*)")


@router.get(
    "/queries",
    operation_id="listQueries",
    summary="The example queries",
    **negotiated("json", "html", *RDF_FORMATS),
)
def queries(request: Request, site: SiteDep, kept: KeptDep) -> Response:
    """The example queries that fit the profile, as JSON, a page, or RDF (`sh:SPARQLExecutable`)."""
    return answer(request, queries_document(request, site, kept))


@router.get("/queries.{format}", include_in_schema=False)
def queries_twin(request: Request, format: str, site: SiteDep, kept: KeptDep) -> Response:
    """The same in one format."""
    return answer(request, queries_document(request, site, kept), format)


@router.get(
    "/queries/{name}",
    operation_id="readQuery",
    summary="One example query",
    **negotiated("html", "rq", "json", *RDF_FORMATS),
)
def query(
    request: Request, name: Annotated[str, Path(examples=["roots", "roots.rq"])], site: SiteDep, kept: KeptDep
) -> Response:
    """One example query: as it is (`application/sparql-query`), as JSON, a page, or RDF.

    `name` may end in a format: `roots.rq`.
    """
    document = query_document(request, name, site, kept)
    if document is not None:
        return answer(request, document)
    stem, _, format = name.rpartition(".")
    document = query_document(request, stem, site, kept)
    if document is None:
        raise NotFound("there is no such example query", where=name, hint="They are listed at /queries.")
    return answer(request, document, format)


@router.get(
    "/prefixes",
    operation_id="readPrefixes",
    summary="The prefix map",
    **negotiated("json", "rq", *RDF_FORMATS),
)
def prefixes(request: Request, site: SiteDep) -> Response:
    """Prefix to namespace, as JSON, RDF (`sh:declare`), or the `PREFIX` lines of SPARQL."""
    return answer(request, prefixes_document(site))


@router.get("/prefixes.{format}", include_in_schema=False)
def prefixes_twin(request: Request, format: str, site: SiteDep) -> Response:
    """The same in one format."""
    return answer(request, prefixes_document(site), format)


def fitting(site: Site, kept: Kept) -> tuple[Example, ...]:
    """The example queries whose every word of ours the profile knows."""
    vocabulary = site.workspace.profile.vocabulary

    def found() -> tuple[Example, ...]:
        if site.workspace.profile.admits_any:
            return ()
        return tuple(e for e in shipped() if all(STEMMA + w in vocabulary for w in _OURS.findall(e.query)))

    return kept.get("examples", found)


def for_editors(site: Site, kept: Kept, root: str) -> list[Triple]:
    """What SPARQL editors look for in a service description: classes and properties, prefixes, examples.

    Nothing of it is counted: it is the same after every commit. A profile that takes any RDF has none of it.

    :param root: URL of the service, ending in ``/``.
    """
    profile, base = site.workspace.profile, site.workspace.iris.base
    if profile.admits_any:
        return []
    map = declare(profile.prefixes, base + "prefixes")
    classes = kept.get("outline", lambda: outline(profile))
    return [*partitions(classes, base, profile.prefixes), *map, *_described(site, fitting(site, kept), root)]


def queries_document(request: Request, site: Site, kept: Kept) -> Document:
    """Every example query."""
    found, root = fitting(site, kept), str(request.base_url)

    def page() -> bytes:
        listed = _by_audience(found)
        told: dict[str, Any] = {"audiences": listed, "alternates": alternates("/queries"), "iri": _namespace(site)}
        return bytes(site.render("queries.html", **told).body)

    def told() -> bytes:
        return bytes(JSONResponse({"items": [_told(site, e) for e in found], "total": len(found)}).body)

    rdf = rdf_makers(lambda: _described(site, found, root), prefixes_of(site))
    return Document(_namespace(site), "/queries", {"json": told, "html": page, **rdf})


def query_document(request: Request, name: str, site: Site, kept: Kept) -> Document | None:
    """One example query; ``None`` if there is none of that name."""
    example = next((e for e in fitting(site, kept) if e.name == name), None)
    if example is None:
        return None
    root, address = str(request.base_url), f"/queries/{quote(name)}"
    iri = _namespace(site) + name
    makers: dict[str, Maker] = {
        "html": lambda: bytes(
            site.render("example.html", example=example, alternates=alternates(address), iri=iri).body
        ),
        "rq": lambda: example.query.encode("utf-8"),
        "json": lambda: bytes(JSONResponse(_told(site, example)).body),
        **rdf_makers(lambda: _described(site, (example,), root), prefixes_of(site)),
    }
    return Document(iri, address, makers)


def prefixes_document(site: Site) -> Document:
    """The prefix map."""
    known = site.workspace.profile.prefixes
    iri = site.workspace.iris.base + "prefixes"
    makers: dict[str, Maker] = {
        "json": lambda: (json.dumps(dict(sorted(known.namespaces.items())), indent=1) + "\n").encode("utf-8"),
        "rq": lambda: known.sparql().encode("utf-8"),
        **rdf_makers(lambda: declare(known, iri), prefixes_of(site)),
    }
    return Document(iri, "/prefixes", makers)


def _namespace(site: Site) -> str:
    return site.workspace.iris.base + "queries/"


def _described(site: Site, found: Iterable[Example], root: str) -> list[Triple]:
    graph = describe_examples(found, namespace=_namespace(site), endpoint=root + "sparql")
    return sorted((q.triple for q in parse(input=graph.serialize(format="nt"), format=RdfFormat.N_TRIPLES)), key=str)


def _told(site: Site, example: Example) -> Mapping[str, Any]:
    return {
        "id": _namespace(site) + example.name,
        "name": example.name,
        "title": example.title,
        "question": example.question,
        "for": example.audience,
        "keywords": list(example.keywords),
        "form": example.form,
        "href": f"/queries/{quote(example.name)}",
        "query": example.query,
    }


def _by_audience(found: Iterable[Example]) -> Mapping[str, list[Example]]:
    listed: dict[str, list[Example]] = {}
    for example in found:
        listed.setdefault(example.audience, []).append(example)
    return listed
