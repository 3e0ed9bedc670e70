"""The conflict rules of a profile, read from its ontology."""

from __future__ import annotations

from dataclasses import dataclass

from kg.schema.names import STEMMA, local_name
from kg.schema.vocabulary import Vocabulary, closure

CONFLICT_RULE = STEMMA + "ConflictRule"


@dataclass(frozen=True, slots=True)
class Side:
    """What one claim of a pair must be.

    ``relations`` holds every relation that fits, those that imply a listed one included; empty
    where the rule compares relations otherwise. ``subjects``, ``objects``, ``certainties`` and ``populations``
    are empty where anything fits.
    """

    relations: frozenset[str]
    polarity: str
    certainties: frozenset[str]
    subjects: frozenset[str]
    objects: frozenset[str]
    populations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One family of clash. ``compares``, ``subjects`` and ``objects`` are local names in stemma:."""

    iri: str
    label: str
    explanation: str
    kind: str
    compares: str
    subjects: str
    objects: str
    left: Side
    right: Side
    across_sources: bool
    as_of_its_date: bool


class Order:
    """The order and the conflicts of relations, closed once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        relations = [t.iri for t in vocabulary.members(STEMMA + "Relation")]
        direct = {r: vocabulary.facts(r, STEMMA + "implies") for r in relations}
        self._implied = {r: closure(r, direct) for r in relations}
        self._implying: dict[str, set[str]] = {}
        for relation, all_ in self._implied.items():
            for weaker in all_:
                self._implying.setdefault(weaker, set()).add(relation)
        self._conflicting: dict[str, set[str]] = {}
        for a in relations:
            for b in vocabulary.facts(a, STEMMA + "conflictsWith"):
                self._exclude(a, b)
                self._exclude(b, a)

    def implied(self, relation: str) -> frozenset[str]:
        """The relation and everything it implies."""
        return self._implied.get(relation, frozenset({relation}))

    def implying(self, relation: str) -> frozenset[str]:
        """The relation and everything that implies it."""
        return frozenset(self._implying.get(relation, ()))

    def conflicting(self, relation: str) -> frozenset[str]:
        """The relations that cannot hold of the same pair."""
        return frozenset(self._conflicting.get(relation, ()))

    def _exclude(self, one: str, other: str) -> None:
        """Whatever implies the one cannot hold together with whatever implies the other."""
        for stronger in self._implying.get(one, ()):
            self._conflicting.setdefault(stronger, set()).update(self._implying.get(other, ()))

    def path(self, stronger: str, weaker: str) -> tuple[str, ...]:
        """The steps from a relation to one that it implies, both ends included; empty if none."""
        found = self._implied.get(stronger, frozenset())
        return (
            tuple(r for r in sorted(found, key=lambda r: (-len(self.implied(r)), r)) if weaker in self.implied(r))
            if weaker in found
            else ()
        )


def read_rules(vocabulary: Vocabulary, order: Order) -> tuple[Rule, ...]:
    """Every conflict rule of the ontology, sorted by IRI."""
    return tuple(_rule(t.iri, vocabulary, order) for t in vocabulary.members(CONFLICT_RULE))


def _rule(iri: str, vocabulary: Vocabulary, order: Order) -> Rule:
    def facts(name: str) -> tuple[str, ...]:
        return vocabulary.facts(iri, STEMMA + name)

    def one(name: str) -> str:
        return local_name(facts(name)[0])

    def side(name: str) -> Side:
        stronger = (r for listed in facts(name + "Relation") for r in order.implying(listed))
        return Side(
            relations=frozenset((*stronger, *facts(name + "RelationOnly"))),
            polarity=facts(name + "Polarity")[0],
            certainties=frozenset(facts(name + "Certainty")),
            subjects=frozenset(facts(name + "Subject")),
            objects=frozenset(facts(name + "Object")),
            populations=frozenset(facts(name + "Population")),
        )

    term = vocabulary.terms[iri]
    return Rule(
        iri=iri,
        label=term.label,
        explanation=term.definition,
        kind=facts("conflictKind")[0],
        compares=one("compares"),
        subjects=one("subjects"),
        objects=one("objects"),
        left=side("left"),
        right=side("right"),
        across_sources="true" in facts("acrossSources"),
        as_of_its_date="true" in facts("asOfItsDate"),
    )
