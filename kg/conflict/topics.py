"""Which topics can clash at all.

A *topic* is a statement without its qualifiers and numbers: subject, relation and object (or what
is counted). Rules pair topics; qualifiers, numbers, polarities and certainties decide on reading. So
a claim on a known topic costs nothing, however popular the topic is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from kg.conflict.kinship import Kinship
from kg.conflict.quantity import ENDS
from kg.conflict.rules import Order, Rule, Side
from kg.model.node import Node
from kg.model.records import Statement

_BY_NUMBER = ("ifQuantitiesPart", "ifRangesDiffer")


@dataclass(frozen=True, slots=True)
class Topic:
    """Subject, relation, and object; ``None`` for a quantity of nothing named.

    :param counted: whether a number is told of it.
    """

    subject: str
    relation: str
    object: str | None
    counted: bool = False

    @staticmethod
    def of(statement: Node) -> Topic:
        """The topic of a statement."""
        told = Statement(statement)
        counted = any(statement.atoms(path) for path in ENDS)
        return Topic(told.subject, told.relation, told.object or told.of, counted)


@dataclass(frozen=True, slots=True)
class Partner:
    """Where a topic's partners under a rule are looked for; ``None`` means any."""

    rule: Rule
    left: bool
    relations: frozenset[str]
    subjects: frozenset[str] | None
    objects: frozenset[str | None] | None

    @property
    def side(self) -> Side:
        """The side of the rule on which the topic itself stands."""
        return self.rule.left if self.left else self.rule.right

    @property
    def counted(self) -> bool:
        """Whether only topics of which numbers are told are partners."""
        return self.rule.compares in _BY_NUMBER


@dataclass(frozen=True)
class Matcher:
    """Pairs topics by the rules."""

    rules: tuple[Rule, ...]
    order: Order
    kinship: Kinship

    def partners(self, topic: Topic) -> Iterator[Partner]:
        """Where the partners of a topic may be: one a rule and side that the topic fits.

        ``left`` tells whether the topic itself is the left one.
        """
        for rule, left in product(self.rules, (True, False)):
            side, other = (rule.left, rule.right) if left else (rule.right, rule.left)
            if side.relations and topic.relation not in side.relations:
                continue
            if not self._fits(topic, side) or (rule.compares in _BY_NUMBER and not topic.counted):
                continue
            relations = other.relations or self._opposite(rule, topic.relation, left=left)
            if relations:
                yield Partner(rule, left, relations, self._subjects(rule, topic), self._objects(rule, topic))

    def fits(self, partner: Partner, topic: Topic) -> bool:
        """Whether a topic that was found is a partner: its ends are ones that the side allows."""
        return self._fits(topic, partner.rule.right if partner.left else partner.rule.left)

    def _fits(self, topic: Topic, side: Side) -> bool:
        return self._among(topic.subject, side.subjects) and self._among(topic.object, side.objects)

    def _among(self, iri: str | None, allowed: frozenset[str]) -> bool:
        return not allowed or (iri is not None and not self.kinship.above(iri).isdisjoint(allowed))

    def _opposite(self, rule: Rule, relation: str, *, left: bool) -> frozenset[str]:
        match rule.compares:
            case "ifLeftImpliesRight":
                return self.order.implied(relation) if left else self.order.implying(relation)
            case "ifRelationsConflict":
                return self.order.conflicting(relation)
            case "ifQuantitiesPart":
                return frozenset({relation})
            case _:
                return frozenset()

    def _subjects(self, rule: Rule, topic: Topic) -> frozenset[str] | None:
        return self.kinship.related(topic.subject) if rule.subjects == "related" else None

    def _objects(self, rule: Rule, topic: Topic) -> frozenset[str | None] | None:
        marks = {"excluding": "excludes", "straining": "strains"}
        if rule.objects == "whatever":
            return None
        if rule.compares == "ifQuantitiesPart":
            # A number of nothing named is compared with any number of the same relation.
            return None if topic.object is None else self.kinship.related(topic.object) | {None}
        if topic.object is None:
            return frozenset({None})
        if rule.objects in marks:
            return self.kinship.marked(topic.object, marks[rule.objects])
        return frozenset(self.kinship.related(topic.object))
