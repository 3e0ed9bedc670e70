"""Nothing without a root enters as RDF: graphs that name no source, or only seem to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

import kg
from kg.model.node import Node
from kg.schema.names import CLAIM, OWL, RDF_TYPE, RDFS, SNAPSHOT, SOURCE, STEMMA

Make = Callable[..., dict[str, Any]]
Refuses = Callable[..., None]
BASE = "https://w3id.org/stemma/"
WORDS = "Mesenchymal stem cells calm microglia in the dish"
ID = BASE + "claim/rootless"


def s(name: str) -> NamedNode:
    return NamedNode(STEMMA + name)


def n(name: str) -> NamedNode:
    return NamedNode("https://example.org/" + name)


TYPE, ME, OTHER = NamedNode(RDF_TYPE), NamedNode(ID), NamedNode(BASE + "source/other")
DOMAIN = Triple(
    NamedNode("http://purl.obolibrary.org/obo/CL_0000134"),
    s("slows"),
    NamedNode("http://purl.obolibrary.org/obo/MONDO_0004976"),
)
Quads = list[Quad]
Edit = Callable[[Quads], Iterable[Quad]]


def without(*names: str) -> Edit:
    gone = {STEMMA + name for name in names} | ({RDF_TYPE} if "type" in names else set())
    return lambda quads: (q for q in quads if not (q.subject == ME and q.predicate.value in gone))


def plus(*triples: tuple[Any, NamedNode, Any], graph: NamedNode | BlankNode | DefaultGraph = ME) -> Edit:
    return lambda quads: [*quads, *(Quad(a, b, c, graph) for a, b, c in triples)]


def instead(name: str, *objects: Any) -> Edit:
    path = NamedNode(RDF_TYPE) if name == "type" else s(name)
    return lambda quads: [*without(name)(quads), *(Quad(ME, path, o, ME) for o in objects)]


def moved(graph: Any) -> Edit:
    return lambda quads: [Quad(q.subject, q.predicate, q.object, graph) if q.graph_name == ME else q for q in quads]


def called(name: Any) -> Edit:
    return lambda quads: [Quad(name, q.predicate, q.object, q.graph_name) if q.subject == ME else q for q in quads]


def both(*edits: Edit) -> Edit:
    def edit(quads: Quads) -> Iterable[Quad]:
        for each in edits:
            quads = list(each(quads))
        return quads

    return edit


EVERY = ("nq", "trig", "ttl")
NAMED = ("nq", "trig")
GRAPHS: dict[str, tuple[Edit, str, tuple[str, ...]]] = {
    "an untyped claim": (without("type"), "type", EVERY),
    "no source": (without("source"), "claim-source", EVERY),
    "a type that nearly is one": (instead("type", s("claim")), "type", EVERY),
    "the type over http": (instead("type", NamedNode(CLAIM.replace("https", "http"))), "type", EVERY),
    "a type with a part of no width": (instead("type", NamedNode(CLAIM + "\u200b")), "type", EVERY),
    "a type that is a text": (instead("type", Literal(CLAIM)), "type", EVERY),
    "a claim that is a source too": (plus((ME, TYPE, NamedNode(SOURCE))), "type", EVERY),
    "a source typed in the claim's graph": (
        both(instead("source", n("src")), plus((n("src"), TYPE, NamedNode(SOURCE)))),
        "subject-unknown",
        NAMED,
    ),
    "a source described in the claim's graph": (
        both(
            instead("source", NamedNode(BASE + "source/new")),
            plus(
                (NamedNode(BASE + "source/new"), TYPE, NamedNode(SOURCE)),
                (NamedNode(BASE + "source/new"), s("kind"), s("webPage")),
            ),
        ),
        "subject-unknown",
        NAMED,
    ),
    "a source that is half a record": (
        both(
            instead("source", NamedNode(BASE + "source/new")),
            plus((NamedNode(BASE + "source/new"), TYPE, NamedNode(SOURCE)), graph=NamedNode(BASE + "source/new")),
        ),
        "Source-title",
        EVERY,
    ),
    "the claim itself": (instead("source", ME), "source-unregistered", EVERY),
    "the claim itself, typed as both": (
        both(instead("source", ME), plus((ME, TYPE, NamedNode(SOURCE)))),
        "source-unregistered",
        EVERY,
    ),
    "a subclass of source": (
        both(
            instead("source", n("src")),
            plus((n("src"), TYPE, n("Page")), (n("Page"), NamedNode(RDFS + "subClassOf"), NamedNode(SOURCE))),
        ),
        "subject-unknown",
        NAMED,
    ),
    "a subclass of claim": (
        both(
            instead("type", n("Said")),
            plus((n("Said"), NamedNode(RDFS + "subClassOf"), NamedNode(CLAIM)), graph=n("g")),
        ),
        "record",
        EVERY,
    ),
    "a range that makes sources": (
        plus((s("source"), NamedNode(RDFS + "range"), NamedNode(SOURCE)), graph=NamedNode(STEMMA.rstrip("/"))),
        "record",
        EVERY,
    ),
    "the same as a source": (
        both(instead("source", n("src")), plus((n("src"), NamedNode(OWL + "sameAs"), OTHER), graph=n("g"))),
        "record",
        EVERY,
    ),
    "two statements": (plus((ME, s("statement"), NamedNode(BASE + "statement/" + "0" * 32))), "Claim-statement", EVERY),
    "two sources": (plus((ME, s("source"), OTHER)), "Claim-source", EVERY),
    "two claims in one graph": (
        lambda quads: [*quads, *(Quad(n("b"), q.predicate, q.object, ME) for q in quads if q.subject == ME)],
        "subject-unknown",
        NAMED,
    ),
    "a bare fact": (lambda _: [Quad(DOMAIN.subject, DOMAIN.predicate, DOMAIN.object)], "record", EVERY),
    "a bare fact in a graph of its own": (plus(tuple(DOMAIN), graph=n("facts")), "record", NAMED),
    "a bare fact in the claim's graph": (plus(tuple(DOMAIN)), "subject-unknown", NAMED),
    "a bare fact in the ontology": (plus(tuple(DOMAIN), graph=NamedNode(STEMMA.rstrip("/"))), "record", NAMED),
    "a bare fact beside the claim": (plus(tuple(DOMAIN), graph=DefaultGraph()), "record", NAMED),
    "a fact as a property of the claim": (plus((ME, s("slows"), DOMAIN.object)), "property-unknown", EVERY),
    "a source that is a text": (instead("source", Literal("the page")), "Claim-source", EVERY),
    "a source that is an IRI as text": (instead("source", Literal(OTHER.value)), "Claim-source", EVERY),
    "a source that is a blank node": (instead("source", BlankNode("b")), "term-kind", EVERY),
    "a source that is the empty list": (
        instead("source", NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")),
        "source-unregistered",
        EVERY,
    ),
    "javascript:": (instead("source", NamedNode("javascript:alert(1)")), "source-unregistered", EVERY),
    "an IRI with a part of no width": (
        instead("source", NamedNode(OTHER.value + "\u200b")),
        "source-unregistered",
        EVERY,
    ),
    "an unregistered source": (instead("source", NamedNode(BASE + "source/nobody")), "source-unregistered", EVERY),
    "a deleted source": (instead("source", NamedNode(BASE + "source/deleted")), "source-unregistered", EVERY),
    "a snapshot of another source": (instead("source", OTHER), "snapshot-of-other-source", EVERY),
    "an unregistered snapshot": (
        instead("snapshot", NamedNode(BASE + "snapshot/" + "1" * 64)),
        "snapshot-unregistered",
        EVERY,
    ),
    "a snapshot made up in the claim's graph": (
        plus((NamedNode(BASE + "snapshot/" + "1" * 64), TYPE, NamedNode(SNAPSHOT))),
        "subject-unknown",
        NAMED,
    ),
    "a claim that is a blank node": (called(BlankNode("b")), "term-kind", EVERY),
    "a graph that is a blank node": (moved(BlankNode("g")), "term-kind", NAMED),
    "a foreign graph": (moved(n("g")), "record", NAMED),
    "the graph of another claim": (moved(NamedNode(BASE + "claim/elsewhere")), "type", NAMED),
    "the graph of a source": (moved(OTHER), "type", NAMED),
    "a claim below another base": (both(called(n("claim/x")), moved(n("claim/x"))), "record", EVERY),
    "a triple term": (plus((ME, s("note"), DOMAIN)), "term-kind", NAMED),
    "a reified fact": (
        plus((n("r"), NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies"), DOMAIN), graph=DefaultGraph()),
        "term-kind",
        EVERY,
    ),
    "a statement of no claim": (
        lambda quads: [q for q in quads if q.graph_name != ME],
        "statement-unclaimed",
        EVERY,
    ),
    "a claim without its statement": (
        lambda quads: [q for q in quads if q.graph_name == ME],
        "statement-missing",
        EVERY,
    ),
    "a shape that lets it in": (
        both(
            without("source"),
            plus(
                (
                    NamedNode(BASE + "shapes/Claim-source"),
                    NamedNode("http://www.w3.org/ns/shacl#deactivated"),
                    Literal("true", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#boolean")),
                ),
                graph=n("shapes"),
            ),
        ),
        "claim-source",
        NAMED,
    ),
    "a commit of one's own": (
        plus(
            (
                NamedNode(BASE),
                s("commit"),
                Literal("99", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
            ),
            graph=NamedNode(BASE + "graph/commit"),
        ),
        "record",
        NAMED,
    ),
}
FORMATS = {"nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG, "ttl": RdfFormat.TURTLE}


def nodes(workspace: kg.Workspace, record: dict[str, Any]) -> list[Node]:
    return workspace.read(record).nodes


@pytest.mark.parametrize(
    ("name", "suffix"), [(name, suffix) for name, (_, _, suffixes) in GRAPHS.items() for suffix in suffixes]
)
def test_no_rdf_without_a_root_enters(
    library: kg.Workspace, claim: Make, refuses: Refuses, state: Any, tmp_path: Path, name: str, suffix: str
) -> None:
    edit, code, _ = GRAPHS[name]
    record = claim(WORDS, id="rootless", statement__relation="stemma:treats")
    quads = [q for node in nodes(library, record) for q in node.quads()]
    path = write(tmp_path, edit(quads), suffix)
    before = state(library)
    refuses(library, path, code)
    assert state(library) == before


@pytest.mark.parametrize("suffix", EVERY)
def test_the_same_claim_with_its_root_would_enter(
    library: kg.Workspace, claim: Make, tmp_path: Path, suffix: str
) -> None:
    record = claim(WORDS, id="rootless", statement__relation="stemma:treats")
    quads = [q for node in nodes(library, record) for q in node.quads()]
    receipt = library.add(write(tmp_path, [*quads, *quads], suffix), dry_run=True)
    assert receipt.added == (ID,)


def write(folder: Path, quads: Iterable[Quad], suffix: str) -> Path:
    kept = [q.triple for q in quads] if suffix == "ttl" else list(quads)
    path = folder / f"payload.{suffix}"
    path.write_bytes(serialize(kept, format=FORMATS[suffix]))
    return path


def test_all_that_is_in_conforms(library: kg.Workspace) -> None:
    assert library.validate().conforms
    assert not library.query("ASK { GRAPH ?g { ?s stemma:slows|stemma:treats ?o } }").truth
    assert len(GRAPHS) >= 17
