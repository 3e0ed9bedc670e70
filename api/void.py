"""``/.well-known/void``: what the workspace holds, in VoID and DCAT; ``/dumps``: all of it as files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response, StreamingResponse
from pyoxigraph import Triple

from api.deps import KeptDep, SiteDep
from api.documents import Document, Link, alternates, answer, is_known, negotiated, rdf_makers
from api.formats import RDF_FORMATS
from api.kept import Kept
from api.pages.site import Site
from api.surroundings import ChronicleDep
from kg import export
from kg.catalogue import census
from kg.catalogue.names import PREFIXES
from kg.catalogue.void import DOCUMENT, Dump, Place, Service, describe, license_of, ontology_license
from kg.errors import NotFound, Overloaded
from kg.model.iris import is_iri
from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.query import Result
from kg.schema.names import DCTERMS
from kg.schema.prefixes import Prefixes
from kg.sparql.answer import Limits
from kg.workspace import Workspace

router = APIRouter(tags=["Linked data"])

ADDRESS = "/.well-known/void"
DUMPED = ("nq", "trig", "ttl", "jsonld", "jsonl")
"""The formats of the dumps that the description names."""

ALL = "all.nq"
"""Name of the dump of every quad."""

_TRIES = 3
_PIECE = 1 << 16
_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"
_GRAPH_STORE = "https://www.w3.org/TR/sparql11-http-rdf-update/"
_OPENAPI = "https://spec.openapis.org/oas/v3.1.0"


@router.get(
    ADDRESS,
    operation_id="readVoid",
    summary="What is here: VoID and DCAT",
    **negotiated("html", *RDF_FORMATS),
)
def void(request: Request, site: SiteDep, kept: KeptDep, chronicle: ChronicleDep) -> Response:
    """The workspace as a data set: counts by class and property, links to others, dumps and services.

    The counts are made at most once a commit.
    """
    return answer(request, void_document(request, site, kept, chronicle.last))


@router.get(ADDRESS + ".{format}", include_in_schema=False)
def void_twin(request: Request, format: str, site: SiteDep, kept: KeptDep, chronicle: ChronicleDep) -> Response:
    """The same in one format."""
    return answer(request, void_document(request, site, kept, chronicle.last), format)


@router.get(
    "/dumps/{name}",
    operation_id="readDump",
    summary="Everything as one file",
    response_class=Response,
    responses={
        200: {"description": "The file.", "content": {f.media_type: {} for f in export.FORMATS.values()}},
        304: {"description": "The client has it already."},
    },
)
def dump(request: Request, name: Annotated[str, Path(examples=[ALL, "claims.nq"])], site: SiteDep) -> Response:
    """Every claim that is not a draft, with what it refers to, as `stemma export` writes it.

    `name` is a view and a format: `claims.nq`, `entities.graphml`; or `all.nq`, every quad, sorted. The texts
    of sources are in none.
    """
    view, _, format = name.partition(".")
    whole = name == ALL
    if not whole and (format not in export.FORMATS or view not in export.VIEWS):
        hint = f"{ALL}, or views: {', '.join(export.VIEWS)}; formats: {', '.join(export.FORMATS)}."
        raise NotFound("there is no such dump", where=name, hint=hint)
    workspace = site.workspace
    state = f"{workspace.committer.number}-{len(frozenset(workspace.library))}-{workspace.profile.digest[-12:]}"
    headers = {"ETag": f'"{state}-{name}"', "Cache-Control": "no-cache"}
    if is_known(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    headers["Link"] = f'<{request.base_url}.well-known/void>; rel="collection"'
    if whole:
        spooled, length = _spooled(workspace)
        headers["Content-Length"] = str(length)
        return StreamingResponse(_pieces(spooled), headers=headers, media_type="application/n-quads")
    body = workspace.export(format, view=view)
    return Response(body, headers=headers, media_type=export.FORMATS[format].media_type)


def _spooled(workspace: Workspace) -> tuple[IO[bytes], int]:
    """All quads in a file, as of one commit; it goes when it is closed.

    :raises Overloaded: if commits come faster than it can be written.
    """
    for _ in range(_TRIES):
        number, file = workspace.committer.number, TemporaryFile()  # noqa: SIM115 (the answer closes it)
        for line in workspace.dump():
            file.write(line.encode("utf-8"))
        if workspace.committer.number == number:
            length = file.tell()
            file.seek(0)
            return file, length
        file.close()
    raise Overloaded("commits come faster than a dump is written", retry_after=60)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def void_document(request: Request, site: Site, kept: Kept, modified: str | None) -> Document:
    """The description of the workspace, in every format."""
    place = place_of(site, str(request.base_url), modified)
    counted = counts(site, kept)

    def triples() -> list[Triple]:
        return describe(counted, place, site.workspace.profile.prefixes)

    def page() -> bytes:
        told: dict[str, Any] = {"census": counted, "place": place, "license": place.license}
        return bytes(site.render("catalogue.html", **told, alternates=alternates(ADDRESS), iri=place.dataset).body)

    rdf = rdf_makers(triples, prefixes_of(site))
    makers = {"ttl": rdf["ttl"], "html": page, **rdf}
    items = [Link("item", d.url, d.media_type) for d in place.dumps]
    return Document(place.dataset, ADDRESS, makers, links=(*licensed(site.workspace), *items))


def licensed(workspace: Workspace) -> tuple[Link, ...]:
    """The link to the licence of the data: that of `workspace.toml`, else that of the ontology."""
    found = license_here(workspace)
    return (Link("license", found),) if found else ()


def licensed_words(profile: Profile) -> tuple[Link, ...]:
    """The link to the licence of the ontology and the shapes."""
    found = ontology_license(profile)
    return (Link("license", found),) if found else ()


def license_here(workspace: Workspace) -> str | None:
    """The IRI of the licence of the data: ``license`` of `workspace.toml`, else that of the ontology."""
    own = tomllib.loads((workspace.path / "workspace.toml").read_text("utf-8")).get("license")
    return own if isinstance(own, str) and is_iri(own) else license_of(workspace.profile)


def counts(site: Site, kept: Kept) -> census.Census:
    """The counts as of the last commit."""
    workspace = site.workspace

    def taken() -> census.Census:
        number = workspace.committer.number

        def ask(query: str) -> Result:
            return workspace.query(query, limits=Limits())  # as anyone may ask it

        return census.take(ask, number, workspace.profile.prefixes, workspace.iris.base)

    return kept.get("census", taken)


def place_of(site: Site, root: str, modified: str | None) -> Place:
    """Where the workspace is served, and how to get what is in it.

    :param root: URL of the service, ending in ``/``.
    """
    workspace, profile = site.workspace, site.workspace.profile
    formats = [export.FORMATS[name] for name in DUMPED if not profile.admits_any]
    dumps = [
        Dump("all-nq", "All quads, as `stemma add` takes them", f"{root}dumps/{ALL}", "application/n-quads"),
        *(
            Dump(f"claims-{f.name}", f"Everything as {f.name}", f"{root}dumps/claims.{f.name}", f.media_type)
            for f in formats
        ),
    ]
    services = (
        Service("sparql", "SPARQL endpoint", f"{root}sparql", f"{root}sparql", _PROTOCOL),
        Service("graphs", "Graph store", f"{root}graphs", None, _GRAPH_STORE),
        Service("api", "REST API", f"{root}api/v1", f"{root}openapi.json", _OPENAPI),
    )
    examples = [ids[0] for word in profile.shapes if (ids := workspace.records.ids(word))]
    about = min(profile.vocabulary.facts(ONTOLOGY_GRAPH, DCTERMS + "description"), default="")
    return Place(
        base=workspace.iris.base,
        title=workspace.name,
        root=root,
        modified=modified,
        license=license_here(workspace),
        about="" if profile.admits_any else about,
        standard=None if profile.admits_any else ONTOLOGY_GRAPH,
        examples=() if profile.admits_any else examples,
        dumps=dumps,
        services=services,
    )


def prefixes_of(site: Site) -> Prefixes:
    """The profile's prefixes, and those that descriptions use."""
    own = site.workspace.profile.prefixes.namespaces
    parts = {"part": f"{site.workspace.iris.base}{DOCUMENT}#"}
    more = {p: n for p, n in (PREFIXES | parts).items() if p not in own and n not in own.values()}
    return Prefixes({**own, **more})
