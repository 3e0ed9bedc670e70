"""What every store must do, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, QuerySolutions

from kg.errors import QueryError, WorkspaceError
from kg.model.values import canonical, nquad
from kg.schema.names import XSD
from kg.store.base import Store
from kg.store.oxigraph import OxigraphStore

E = "https://example.org/"


@pytest.fixture(params=["memory", "disk"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the store; on disk, again and again."""
    stores: list[OxigraphStore] = []

    def again() -> Store:
        if request.param == "memory" and stores:
            return stores[0]
        for store in stores:
            store.close()
        stores.append(OxigraphStore(tmp_path / "store" if request.param == "disk" else None))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store]) -> Store:
    return opened()


def n(name: str) -> NamedNode:
    return NamedNode(E + name)


def quad(subject: str, object: str | Literal, graph: str = "g", predicate: str = "p") -> Quad:
    return Quad(n(subject), n(predicate), n(object) if isinstance(object, str) else object, n(graph))


def held(store: Store) -> set[Quad]:
    return set(store.quads())


def test_what_is_applied_is_there(store: Store) -> None:
    store.apply([], [quad("a", "b"), quad("a", "c")])
    assert held(store) == {quad("a", "b"), quad("a", "c")}
    store.apply([quad("a", "b")], [quad("a", "d")])
    assert held(store) == {quad("a", "c"), quad("a", "d")}
    store.apply([quad("a", "c")], [])
    assert held(store) == {quad("a", "d")}


def test_what_is_applied_is_there_after_opening_again(opened: Callable[[], Store]) -> None:
    opened().apply([], [quad("a", "b")])
    opened().apply([quad("a", "b")], [quad("a", Literal("\U0001f9ec\r\n\"'\\"))])
    assert held(opened()) == {quad("a", Literal("\U0001f9ec\r\n\"'\\"))}


def test_adding_and_removing_twice_is_no_harm(store: Store) -> None:
    for _ in range(2):
        store.apply([], [quad("a", "b")])
        assert held(store) == {quad("a", "b")}
    for _ in range(2):
        store.apply([quad("a", "b")], [])
        assert held(store) == set()


def test_a_quad_that_goes_and_comes_stays(store: Store) -> None:
    store.apply([], [quad("a", "b")])
    store.apply([quad("a", "b")], [quad("a", "b")])
    assert held(store) == {quad("a", "b")}


def test_quads_are_found_by_pattern(store: Store) -> None:
    quads = [quad("a", "b"), quad("a", "c", "h"), quad("x", "b", "h", "q")]
    store.apply([], quads)
    assert set(store.quads(subject=n("a"))) == set(quads[:2])
    assert set(store.quads(predicate=n("q"))) == {quads[2]}
    assert set(store.quads(object=n("b"))) == {quads[0], quads[2]}
    assert set(store.quads(graph=n("h"))) == set(quads[1:])
    assert set(store.quads(n("a"), n("p"), n("c"), n("h"))) == {quads[1]}
    assert set(store.quads(graph=n("nowhere"))) == set()


def test_many_are_loaded_at_once(store: Store) -> None:
    store.load(quad(f"s{i}", "o") for i in range(5000))
    assert len(held(store)) == 5000


def test_a_query_sees_the_union_of_all_graphs(store: Store) -> None:
    store.apply([], [quad("a", "b", "g"), quad("b", "c", "h")])
    answer = store.query(f"SELECT ?x {{ <{E}a> <{E}p>/<{E}p> ?x }}")
    assert isinstance(answer, QuerySolutions)
    assert [s["x"] for s in answer] == [n("c")]
    graphs = store.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g")
    assert isinstance(graphs, QuerySolutions)
    assert [s["g"] for s in graphs] == [n("g"), n("h")]


def test_prefixes_are_known_and_may_be_declared_otherwise(store: Store) -> None:
    store.apply([], [quad("a", "b")])
    for text in ("ASK { e:a e:p e:b }", f"PREFIX e: <{E}x> ASK {{ <{E}a> <{E}p> ?o }}"):
        answer = store.query(text, {"e": E})
        assert isinstance(answer, QueryBoolean)
        assert answer
    assert not store.query(f"PREFIX e: <{E}x> ASK {{ e:a e:p e:b }}", {"e": E})


@pytest.mark.parametrize(
    "text", ["", "nonsense", "SELECT", "ASK { ?s }", "DELETE WHERE { ?s ?p ?o }", "ASK { \ud800 }"]
)
def test_what_is_no_query_is_refused(store: Store, text: str) -> None:
    store.apply([], [quad("a", "b")])
    with pytest.raises(QueryError):
        store.query(text)
    assert held(store) == {quad("a", "b")}


def test_a_query_does_not_write(store: Store) -> None:
    for text in ("INSERT DATA { <a:a> <a:a> <a:a> }", "CLEAR ALL", "LOAD <https://example.org/x>", "DROP ALL"):
        with pytest.raises(QueryError):
            store.query(text)
    assert held(store) == set()


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for call in (lambda: list(store.quads()), lambda: store.query("ASK {}"), lambda: store.apply([], [])):
        with pytest.raises(WorkspaceError, match="closed"):
            call()


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")).map(Literal),
    st.text("\t\n\r\"'\\ {}<>#\u00a0\u2028\U0001f9ec").map(Literal),
    st.integers(-(10**18), 10**18).map(lambda i: canonical(str(i), XSD + "integer")),
    st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**9), max_value=10**9).map(
        lambda d: canonical(f"{d:f}", XSD + "decimal")
    ),
)


@given(values=st.lists(VALUES, max_size=5), others=st.lists(VALUES, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_canonical_quads_come_back_as_they_were(store: Store, values: list[Literal], others: list[Literal]) -> None:
    store.apply(list(store.quads()), [])
    first, second = {quad("a", v) for v in values}, {quad("a", v) for v in others}
    store.apply([], first)
    assert held(store) == first
    store.apply(first - second, second - first)
    assert held(store) == second
    assert sorted(map(nquad, store.quads())) == sorted(map(nquad, second))
