"""What each claim weighs, and how the claims on one outcome add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kg.assess.direction import AGAINST, FOR, NEGATED
from kg.assess.rules import ONE, Rules
from kg.assess.variant import Variant
from kg.lineage.corpus import Told
from kg.lineage.roots import Roots
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Weighed:
    """One claim that speaks for or against a therapy.

    :param direction: 1 for, -1 against.
    :param level: IRI of its evidence level; ``level_rule``: the rule that gave it, ``None`` if its
        record has it.
    :param weight: level x certainty (x denial), before it is set against roots or sources.
    :param column: IRI of its column in the Table of Evidence; ``None`` if it stands in none.
    """

    claim: Told
    variant: Variant
    diseases: frozenset[str]
    outcomes: tuple[str, ...]
    direction: int
    level: str | None
    level_rule: str | None
    roots: tuple[str, ...]
    weight: Fraction
    column: str | None
    column_rule: str | None


@dataclass(frozen=True, slots=True)
class Sides:
    """Independent roots by the side that they are on: that of their heavier claim. A root whose
    claims weigh the same on both sides is ``mixed``, and counts on both; a claim that weighs nothing
    puts its root on no side."""

    favour: frozenset[str]
    against: frozenset[str]
    mixed: frozenset[str]

    @property
    def number_for(self) -> int:
        """How many roots speak in favour."""
        return len(self.favour | self.mixed)

    @property
    def number_against(self) -> int:
        """How many roots speak against."""
        return len(self.against | self.mixed)


@dataclass(frozen=True, slots=True)
class Tally:
    """The sum of some claims. ``score`` lies in [-1, 1]; ``weight`` is 0 where nothing weighs."""

    score: Fraction
    weight: Fraction
    sides: Sides


def weight_of(claim: Told, level: str | None, direction: int, rules: Rules, vocabulary: Vocabulary) -> Fraction:
    """What a claim weighs by itself, from 0 to 1."""
    graded = rules.weights.get(level or "", Fraction(0)) * rules.weights.get(claim.certainty, ONE)
    if direction == AGAINST and claim.polarity == NEGATED:
        graded *= rules.denial(str(claim.one("relation")), vocabulary)
    return graded


def tally(claims: Sequence[Weighed], rules: Rules) -> Tally:
    """Add up claims by the score rule: each root once a side, each source without a root once a side."""
    favour, against = _sum(claims, FOR, rules), _sum(claims, AGAINST, rules)
    return Tally((favour - against) / (favour + against + rules.score.prior), favour + against, sides(claims))


def sides(claims: Iterable[Weighed]) -> Sides:
    """The roots of some claims, each on its side."""
    every = list(claims)
    favour, against = _heaviest(every, FOR), _heaviest(every, AGAINST)
    both = favour.keys() & against.keys()
    return Sides(
        favour=frozenset(r for r in favour if r not in both or favour[r] > against[r]),
        against=frozenset(r for r in against if r not in both or against[r] > favour[r]),
        mixed=frozenset(r for r in both if favour[r] == against[r]),
    )


def level_and_weight(
    claim: Told, direction: int, rules: Rules, roots: Roots, vocabulary: Vocabulary
) -> tuple[str | None, str | None, Fraction]:
    """The evidence level of a claim, the rule that gave it, and what the claim weighs."""
    level, rule = rules.level(claim, roots)
    return level, rule, weight_of(claim, level, direction, rules, vocabulary)


def _sum(claims: Iterable[Weighed], direction: int, rules: Rules) -> Fraction:
    every = [c for c in claims if c.direction == direction]
    rooted = sum(_heaviest(every, direction).values(), Fraction(0))
    unrooted: dict[str, Fraction] = {}
    for c in every:
        if not c.roots:
            unrooted[c.claim.source.id] = max(unrooted.get(c.claim.source.id, Fraction(0)), c.weight)
    return rooted + rules.score.without_root * sum(unrooted.values(), Fraction(0))


def _heaviest(claims: Iterable[Weighed], direction: int) -> dict[str, Fraction]:
    """Each root with the weight of its heaviest claim on one side."""
    found: dict[str, Fraction] = {}
    for c in claims:
        if c.direction == direction and c.weight:
            for root in c.roots:
                found[root] = max(found.get(root, Fraction(0)), c.weight)
    return found
