"""Nothing without a root enters: payloads that name no source, or only seem to, through every door."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

import kg
from kg.model.node import Node
from kg.model.values import nquad
from kg.schema.names import CLAIM, OWL, RDF_TYPE, RDFS, SNAPSHOT, SOURCE, STEMMA
from kg.store.journal import Entry

Make = Callable[..., dict[str, Any]]
BASE = "https://w3id.org/stemma/"
WORDS = "Mesenchymal stem cells calm microglia in the dish"
ID = BASE + "claim/rootless"
CITED = {"cites": "https://doi.org/10.1002/mus.27472", "verification": "cited"}
ACCEPTED = {"status": "accepted", "by": ["agent:pass-2"], "at": "2026-02-01T00:00:00Z"}


@pytest.fixture(scope="module")
def library(filled: kg.Workspace) -> kg.Workspace:
    """The filled workspace with a second source, one that was deleted, and a claim with a known name."""
    filled.add([{"type": "source", "id": name, "kind": "news", "title": name} for name in ("other", "deleted")])
    gone = filled.records.get(BASE + "source/deleted")
    assert gone is not None
    number = filled.journal.last + 1
    removes = tuple(sorted(map(nquad, gone.quads())))
    filled.journal.append(Entry(number, "2026-02-01T00:00:00Z", "https://example.org/a", "gone", (), removes, ()))
    filled.add({"type": "source", "id": "third", "kind": "news", "title": "Third"})
    assert filled.records.get(gone.id) is None
    return filled


# ---- as JSON

JSON: dict[str, tuple[dict[str, Any], str]] = {
    "no source": ({"without": "source"}, "claim-source"),
    "null": ({"source": None}, "Claim-source"),
    "an empty object": ({"source": {}}, "Claim-source"),
    "an id that is null": ({"source__id": None}, "Claim-source"),
    "an empty text": ({"source": ""}, "Claim-source"),
    "a blank text": ({"source__id": " "}, "Claim-source"),
    "an empty list": ({"source": []}, "Claim-source"),
    "a list of two": ({"source": [BASE + "source/other", BASE + "source/third"]}, "Claim-source"),
    "a list of lists": ({"source": [[BASE + "source/other"]]}, "Claim-source"),
    "a literal": ({"source": "the page of the clinic"}, "Claim-source"),
    "a number": ({"source": 5}, "Claim-source"),
    "true": ({"source": True}, "Claim-source"),
    "javascript:": ({"source__id": "javascript:alert(1)"}, "Claim-source"),
    "data:": ({"source__id": "data:text/html,said"}, "Claim-source"),
    "a file": ({"source__id": "file:///etc/passwd"}, "Claim-source"),
    "an IRI of no width": ({"source__id": "\u200b"}, "Claim-source"),
    "an IRI with a part of no width": ({"source__id": BASE + "source/other\u200b"}, "Claim-source"),
    "an IRI with a soft hyphen": ({"source__id": BASE + "source/ot\u00adher"}, "Claim-source"),
    "an IRI with a blank": ({"source__id": BASE + "source/other "}, "Claim-source"),
    "an IRI in another script": ({"source__id": BASE + "source/\u043ether"}, "source-unregistered"),
    "a source that is not registered": ({"source__id": BASE + "source/nobody"}, "source-unregistered"),
    "a source of another base": ({"source__id": "https://example.org/source/other"}, "source-unregistered"),
    "a deleted source": ({"source__id": BASE + "source/deleted"}, "source-unregistered"),
    "a source that is only described": (
        {"source": {"id": BASE + "source/nobody", "type": "web-page", "title": "Nobody"}},
        "source-unregistered",
    ),
    "a snapshot that is not registered": ({"anchor__snapshot": "sha256:" + "1" * 64}, "snapshot-unregistered"),
    "a snapshot of another source": ({"source__id": BASE + "source/other"}, "snapshot-of-other-source"),
    "the claim itself": ({"id": ID, "source__id": ID}, "source-unregistered"),
    "a class": ({"source__id": SOURCE}, "source-unregistered"),
    "a term": ({"source__id": "CL:0000134"}, "source-unregistered"),
    "no anchor": ({"without": "anchor"}, "Claim-anchored"),
    "a type that nearly is one": ({"type": "Claim"}, "record"),
    "an empty type": ({"type": ""}, "record"),
    "a list of types": ({"type": ["claim", "source"]}, "record"),
    "a statement by itself": ({"type": "statement"}, "record"),
    "two statements": ({"statement": [{}, {}]}, "Claim-statement"),
    "a bare statement": (
        {"statement": None, "subject": "CL:0000134", "relation": "stemma:slows", "object": "MONDO:0004976"},
        "key-unknown",
    ),
    "two anchors": ({"anchor": [{}, {}]}, "key"),
    "an anchor that says it is verified": (
        {"anchor__verification": "verified", "anchor__exact": "sha256:" + "0" * 64},
        "anchor-broken",
    ),
    "words and a cited work": ({"anchor__cites": CITED["cites"]}, "Claim-anchored"),
    "a cited work without a source": ({"anchor": CITED, "without": "source"}, "claim-source"),
}
REVIEWED: dict[str, tuple[dict[str, Any], str]] = {
    "a cited fact that poses as accepted": ({"anchor": CITED, "review": ACCEPTED}, "Claim-citedIsNotAccepted"),
    "accepted by its own proposer": ({"review": {**ACCEPTED, "by": ["agent:pass-1"]}}, "Claim-reviewedBy"),
    "accepted by its proposer and another": (
        {"review": {**ACCEPTED, "by": ["agent:pass-2", "agent:pass-1"]}},
        "Claim-reviewedBy",
    ),
    "accepted by nobody": ({"review": {"status": "accepted"}}, "Claim-decisionHasReviewer"),
    "accepted by a text": ({"review": {**ACCEPTED, "by": ["everyone we asked"]}}, "Claim-reviewedBy"),
    "rejected for no reason": ({"review": {**ACCEPTED, "status": "rejected"}}, "Claim-refusalHasReason"),
}


@pytest.mark.parametrize("door", ["mapping", "jsonl"])
@pytest.mark.parametrize("name", [*JSON, *REVIEWED])
def test_no_json_without_a_root_enters(
    library: kg.Workspace, claim: Make, findings: Any, state: Any, tmp_path: Path, name: str, door: str
) -> None:
    changes, code = {**JSON, **REVIEWED}[name]
    record = claim(WORDS, **changes)
    path = tmp_path / "payload.jsonl"
    path.write_text(json.dumps(record) + "\n")
    before = state(library)
    payload = record if door == "mapping" else path
    refuses(library, payload, code, findings, keep_review=name in REVIEWED)
    assert state(library) == before


@pytest.mark.parametrize("what", ["claim", "statement", "snapshot"])
def test_no_other_record_is_a_source(library: kg.Workspace, claim: Make, findings: Any, state: Any, what: str) -> None:
    before = state(library)
    for id in library.records.ids(what):
        refuses(library, claim(WORDS, source__id=id), "source-unregistered", findings)
    assert state(library) == before


def refuses(workspace: kg.Workspace, payload: Any, code: str, findings: Any, *, keep_review: bool = False) -> None:
    found = findings(lambda: workspace.add(payload, keep_review=keep_review))
    assert code in {f.code for f in found}, [str(f) for f in found]
    assert all(f.code and f.where and f.message for f in found), [str(f) for f in found]


# ---- as RDF


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
    library: kg.Workspace, claim: Make, findings: Any, state: Any, tmp_path: Path, name: str, suffix: str
) -> None:
    edit, code, _ = GRAPHS[name]
    record = claim(WORDS, id="rootless", statement__relation="stemma:treats")
    quads = [q for node in nodes(library, record) for q in node.quads()]
    path = write(tmp_path, edit(quads), suffix)
    before = state(library)
    refuses(library, path, code, findings)
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
    assert len(JSON) + len(REVIEWED) + len(GRAPHS) >= 17


# ---- what is computed is never believed


def test_a_verification_that_comes_along_is_not_believed(library: kg.Workspace, claim: Make) -> None:
    for state in ("cited", "broken", "unverified", "nonsense"):
        record = claim("Results vary from person", id=f"told-{state}", anchor__verification=state)
        library.add(record)
        assert library.claim(f"told-{state}")["anchor"]["verification"] == "verified"
    assert library.validate().conforms


def test_a_decision_that_comes_along_is_not_believed(library: kg.Workspace, claim: Make) -> None:
    library.add(claim("Results vary from person", id="decided", review=ACCEPTED))
    assert library.claim("decided")["review"] == {"status": "proposed"}


def test_a_cited_fact_may_be_proposed(library: kg.Workspace, claim: Make) -> None:
    library.add(claim("Results vary", id="cited", anchor=CITED, source__id=BASE + "source/other"))
    assert library.claim("cited")["anchor"] == CITED
    with pytest.raises(kg.Refused):
        library.review(["cited"], "accepted", by="agent:pass-2")
    assert library.claim("cited")["review"]["status"] == "proposed"
