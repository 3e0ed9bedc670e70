"""Quads with blank nodes in the store: the labels of the journal, no merging, and doing it again."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad

from kg.store.oxigraph import OxigraphStore

A, P, G, H = (NamedNode(f"urn:{x}") for x in "apgh")
N, M = BlankNode("n"), BlankNode("m")
BLANK = [Quad(A, P, N), Quad(N, P, A, G), Quad(N, P, M, H)]
PLAIN = [Quad(A, P, A), Quad(A, P, A, G)]


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> OxigraphStore:
    return OxigraphStore(tmp_path / "S" if request.param == "disk" else None)


def held(store: OxigraphStore) -> set[Quad]:
    return set(store.quads())


def test_labels_stay_and_quads_come_and_go(store: OxigraphStore) -> None:
    store.apply([], [*BLANK, *PLAIN])
    assert held(store) == {*BLANK, *PLAIN}
    store.apply([BLANK[0], BLANK[1], PLAIN[0]], [Quad(M, P, A), Quad(A, P, A, H)])
    assert held(store) == {BLANK[2], PLAIN[1], Quad(M, P, A), Quad(A, P, A, H)}


def test_doing_it_again_does_no_harm(store: OxigraphStore) -> None:
    store.apply([], [*BLANK, *PLAIN])
    for _ in range(2):
        store.apply([BLANK[0], PLAIN[0]], [Quad(M, P, A), Quad(A, P, A, H)])
        assert held(store) == {*BLANK[1:], PLAIN[1], Quad(M, P, A), Quad(A, P, A, H)}


def test_a_graph_that_is_left_empty_goes(store: OxigraphStore) -> None:
    store.apply([], [*BLANK, *PLAIN])
    store.apply([BLANK[2], PLAIN[1]], [])
    assert _graphs(store) == {G}
    store.apply([BLANK[1]], [Quad(M, P, M, G)])
    assert _graphs(store) == {G}
    store.apply([Quad(M, P, M, G)], [PLAIN[1]])
    store.apply([PLAIN[1]], [])
    assert _graphs(store) == set()


def _graphs(store: OxigraphStore) -> set[str]:
    return {row["g"] for row in store.query("SELECT ?g { GRAPH ?g {} }")}  # type: ignore[union-attr, misc, index]
