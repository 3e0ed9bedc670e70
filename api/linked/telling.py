"""Records, terms and other things of ours as documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi.responses import JSONResponse
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from api.chronicle import Chronicle
from api.documents import Document, Link, Maker, alternates, rdf_makers
from api.formats import FORMATS, used
from api.linked.things import Thing, Values
from api.pages import records
from api.pages.site import Site
from api.rest.entities import entity_json
from api.rest.sources import snapshot_json, source_json
from api.void import licensed, licensed_words, prefixes_of
from kg.export.rdf import DOCUMENTS, record_document
from kg.model.node import Node
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import SKOS, STEMMA
from kg.schema.shapes import Kind
from kg.schema.vocabulary import Term

SCHEMA = "https://schema.org/"
COLLECTION = Link("collection", "/.well-known/void", "text/turtle")
"""What every record is an item of."""

_PAGES: Mapping[str, Callable[[Site, Node], dict[str, Any]]] = {
    "claim": records.claim,
    "source": records.source,
    "snapshot": records.snapshot,
    "statement": records.statement,
}
_FROM_TURTLE = ("nt", "rdf")
_QUADS = frozenset(("ttl", "trig", "nq", "nt", "rdf"))
_MAPPINGS = (SKOS + "exactMatch", SKOS + "closeMatch")


def address(name: str) -> str:
    """Where a name below the base stands on this server."""
    return "/id/" + quote(name, safe="/:@-._~!$'()*,;=+")


def record(site: Site, chronicle: Chronicle, node: Node, name: str) -> Document:
    """A record: claim, source, snapshot or statement."""
    word, here = str(node.shape.record), address(name)

    def page() -> bytes:
        others = alternates(here, ("json", *_rdf()))
        if word not in _PAGES:
            return bytes(site.render("thing.html", thing=_plain(site, node), alternates=others, iri=node.id).body)
        return bytes(site.render(f"{word}.html", **{**_PAGES[word](site, node), "alternates": others}).body)

    makers: dict[str, Maker] = {"html": page, "json": lambda: bytes(JSONResponse(record_json(site, node)).body)}
    makers |= {format: partial(_record, site, node, format) for format in _rdf()}
    return Document(
        node.id,
        here,
        makers,
        modified=chronicle.modified(*_told_with(site, node)),
        lasting=_QUADS,
        links=(*_types(site, node), *licensed(site.workspace), *_authors(node), COLLECTION),
    )


def record_json(site: Site, node: Node) -> dict[str, Any]:
    """A record as the interfaces tell it."""
    match node.shape.record:
        case "claim":
            return site.workspace.claim_json(node)
        case "source":
            return source_json(site.workspace, site.browser, node)
        case "snapshot":
            return snapshot_json(site.workspace, node)
        case _:
            return site.workspace.writer.record(node)


def term(site: Site, found: Term, here: str) -> Document:
    """A term of the vocabulary, ours or a foreign one."""

    def page() -> bytes:
        told = {**records.term(site, found), "alternates": alternates(here, ("json", *_rdf()))}
        return bytes(site.render("term.html", **told).body)

    def triples() -> list[Triple]:
        return [t for t in site.workspace.profile.triples if t.subject == NamedNode(found.iri)]

    makers: dict[str, Maker] = {
        "html": page,
        "json": lambda: bytes(JSONResponse(entity_json(site.workspace, site.browser, found)).body),
        **rdf_makers(triples, site.workspace.profile.prefixes, ONTOLOGY_GRAPH),
    }
    newer = [Link("successor-version", found.replaced_by)] if found.replaced_by else []
    types = [Link("type", SCHEMA + "DefinedTerm")]
    return Document(
        found.iri,
        here,
        makers,
        modified=written(site.workspace.profile.ontology_files),
        lasting=_QUADS | {"jsonld"},
        links=(*types, *licensed_words(site.workspace.profile), *newer, Link("collection", "/ontology", "text/turtle")),
    )


def thing(site: Site, found: Thing, name: str) -> Document:
    """Anything else that bears a name of ours."""
    here = address(name)

    def page() -> bytes:
        told: dict[str, Any] = {"thing": found, "alternates": alternates(here, ("json", *_rdf())), "iri": found.iri}
        return bytes(site.render("thing.html", **told).body)

    makers: dict[str, Maker] = {
        "html": page,
        "json": lambda: bytes(JSONResponse(found.json).body),
        **rdf_makers(lambda: found.triples, prefixes_of(site)),
    }
    return Document(found.iri, here, makers, links=(*licensed(site.workspace), COLLECTION))


def written(files: Iterable[Path]) -> datetime | None:
    """When the newest of some files was written."""
    newest = max((path.stat().st_mtime for path in files), default=None)
    return datetime.fromtimestamp(int(newest), UTC) if newest is not None else None


def _rdf() -> tuple[str, ...]:
    return tuple(name for name in FORMATS if name in DOCUMENTS and name != "json") + _FROM_TURTLE


def _record(site: Site, node: Node, format: str) -> bytes:
    if format not in _FROM_TURTLE:
        return record_document(site.workspace, node.id, format) or b""
    turtle = record_document(site.workspace, node.id, "ttl") or b""
    told = [q.triple for q in parse(input=turtle, format=RdfFormat.TURTLE)]
    how = FORMATS[format].rdf
    names = used(told, site.workspace.profile.prefixes) if how == RdfFormat.RDF_XML else None
    return serialize(told, format=how, prefixes=names) or b""


def _told_with(site: Site, node: Node) -> list[str]:
    """The records that a document of a record tells of; a statement's changes with its claims."""
    if node.shape.record == "statement":
        return site.workspace.records.claims_of(node.id)
    referred = [iri for f, iri in node.iris() if f.kind is Kind.SOURCE or f.path == STEMMA + "ofSource"]
    return [node.id, *referred]


def _plain(site: Site, node: Node) -> Thing:
    """A record of a kind that has no page of its own: its properties by their labels."""
    facts: list[tuple[str, Values]] = []
    for path, atoms in node.values.items():
        found = [a for a in atoms if isinstance(a, NamedNode | Literal)]
        values = [(site.term(a.value).get("label", a.value), a.value) for a in found if isinstance(a, NamedNode)]
        facts.append((site.teller.label(path), [*values, *((a.value, None) for a in found if isinstance(a, Literal))]))
    title = site.teller.label(str(node.shape.target))
    return Thing(node.id, str(node.shape.record), title, "", tuple(facts), {}, [])


def _types(site: Site, node: Node) -> list[Link]:
    """What schema.org calls such a record, as the ontology maps its class; for a source, its kind too."""
    vocabulary = site.workspace.profile.vocabulary
    kinds = [str(node.shape.target), *(iri for f, iri in node.iris() if f.kind is Kind.TOKEN)]
    found = {m for kind in kinds for path in _MAPPINGS for m in vocabulary.facts(kind, path)}
    return [Link("type", iri) for iri in sorted(found) if iri.startswith(SCHEMA)]


def _authors(node: Node) -> list[Link]:
    agent = node.one(STEMMA + "agent")
    return [Link("author", agent)] if agent else []
