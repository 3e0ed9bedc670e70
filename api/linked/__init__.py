"""``/id/...``: every IRI of ours, in the format that the client likes best.

The answer stands at the address itself (200, with ``Vary: Accept`` and the twin in Content-Location):
the IRI of a thing is not an address of this server, so that whoever sends a client here from there
has told the two apart. `docs/linked-data.md` says more.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import RedirectResponse, Response

from api.chronicle import Chronicle
from api.deps import KeptDep, SiteDep
from api.documents import Document, answer, negotiated
from api.formats import FORMATS, RDF_FORMATS
from api.kept import Kept
from api.linked import telling, things
from api.linked.gone import is_gone, tombstone
from api.pages.site import Site
from api.queries import query_document
from api.rest.entities import term
from api.surroundings import ChronicleDep
from kg.errors import NotFound
from kg.schema.names import DEFAULT_BASE
from kg.schema.vocabulary import Term

router = APIRouter(tags=["Linked data"])

_ELSEWHERE = ("ontology", "shapes", "context.jsonld", "queries", "prefixes")
"""Names of ours that are addresses of this server too."""


@router.get(
    "/id/{path:path}",
    operation_id="dereference",
    summary="What an IRI of ours names",
    **negotiated(
        "html",
        "json",
        *RDF_FORMATS,
        also={410: "The claim was retracted; the body tells why."},
        beside={303: "It has another address here."},
    ),
)
def dereference(
    request: Request,
    path: Annotated[str, Path(examples=["ontology/Claim", "ontology/Claim.ttl"])],
    site: SiteDep,
    kept: KeptDep,
    chronicle: ChronicleDep,
) -> Response:
    """A record, a term or anything else of ours, as a page, JSON or any format of RDF.

    `path` is what follows the base in the IRI: `/id/claim/x` for `https://w3id.org/stemma/claim/x`. With
    the suffix of a format it is that format, whatever Accept says: `/id/claim/x.ttl`.
    """
    if path in ("", "void"):
        return RedirectResponse("/.well-known/void", 303)
    if path.rstrip("/") in _ELSEWHERE:
        return RedirectResponse("/" + path.rstrip("/"), 303)
    document = _document(request, site, kept, chronicle, path)
    if document is not None:
        return answer(request, document)
    name, _, format = path.rpartition(".")
    document = _document(request, site, kept, chronicle, name) if format in FORMATS and name else None
    if document is not None:
        return answer(request, document, format)
    raise NotFound("nothing here bears this name", where=site.workspace.iris.base + path, hint="Search at /search.")


def answer_entity(request: Request, site: Site, text: str) -> Response:
    """A term that others named, by CURIE or IRI, with or without the suffix of a format.

    :raises NotFound: if it is not in the vocabulary.
    """
    stem, _, suffix = text.rpartition(".")
    known = site.workspace.profile.vocabulary.get(site.workspace.profile.prefixes.iri(text) or "")
    if known is None and suffix in FORMATS and stem:
        return answer(request, _entity(site, term(site.workspace, stem)), suffix)
    return answer(request, _entity(site, known or term(site.workspace, text)))


def _entity(site: Site, found: Term) -> Document:
    curie = site.workspace.profile.prefixes.compress(found.iri) or found.iri
    return telling.term(site, found, "/entity/" + quote(curie, safe=":/"))


def _document(request: Request, site: Site, kept: Kept, chronicle: Chronicle, name: str) -> Document | None:
    workspace = site.workspace
    node = workspace.records.get(workspace.iris.base + name)
    if node is not None:
        if is_gone(node):
            return tombstone(request, site, chronicle, node, name)
        return telling.record(site, chronicle, node, name)
    known = workspace.profile.vocabulary.get(DEFAULT_BASE + name)
    if known is not None:
        return telling.term(site, known, telling.address(name))
    thing = things.find(site, chronicle, name)
    if thing is not None:
        return telling.thing(site, thing, name)
    kind, _, rest = name.partition("/")
    return query_document(request, rest, site, kept) if kind == "queries" else None
