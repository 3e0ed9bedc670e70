"""Quads that come to a workspace of any RDF: taken as they are, graph by graph, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse

import kg
from kg.door import delete_graph, graph_quads, post_graph, put_graph, put_quads, quad_change
from kg.errors import DocumentError
from kg.sparql.ledger import MARKS, mark
from kg.sparql.update import evaluate
from kg.store.oxigraph import OxigraphStore
from kg.store.plan import Receipt

Codes = Callable[[Callable[[], object]], set[str]]
ME = "https://w3id.org/stemma/agent/editor"
A, P, G = NamedNode("urn:a"), NamedNode("urn:p"), NamedNode("urn:g")


@pytest.fixture
def opened(tmp_path: Path) -> Iterable[kg.Workspace]:
    with kg.init(tmp_path / "O", profile="open") as workspace:
        yield workspace


def quads(lines: Iterable[str]) -> list[Quad]:
    return list(parse(input="".join(lines), format=RdfFormat.N_QUADS))


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


def test_what_an_open_workspace_does_not_take(opened: kg.Workspace, codes: Codes) -> None:
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


def test_updates_at_the_same_time_lose_nothing(opened: kg.Workspace) -> None:
    opened.quads.update("INSERT DATA { <urn:a> <urn:p> 0 }", agent=ME)
    count = "DELETE { ?a ?p ?n } INSERT { ?a ?p ?m } WHERE { ?a ?p ?n BIND(?n + 1 AS ?m) }"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: opened.quads.update(count, agent=ME), range(12)))
    assert [q.object for q in opened.store.quads(A)] == [Literal(12)]


def test_a_store_in_memory_takes_verbs_too() -> None:
    store = OxigraphStore()
    removes, adds = put_graph(store, None, [Quad(A, P, A, G)])
    assert (removes, adds) == ((), ("<urn:a> <urn:p> <urn:a> .\n",))
