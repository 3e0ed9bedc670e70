"""Quads that come by UPDATE, the Graph Store Protocol or a file: records, or quads that are taken as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

import kg
from kg.door import (
    Limits,
    changes,
    delete_graph,
    graph_quads,
    parse_payload,
    post_graph,
    put_graph,
    put_quads,
    quad_change,
)
from kg.errors import DocumentError
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import STEMMA
from kg.sparql.ledger import MARKS, mark
from kg.sparql.update import evaluate
from kg.store.oxigraph import OxigraphStore
from kg.store.plan import Receipt

Make = Callable[..., dict[str, Any]]
WORDS = "the cells may slow ALS"
AT = "2026-02-01T12:00:00Z"
ME = "https://w3id.org/stemma/agent/editor"
PREFIXES = {"stemma": STEMMA}


def update(workspace: kg.Workspace, text: str, *, agent: str = ME) -> Receipt:
    """An update from end to end, on a private copy as a worker has it."""
    copy = pyoxigraph.Store()
    copy.extend(workspace.store.quads())
    return through(workspace, *evaluate(copy, text, union=True, prefixes=PREFIXES), agent=agent)


def through(workspace: kg.Workspace, removes: Iterable[str], adds: Iterable[str], *, agent: str = ME) -> Receipt:
    w = workspace
    changeset, findings = changes(
        removes, adds, w.store, w.records, w.profile, w.iris, agent=agent, at=AT, why="update"
    )
    return w.committer.commit(changeset, findings=findings)


def codes(call: Callable[[], object]) -> set[str]:
    with pytest.raises(kg.Refused) as caught:
        call()
    return {f.code for f in caught.value.report.violations}


def quads(lines: Iterable[str]) -> list[Quad]:
    return list(parse(input="".join(lines), format=RdfFormat.N_QUADS))


def nquads(workspace: kg.Workspace, id: str) -> str:
    return "".join(sorted(f"{q} .\n" for q in workspace.store.quads(graph=NamedNode(id))))


@pytest.fixture(scope="module")
def still(filled: kg.Workspace) -> tuple[kg.Workspace, str]:
    """A workspace with one claim, for what must not change it."""
    return filled, filled.records.ids("claim")[0]


@pytest.fixture
def one(ingested: kg.Workspace, claim: Make) -> tuple[kg.Workspace, str]:
    receipt = ingested.add(claim(WORDS))
    return ingested, receipt.added[0]


# ---- records


def test_an_update_edits_a_record_and_moves_its_version(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    text = f"""WITH <{id}> DELETE {{ ?c stemma:polarity ?p }} INSERT {{ ?c stemma:polarity stemma:negated }}
               WHERE {{ ?c stemma:polarity ?p }}"""
    assert update(workspace, text).changed == (id,)
    record = workspace.claim(id)
    assert (record["polarity"], record["version"]) == ("negated", 2)
    assert record["review"]["status"] == "proposed"
    assert record["provenance"]["agent"] == ME
    number = workspace.committer.number
    assert update(workspace, text).number == number  # nothing is different now


def test_an_edit_of_an_accepted_claim_is_proposed_anew(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    workspace.review([id], "accepted", by="agent:pass-2")
    update(workspace, f'INSERT DATA {{ GRAPH <{id}> {{ <{id}> stemma:note "Found by hand." }} }}')
    review = workspace.claim(id)["review"]
    assert review == {"status": "proposed"}


def test_a_claim_and_its_statement_come_together(one: tuple[kg.Workspace, str], claim: Make) -> None:
    workspace, id = one
    other = claim("Nobody has been cured of ALS", polarity="negated", statement__relation="stemma:cures")
    batch = workspace.read([other])
    new = next(n for n in batch.nodes if n.shape.record == "claim")
    lines = [f"{q} .\n" for n in batch.nodes for q in n.quads() if q.predicate.value != STEMMA + "agent"]
    receipt = through(workspace, (), lines)
    assert receipt.added == (new.id,)
    record = workspace.claim(new.id)
    assert record["review"]["status"] == "proposed"
    assert record["provenance"]["agent"] == ME
    # The first claim now makes the second's statement, and its own statement goes with it.
    mine, theirs = (workspace.claim(i)["statement"]["id"] for i in (id, new.id))
    update(
        workspace,
        f"""DELETE {{ GRAPH <{id}> {{ <{id}> stemma:statement ?s }} GRAPH ?s {{ ?s ?p ?o }} }}
        INSERT {{ GRAPH <{id}> {{ <{id}> stemma:statement <{theirs}> }} }}
        WHERE {{ <{id}> stemma:statement ?s . GRAPH ?s {{ ?s ?p ?o }} }}""",
    )
    assert workspace.records.ids("statement") == [theirs]
    assert mine not in workspace.records.ids("statement")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DELETE WHERE { GRAPH <ID> { ?s ?p ?o } }", "record-removed"),
        ("DROP GRAPH <ID>", "record-removed"),
        ("CLEAR ALL", "record-removed"),
        ("MOVE <ID> TO <https://example.org/g>", "graph-foreign"),
        ("COPY <ID> TO DEFAULT", "graph-foreign"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "graph-foreign"),
        ("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> <urn:c> } }", "graph-foreign"),
        ("CREATE GRAPH <urn:g>", "graph-foreign"),
        (f"CLEAR GRAPH <{ONTOLOGY_GRAPH}>", "graph-foreign"),
        ("CLEAR GRAPH <https://w3id.org/stemma/graph/commit>", "graph-foreign"),
        ("INSERT DATA { GRAPH <ID> { <ID> <urn:b> <urn:c> } }", "property-unknown"),
        ("INSERT DATA { GRAPH <ID> { <urn:a> <urn:b> <urn:c> } }", "subject-unknown"),
        ("INSERT DATA { GRAPH <ID> { _:x stemma:polarity stemma:affirmed } }", "term-kind"),
        ("INSERT DATA { GRAPH <ID> { <ID> stemma:note [] } }", "term-kind"),
        ("INSERT DATA { GRAPH <ID> { <ID> stemma:polarity stemma:negated } }", "Claim-polarity"),
        ("DELETE WHERE { GRAPH <ID> { <ID> stemma:source ?o } }", "claim-source"),
        ("DELETE WHERE { GRAPH <ID> { <ID> stemma:exact ?o } }", "Claim-anchored"),
        ("DELETE WHERE { GRAPH <ID> { <ID> a ?o } }", "type"),
        ("INSERT DATA { GRAPH <ID> { <ID> stemma:reviewedBy <urn:me> } }", "review-by-update"),
        ("DELETE { GRAPH ?c { ?c stemma:reviewStatus ?o } } INSERT { GRAPH ?c { ?c stemma:reviewStatus "
         "stemma:accepted } } WHERE { ?c stemma:reviewStatus ?o }", "review-by-update"),
        ("DELETE WHERE { GRAPH <ID> { <ID> stemma:reviewStatus ?o } }", "review-by-update"),
        ("DELETE WHERE { GRAPH <ID> { <ID> stemma:at ?o } }", "kept-by-workspace"),
        ("DELETE WHERE { GRAPH ?g { ?g stemma:registered ?o } }", "kept-by-workspace"),
        ("DELETE WHERE { GRAPH ?g { ?g a stemma:Statement ; ?p ?o } }", "statement-claimed"),
        ("DELETE WHERE { GRAPH ?g { ?g a stemma:Source ; ?p ?o } }", "record-removed"),
        ("INSERT { GRAPH <https://w3id.org/stemma/claim/x> { <https://w3id.org/stemma/claim/x> ?p ?o } } "
         "WHERE { <ID> ?p ?o FILTER(?p != stemma:source) }", "claim-source"),
        ("INSERT { GRAPH ?g { ?g stemma:relation stemma:cures } } WHERE { ?g a stemma:Statement }",
         "Statement-relation"),
    ],
)  # fmt: skip
def test_what_no_update_may_do_is_a_finding_and_writes_nothing(
    still: tuple[kg.Workspace, str], text: str, code: str, state: Callable[[kg.Workspace], Any]
) -> None:
    workspace, id = still
    before = state(workspace)
    assert code in codes(lambda: update(workspace, text.replace("<ID>", f"<{id}>")))
    assert state(workspace) == before


def test_a_new_claim_cannot_bring_its_own_acceptance(one: tuple[kg.Workspace, str], claim: Make) -> None:
    workspace, _ = one
    batch = workspace.read([claim("Headache was the most frequent complaint", category="safety")])
    new = next(n for n in batch.nodes if n.shape.record == "claim")
    lines = [f"{q} .\n" for n in batch.nodes for q in n.quads()]
    graph = NamedNode(new.id)
    forged = [f"{Quad(graph, NamedNode(STEMMA + 'reviewStatus'), NamedNode(STEMMA + 'accepted'), graph)} .\n"]
    assert codes(lambda: through(workspace, (), lines + forged)) == {"review-by-update"}
    proposed = [line.replace("accepted", "proposed") for line in forged]
    assert through(workspace, (), lines + proposed).added == (new.id,)


def test_a_withheld_claim_is_changed_by_a_review_only(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    workspace.review([id], "retracted", by="agent:pass-2", reason="wrong-statement")
    for text in ("DELETE WHERE { GRAPH <ID> { ?s stemma:withheldRecord ?o } }", "DROP GRAPH <ID>"):
        assert codes(lambda text=text: update(workspace, text.replace("<ID>", f"<{id}>"))) == {"record-withheld"}  # type: ignore[misc]


def test_a_stale_version_is_a_conflict_not_a_lost_edit(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    mine = quads([nquads(workspace, id)])
    update(workspace, f'INSERT DATA {{ GRAPH <{id}> {{ <{id}> stemma:note "theirs" }} }}')
    edited = [*mine, Quad(NamedNode(id), NamedNode(STEMMA + "note"), Literal("mine"))]
    with pytest.raises(kg.VersionConflict):
        through(workspace, *put_graph(workspace.store, id, edited))
    assert workspace.claim(id)["notes"] == ["theirs"]


def test_a_graph_is_put_posted_and_not_deleted(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    held = graph_quads(workspace.store, id)
    assert held
    assert put_graph(workspace.store, id, held) == ((), ())
    note = Quad(NamedNode(id), NamedNode(STEMMA + "note"), Literal("Read twice."))
    assert through(workspace, *post_graph(workspace.store, id, [note])).changed == (id,)
    half = [q for q in held if q.predicate.value not in (STEMMA + "reviewStatus", STEMMA + "version")]
    assert "review-by-update" in codes(lambda: through(workspace, *put_graph(workspace.store, id, half)))
    kept = {*(STEMMA + n for n in ("version", "reviewStatus", "agent", "at"))}
    bare = [q for q in held if q.predicate.value not in kept]
    assert through(workspace, *put_graph(workspace.store, id, bare)).changed == (id,)
    assert "notes" not in workspace.claim(id)
    gone = delete_graph(workspace.store, id)
    assert gone is not None
    assert codes(lambda: through(workspace, *gone)) == {"record-removed"}
    assert graph_quads(workspace.store, "https://w3id.org/stemma/claim/none") is None


# ---- any RDF

A, P, G = NamedNode("urn:a"), NamedNode("urn:p"), NamedNode("urn:g")


@pytest.fixture
def opened(tmp_path: Path) -> Iterable[kg.Workspace]:
    with kg.init(tmp_path / "O", profile="open") as workspace:
        yield workspace


def take(workspace: kg.Workspace, removes: Iterable[str], adds: Iterable[str]) -> Receipt:
    number = workspace.committer.number
    change = quad_change(removes, adds, workspace.store, workspace.iris, agent=ME, why="test", base=number)
    return workspace.committer.commit_quads(change)


def data(workspace: kg.Workspace) -> set[str]:
    own = workspace.iris.of("graph", "")
    return {f"{q} .\n" for q in workspace.store.quads() if not str(q.graph_name).startswith(f"<{own}")}


def test_an_open_workspace_starts_empty_and_takes_what_is_well_formed(opened: kg.Workspace) -> None:
    assert opened.profile.admits_any
    assert data(opened) == set()
    lines = {"<urn:a> <urn:p> _:b .\n", "_:b <urn:p> <urn:a> <urn:g> .\n", '<urn:a> <urn:p> "x"@en .\n'}
    assert take(opened, (), lines).number == 1
    assert data(opened) == lines
    assert take(opened, ["<urn:no> <urn:p> 1 .\n".replace("1", '"1"')], lines).number == 1  # nothing to do
    assert take(opened, ["_:b <urn:p> <urn:a> <urn:g> .\n"], ()).number == 2
    path = opened.path
    opened.close()
    with kg.open(path) as again:
        assert data(again) == lines - {"_:b <urn:p> <urn:a> <urn:g> .\n"}


def test_the_journal_alone_makes_an_open_store_again(opened: kg.Workspace) -> None:
    take(opened, (), ["<urn:a> <urn:p> _:b .\n", "_:b <urn:p> _:c <urn:g> .\n", "<urn:a> <urn:p> <urn:a> <urn:h> .\n"])
    take(opened, ["_:b <urn:p> _:c <urn:g> .\n"], [f"{mark(G)} .\n", "_:d <urn:p> _:c .\n"])
    before, path = data(opened), opened.path
    opened.close()
    (path / "store").rename(path / "old")
    with kg.open(path) as again:
        assert data(again) == before


def test_what_an_open_workspace_does_not_take(opened: kg.Workspace) -> None:
    for line, code in (
        ("<urn:a> <urn:p> <<( <urn:a> <urn:p> <urn:a> )>> .\n", "term-kind"),
        ('<urn:a> <urn:p> "x"@en--ltr .\n', "term-kind"),
        ("<urn:a> <urn:p> <urn:a> _:g .\n", "term-kind"),
        ("<urn:a> <urn:p> <urn:a> <https://w3id.org/stemma/graph/commit> .\n", "graph-reserved"),
        (f"<urn:a> <urn:p> <urn:a> {MARKS} .\n", "graph-reserved"),
    ):
        for delta in (((), (line,)), ((line,), ())):
            assert codes(lambda delta=delta: take(opened, *delta)) == {code}  # type: ignore[misc]
    assert data(opened) == set()


def test_graphs_of_an_open_workspace_come_change_and_go(opened: kg.Workspace) -> None:
    store = opened.store
    assert graph_quads(store, None) == []
    assert graph_quads(store, "urn:g") is None
    assert delete_graph(store, "urn:g") is None
    take(opened, *put_graph(store, "urn:g", [Quad(A, P, BlankNode("x"))]))
    take(opened, *post_graph(store, "urn:g", [Quad(A, P, A)]))
    take(opened, *post_graph(store, None, [Quad(A, P, A)]))
    assert len(graph_quads(store, "urn:g") or []) == 2
    take(opened, *put_graph(store, "urn:g", []))
    assert graph_quads(store, "urn:g") == []
    take(opened, *put_graph(store, "urn:g", [Quad(A, P, P)]))
    assert graph_quads(store, "urn:g") == [Quad(A, P, P, G)]
    assert mark(G) not in set(store.quads())
    take(opened, *put_graph(store, "urn:g", []))
    take(opened, *(delete_graph(store, "urn:g") or ((), ())))
    assert graph_quads(store, "urn:g") is None
    take(opened, *post_graph(store, "urn:g", []))
    assert graph_quads(store, "urn:g") == []
    take(opened, *put_quads(store, [Quad(A, P, A, G), Quad(P, P, P)]))
    assert data(opened) == {f"{q} .\n" for q in (Quad(A, P, A, G), Quad(A, P, A), Quad(P, P, P))}


def test_an_update_of_an_open_workspace_is_what_the_engine_makes_of_it(opened: kg.Workspace) -> None:
    twin = pyoxigraph.Store()
    for text in (
        "INSERT DATA { <urn:a> <urn:p> 1, 2 . GRAPH <urn:g> { <urn:a> <urn:p> <urn:b> } }",
        "DELETE { ?s ?p ?o } INSERT { GRAPH <urn:g> { ?s ?p ?o } } WHERE { ?s ?p ?o FILTER(?o > 1) }",
        "COPY <urn:g> TO DEFAULT ; DROP GRAPH <urn:g>",
    ):
        copy = pyoxigraph.Store()
        copy.extend(quads(data(opened)))
        take(opened, *evaluate(copy, text))
        twin.update(text)
        assert data(opened) == {f"{q} .\n" for q in twin}


def test_files_of_rdf_are_added_to_an_open_workspace(opened: kg.Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_bytes(b"<urn:a> <urn:p> _:x .")
    (tmp_path / "b.trig").write_bytes(b"<urn:g> { <urn:a> <urn:p> _:x } <urn:a> <urn:p> <urn:a> .")
    assert opened.add(tmp_path / "a.ttl", dry_run=True).number == 0
    assert opened.add(tmp_path / "a.ttl").number == 1
    batch = opened.read(tmp_path / "a.ttl")
    batch.take(opened.read(tmp_path / "b.trig"))
    assert opened.admit(batch, agent="agent:me", why="both").number == 2
    held = quads(data(opened))
    assert len(held) == 4
    assert len({q.object for q in held if isinstance(q.object, BlankNode)}) == 3
    assert [e.agent for e in opened.log()][1] == "https://w3id.org/stemma/agent/me"
    for wrong in (tmp_path / "a.jsonl", {"type": "source"}, [{}]):
        with pytest.raises(kg.UsageError, match="takes RDF, not records"):
            opened.add(wrong)  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match="no such file"):
        opened.add(tmp_path / "none.ttl")


def test_a_commit_of_quads_is_taken_back(opened: kg.Workspace) -> None:
    first = ["<urn:a> <urn:p> _:b .\n", "<urn:a> <urn:p> <urn:a> <urn:g> .\n"]
    take(opened, (), first)
    take(opened, first[:1], ["<urn:a> <urn:p> <urn:c> .\n"])
    with pytest.raises(kg.VersionConflict, match="changed again"):
        opened.history.revert(1, agent=ME)
    opened.history.revert(2, agent=ME)
    assert data(opened) == set(first)
    opened.history.revert(1, agent=ME)
    assert data(opened) == set()
    assert [e.number for e in opened.log()] == [1, 2, 3, 4]


def test_documents_are_not_ingested_where_there_are_no_records(opened: kg.Workspace, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Some words.\n")
    with pytest.raises(kg.UsageError, match="takes RDF, not records"):
        opened.ingest(tmp_path / "page.txt")
    assert data(opened) == set()


def test_updates_at_the_same_time_lose_nothing(opened: kg.Workspace, one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    opened.quads.update("INSERT DATA { <urn:a> <urn:p> 0 }", agent=ME)
    count = "DELETE { ?a ?p ?n } INSERT { ?a ?p ?m } WHERE { ?a ?p ?n BIND(?n + 1 AS ?m) }"
    note = 'INSERT {{ GRAPH ?c {{ ?c stemma:note "{}" }} }} WHERE {{ ?c a stemma:Claim }}'
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: opened.quads.update(count, agent=ME), range(12)))
        list(pool.map(lambda i: workspace.quads.update(note.format(i), agent=ME), range(6)))
    assert [q.object for q in opened.store.quads(A)] == [Literal(12)]
    record = workspace.claim(id)
    assert record["notes"] == [str(i) for i in range(6)]
    assert record["version"] == 7


# ---- payloads

TURTLE = b'@prefix e: <urn:e:> . <a> e:p [ e:p "01"^^<http://www.w3.org/2001/XMLSchema#integer> ], ( <#b> ) . # [[[['


def test_payloads_of_every_media_type_are_read() -> None:
    turtle = parse_payload(TURTLE, "text/turtle; charset=utf-8", base="http://example.org/")
    assert Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")) in {q.object for q in turtle}
    assert NamedNode("http://example.org/#b") in {q.object for q in turtle}
    for media, format in [
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/n-quads", RdfFormat.N_QUADS),
        ("application/trig", RdfFormat.TRIG),
    ]:
        text = pyoxigraph.serialize([Quad(q.subject, q.predicate, q.object) for q in turtle], format=format) or b""
        assert len(parse_payload(text, media, dataset=True)) == len(turtle)


def test_blank_nodes_of_two_documents_never_merge() -> None:
    text = b"_:x <urn:p> _:y . _:y <urn:p> _:x ."
    first, second = ({q.subject for q in parse_payload(text, "text/turtle")} for _ in range(2))
    assert len(first | second) == 4
    assert BlankNode("x") not in first


CONTEXT = "https://w3id.org/stemma/context.jsonld"


def test_a_known_context_is_filled_in_and_no_other_is_fetched() -> None:
    known = {CONTEXT: {"@context": {"p": "urn:p"}}}
    for context in (CONTEXT, [CONTEXT], [{"q": "urn:q"}, CONTEXT]):
        text = json.dumps({"@context": context, "@id": "urn:a", "p": "x"}).encode()
        assert parse_payload(text, "application/ld+json", contexts=known) == [Quad(A, P, Literal("x"))]
    inner = {"@id": "urn:a", "urn:p": {"@context": "http://127.0.0.1:9/c", "@id": "urn:b"}}
    for refused in (
        {"@context": "http://127.0.0.1:9/c", "@id": "urn:a"},
        {"@context": "file:///etc/passwd", "@id": "urn:a"},
        {"@context": [{"@import": CONTEXT}], "@id": "urn:a"},
        {"@context": {"t": {"@id": "urn:t", "@context": "http://127.0.0.1:9/c"}}, "@id": "urn:a"},
        [inner],
    ):
        with pytest.raises(DocumentError, match=r"context|import"):
            parse_payload(json.dumps(refused).encode(), "application/ld+json", contexts=known)


DEEP = 100_000
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>"""


@pytest.mark.parametrize(
    ("media", "text", "told"),
    [
        ("text/turtle", b"<urn:a> <urn:p> ", "no Turtle"),
        ("text/turtle", b"<a> <urn:p> 1 .", "no Turtle"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"(" * DEEP + b")" * DEEP + b" .", "nested more than 64 deep"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"[ <urn:p> " * DEEP + b"]" * DEEP + b" .", "nested more than 64 deep"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"<<( <urn:a> <urn:p> " * DEEP, "full of triple terms"),
        ("text/turtle", "<urn:a> <urn:p> 'é' .".encode("utf-16"), "not UTF-8"),
        ("text/turtle", "<urn:a> <urn:p> 'é' .".encode("latin-1"), "no Turtle"),
        ("application/trig", b"<urn:g> { <urn:a> <urn:p> <urn:a> }", "names graphs"),
        ("application/ld+json", b'{"@id":"urn:g","@graph":[{"@id":"urn:a","urn:p":1}]}', "names graphs"),
        ("application/ld+json", b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested more than 64 deep"),
        ("application/ld+json", b'{"a": "' + b'\\"' * DEEP, "not closed"),
        ("application/ld+json", b'{"a": NaN}', "no JSON"),
        ("application/ld+json", b"[1", "no JSON"),
        ("application/rdf+xml", LAUGHS, "document type"),
        ("application/rdf+xml", b"<a>" * DEEP + b"</a>" * DEEP, "nested more than 64 deep"),
        ("application/rdf+xml", b"<!-- " * DEEP, "not closed"),
        ("application/rdf+xml", b"<a/>", "no RDF/XML"),
        ("application/n-triples", b"<urn:a> <urn:p> <urn:a> .\n" * 2, "more than 0 quads"),
        ("application/n-triples", b" " * 3_000_000, "bytes"),
    ],
)
def test_what_no_parser_should_see_or_no_parser_reads_is_told(media: str, text: bytes, told: str) -> None:
    limits = Limits(bytes=2_500_000, quads=0 if "quads" in told else 10)
    dataset = media.endswith("trig") and "names" not in told
    if media.endswith("trig"):
        with pytest.raises(kg.UsageError):
            parse_payload(text, media, dataset=dataset, limits=limits)
        return
    with pytest.raises(DocumentError, match=told):
        parse_payload(text, media, dataset=dataset, limits=limits)


def test_what_is_no_rdf_of_1_1_is_a_finding_and_other_media_types_are_told() -> None:
    for text in (b"<urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> .", b'<urn:a> <urn:p> "x"@ar--rtl .'):
        assert codes(lambda text=text: parse_payload(text, "text/turtle")) == {"term-kind"}  # type: ignore[misc]
    with pytest.raises(kg.UsageError, match="no media type of RDF"):
        parse_payload(b"", "text/html")


def test_deep_but_fair_texts_are_read() -> None:
    flat = b"<urn:a> <urn:p> ( " + b"[ <urn:p> '((((' ] " * 1000 + b") ."
    assert len(parse_payload(flat, "text/turtle")) == 3001
    nested = b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:e='urn:e:'>"
    nested += (
        b"<r:Description r:about='urn:a'><e:p r:resource='urn:/b' e:x=\"a>b\"/></r:Description>" * 500 + b"</r:RDF>"
    )
    assert parse_payload(nested, "application/rdf+xml")


def test_a_store_in_memory_takes_verbs_too() -> None:
    store = OxigraphStore()
    removes, adds = put_graph(store, None, [Quad(A, P, A, G)])
    assert (removes, adds) == ((), ("<urn:a> <urn:p> <urn:a> .\n",))
