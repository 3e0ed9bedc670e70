"""The normal form of a statement, and the names that come from it."""

from __future__ import annotations

from collections.abc import Iterable

from kg.model.digest import short_hash
from kg.model.iris import Iris
from kg.model.node import Node
from kg.schema.shapes import Field

THIS = "https://w3id.org/stemma/statement/"
"""What the statement is called in its own normal form."""


def normal_form(statement: Node, *, quantity: bool = True) -> str:
    """The statement's identifying properties as sorted canonical N-Triples.

    No label, polarity or certainty, and no unit conversion; what is absent is not stated.

    :param quantity: whether the numbers belong to it; without them, two statements that differ
        only in the number have the same form.
    """
    fields = [f for f in statement.shape.fields if f.identifies and (quantity or not f.quantity)]
    return "".join(sorted(_lines(statement, fields)))


def statement_id(statement: Node, iris: Iris) -> str:
    """The statement's IRI: the first 32 hex digits of the SHA-256 of its normal form."""
    return iris.of("statement", short_hash(normal_form(statement)))


def topic_hash(statement: Node) -> str:
    """The hash of the statement without its numbers, on which number conflicts join."""
    return short_hash(normal_form(statement, quantity=False))


PART = "urn:stemma:part"
"""What a part is called until its content names it."""


def part_id(part: Node, owner: str, field: Field, iris: Iris) -> str:
    """The IRI of a part of a record: the same for the same content, whatever it was called."""
    return iris.part(owner, field.key[-1], content_text(part.renamed(PART)))


def with_named_parts(node: Node, iris: Iris) -> Node:
    """The node with each part named by its content, as parts that come from JSON are."""
    values = dict(node.values)
    for f in node.shape.fields:
        parts = [with_named_parts(p, iris) for p in node.parts(f.path)]
        if parts:
            values[f.path] = tuple(p.renamed(part_id(p, node.id, f, iris)) for p in parts)
    return Node.of(node.id, node.shape, values)


def content_text(node: Node) -> str:
    """The node's content as sorted lines, for naming it."""
    return "".join(sorted(f"{triple}\n" for triple in node.content().triples()))


def _lines(statement: Node, fields: Iterable[Field]) -> Iterable[str]:
    for f in fields:
        for value in statement.values.get(f.path, ()):
            assert not isinstance(value, Node)
            yield f"<{THIS}> <{f.path}> {value} .\n"
