from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest

from api.pages.picture import Box, neighbourhood, overview, ties


def graph(edges: list[tuple[str, str, int, str]]) -> nx.MultiDiGraph:
    drawn = nx.MultiDiGraph()
    for start, end, claims, polarity in edges:
        for name in (start, end):
            drawn.add_node(name, kind="entity", label=f"{name} with a label")
        drawn.add_edge(start, end, claims=claims, polarity=polarity, label="acts on")
    return drawn


def wheel(spokes: int) -> nx.MultiDiGraph:
    return graph([("hub", f"rim {i}", i % 5 + 1, "affirmed") for i in range(spokes)])


def href(iri: str) -> str:
    return f"/entity/{iri}"


def overlap(a: Box, b: Box) -> bool:
    return abs(a.x - b.x) < (a.width + b.width) / 2 and abs(a.y - b.y) < (a.height + b.height) / 2


@pytest.mark.parametrize("spokes", [1, 2, 7, 20, 39])
def test_labels_do_not_cover_each_other_and_stay_inside(spokes: int) -> None:
    picture = overview(wheel(spokes), href)
    assert picture.entities == len(picture.boxes) == spokes + 1
    assert not [(a.iri, b.iri) for a, b in combinations(picture.boxes, 2) if overlap(a, b)]
    for box in picture.boxes:
        assert box.width / 2 <= box.x <= picture.width - box.width / 2
        assert box.height / 2 <= box.y <= picture.height - box.height / 2


def test_the_same_graph_gives_the_same_picture() -> None:
    assert overview(wheel(12), href) == overview(wheel(12), href)


def test_the_entities_with_most_claims_are_kept_and_the_rest_counted() -> None:
    picture = overview(wheel(60), href, most=40)
    assert picture.entities == 40
    assert picture.left_out == 21
    assert "hub" in {b.iri for b in picture.boxes}


def test_polarities_between_the_same_two_are_mixed() -> None:
    both = graph([("a", "b", 2, "affirmed"), ("a", "b", 1, "negated"), ("b", "a", 1, "negated")])
    found = {(t.start, t.end): (t.polarity, t.claims) for t in ties(both)}
    assert found == {("a", "b"): ("mixed", 3), ("b", "a"): ("negated", 1)}


def test_a_neighbourhood_has_its_entity_in_the_middle() -> None:
    picture = neighbourhood(graph([("a", "b", 2, "affirmed"), ("b", "c", 1, "negated")]), "b", href)
    assert picture is not None
    left, middle, right = sorted(picture.boxes, key=lambda b: b.x)
    assert (left.iri, middle.iri, right.iri) == ("a", "b", "c")
    assert (picture.claims, picture.entities) == (3, 2)
    assert neighbourhood(graph([("a", "b", 1, "affirmed")]), "elsewhere", href) is None


def test_no_graph_no_boxes() -> None:
    assert overview(nx.MultiDiGraph(), href).boxes == []
