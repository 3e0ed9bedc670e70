"""Quads that come by UPDATE or the Graph Store Protocol to a workspace of records: edits, through the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyoxigraph
import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

import kg
from kg.door import changes, delete_graph, graph_quads, post_graph, put_graph
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import STEMMA
from kg.sparql.update import evaluate
from kg.store.plan import Receipt

Make = Callable[..., dict[str, Any]]
Codes = Callable[[Callable[[], object]], set[str]]
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
    still: tuple[kg.Workspace, str], text: str, code: str, state: Callable[[kg.Workspace], Any], codes: Codes
) -> None:
    workspace, id = still
    before = state(workspace)
    assert code in codes(lambda: update(workspace, text.replace("<ID>", f"<{id}>")))
    assert state(workspace) == before


def test_a_new_claim_cannot_bring_its_own_acceptance(one: tuple[kg.Workspace, str], claim: Make, codes: Codes) -> None:
    workspace, _ = one
    batch = workspace.read([claim("Headache was the most frequent complaint", category="safety")])
    new = next(n for n in batch.nodes if n.shape.record == "claim")
    lines = [f"{q} .\n" for n in batch.nodes for q in n.quads()]
    graph = NamedNode(new.id)
    forged = [f"{Quad(graph, NamedNode(STEMMA + 'reviewStatus'), NamedNode(STEMMA + 'accepted'), graph)} .\n"]
    assert codes(lambda: through(workspace, (), lines + forged)) == {"review-by-update"}
    proposed = [line.replace("accepted", "proposed") for line in forged]
    assert through(workspace, (), lines + proposed).added == (new.id,)


def test_a_withheld_claim_is_changed_by_a_review_only(one: tuple[kg.Workspace, str], codes: Codes) -> None:
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


def test_a_graph_is_put_posted_and_not_deleted(one: tuple[kg.Workspace, str], codes: Codes) -> None:
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


def test_edits_at_the_same_time_lose_nothing(one: tuple[kg.Workspace, str]) -> None:
    workspace, id = one
    note = 'INSERT {{ GRAPH ?c {{ ?c stemma:note "{}" }} }} WHERE {{ ?c a stemma:Claim }}'
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: workspace.quads.update(note.format(i), agent=ME), range(6)))
    record = workspace.claim(id)
    assert record["notes"] == [str(i) for i in range(6)]
    assert record["version"] == 7
