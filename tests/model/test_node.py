from __future__ import annotations

from pyoxigraph import NamedNode

import kg
from kg.codec.read import Reader
from kg.model.node import Node
from kg.schema.names import STEMMA


def nodes(workspace: kg.Workspace, record: object) -> list[Node]:
    profile = workspace.profile
    reader = Reader(profile.shapes, profile.vocabulary, profile.prefixes, workspace.iris)
    read = reader.record(record)
    assert not reader.findings
    return read


def test_all_quads_of_a_record_lie_in_the_graph_that_bears_its_name(filled: kg.Workspace, claim) -> None:
    mention = {"curie": "CL:0000134", "start": 1, "end": 2}
    statement, made = nodes(filled, claim("may slow ALS", mentions=[mention]))
    assert {q.graph_name for q in made.quads()} == {NamedNode(made.id)}
    assert {q.graph_name for q in statement.quads()} == {NamedNode(statement.id)}
    assert not set(statement.quads()) & set(made.quads())
    assert len(made.quads()) <= 30


def test_renaming_takes_the_parts_along(filled: kg.Workspace, claim) -> None:
    mention = {"curie": "CL:0000134", "start": 1, "end": 2}
    made = nodes(filled, claim("may slow ALS", mentions=[mention]))[-1]
    moved = made.renamed(filled.iris.of("claim", "moved"))
    assert {p.id.split("#")[0] for p in moved.parts(STEMMA + "mention")} == {moved.id}
    assert moved.renamed(made.id) == made


def test_content_is_what_a_record_says_and_not_how_it_is_kept(filled: kg.Workspace, claim) -> None:
    one = nodes(filled, claim("may slow ALS"))[-1]
    two = nodes(filled, claim("may slow ALS", provenance__agent="agent:other", version=7))[-1]
    three = nodes(filled, claim("may slow ALS", polarity="negated"))[-1]
    assert one != two
    assert one.id == two.id
    assert one.content() == two.content()
    assert one.content() != three.content()


def test_values_have_one_order(filled: kg.Workspace, claim) -> None:
    one = nodes(filled, claim("may slow ALS", notes=["b", "a", "a"]))[-1]
    two = nodes(filled, claim("may slow ALS", notes=["a", "b"]))[-1]
    assert one == two
    assert hash(one) == hash(two)
