"""Quads are a record or they are findings; nothing is dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

import kg
from kg.codec.normal import with_named_parts
from kg.codec.rdf import decode
from kg.codec.read import Reader
from kg.model.node import Node
from kg.schema.names import RDF_TYPE, SOURCE, STEMMA, XSD


def claim_node(workspace: kg.Workspace, record: object) -> Node:
    profile = workspace.profile
    return Reader(profile.shapes, profile.vocabulary, profile.prefixes, workspace.iris).record(record)[-1]


def n(name: str) -> NamedNode:
    return NamedNode(STEMMA + name)


@pytest.mark.parametrize(
    ("subject", "predicate", "object", "code"),
    [
        (None, n("likes"), n("x"), "property-unknown"),
        (None, NamedNode(RDF_TYPE), NamedNode(SOURCE), "type"),
        (None, n("polarity"), Literal("affirmed"), "Claim-polarity"),
        (None, n("polarity"), BlankNode("b"), "Claim-polarity"),
        (None, n("paraphrase"), n("affirmed"), "Claim-paraphrase"),
        (None, n("paraphrase"), Literal("said so", language="en"), "Claim-paraphrase"),
        (None, n("start"), Literal("5"), "Claim-start"),
        (None, n("start"), Literal("five", datatype=NamedNode(XSD + "integer")), "Claim-start"),
        (None, n("start"), Literal("1_0", datatype=NamedNode(XSD + "integer")), "Claim-start"),
        (None, n("mention"), NamedNode("https://example.org/elsewhere"), "Claim-mention"),
        (NamedNode("https://example.org/stranger"), n("kind"), n("webPage"), "subject-unknown"),
        (BlankNode("b"), n("kind"), n("webPage"), "term-kind"),
    ],
)
def test_what_does_not_belong_is_a_finding(
    filled: kg.Workspace, claim: Callable[..., Any], subject: Any, predicate: NamedNode, object: Any, code: str
) -> None:
    node = claim_node(filled, claim("may slow ALS"))
    name = NamedNode(node.id)
    _, found = decode(node.id, [*node.quads(), Quad(subject or name, predicate, object, name)], node.shape)
    assert code in {f.code for f in found}
    assert all(f.about == node.id for f in found)


def test_a_record_without_its_type_is_a_finding(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    node = claim_node(filled, claim("may slow ALS"))
    untyped = [q for q in node.quads() if q.predicate.value != RDF_TYPE]
    assert [f.code for f in decode(node.id, untyped, node.shape)[1]] == ["type"]


def test_other_spellings_become_canonical(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    node = claim_node(filled, claim("may slow ALS"))
    name = NamedNode(node.id)
    start = next(q for q in node.quads() if q.predicate == n("start"))
    assert isinstance(start.object, Literal)
    spelled = Literal("+0" + start.object.value, datatype=start.object.datatype)
    other = [Quad(name, n("start"), spelled, name) if q == start else q for q in node.quads()]
    assert decode(node.id, other, node.shape) == (node, [])


def test_parts_are_named_by_their_content(filled: kg.Workspace, claim: Callable[..., Any]) -> None:
    mentions = [{"curie": "CL:0000134", "start": 1, "end": 2}, {"curie": "MONDO:0004976", "start": 1, "end": 2}]
    node = claim_node(filled, claim("may slow ALS", mentions=mentions))
    renames = {p.id: f"{node.id}#m{i}" for i, p in enumerate(node.parts(STEMMA + "mention"))}

    def renamed(term: Any) -> Any:
        return NamedNode(renames[term.value]) if getattr(term, "value", None) in renames else term

    quads = [Quad(renamed(q.subject), q.predicate, renamed(q.object), q.graph_name) for q in node.quads()]
    other, found = decode(node.id, quads, node.shape)
    assert not found
    assert other != node
    assert with_named_parts(other, filled.iris) == node
