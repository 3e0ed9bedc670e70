"""The rules of assessment, read from the profile's ontology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kg.errors import ProfileError
from kg.lineage.corpus import Told
from kg.lineage.roots import Roots
from kg.schema.facts import Facts, implied, members
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """How claims are weighed into a number; the explanation holds the formula."""

    iri: str
    explanation: str
    prior: Fraction
    without_root: Fraction


@dataclass(frozen=True, slots=True)
class LevelRule:
    """Gives an evidence level to claims whose record has none."""

    iri: str
    level: str
    rooted_in: str | None
    without_root: bool

    def takes(self, claim: Told, roots: Roots) -> bool:
        """Whether the rule is for the claim."""
        found = roots.of(claim.id)
        if self.without_root and found:
            return False
        return self.rooted_in is None or any(roots.is_a(r, self.rooted_in) for r in found)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the Table of Evidence; ``word`` is its key in JSON."""

    iri: str
    word: str
    label: str
    definition: str
    any_disease: bool
    precedence: int


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Puts claims into a column, if every condition that it has holds."""

    iri: str
    explanation: str
    column: str
    categories: frozenset[str]
    outcomes: frozenset[str]
    designs: frozenset[str]
    populations: frozenset[str]
    rooted_in: str | None

    def takes(self, claim: Told, outcomes: Iterable[str], roots: Roots, vocabulary: Vocabulary) -> bool:
        """Whether the claim belongs into the column.

        :param outcomes: what the claim is gathered under.
        """
        return (
            (not self.categories or claim.category in self.categories)
            and (not self.outcomes or not self.outcomes.isdisjoint(outcomes))
            and (not self.populations or claim.one("population") in self.populations)
            and (not self.designs or bool(claim.design and self.designs & vocabulary.ancestors(claim.design)))
            and (self.rooted_in is None or any(roots.is_a(r, self.rooted_in) for r in roots.of(claim.id)))
        )


@dataclass(frozen=True, slots=True)
class GradeRule:
    """Gives a letter to a column. Numbers are of independent roots; ``None`` sets no bound.

    :param levels: the evidence levels that claims in favour must have to count; empty for any.
    :param balance: local name in stemma: of how the roots for and against must stand to each other.
    """

    iri: str
    label: str
    explanation: str
    letter: str
    levels: frozenset[str]
    least_for: int
    most_for: int | None
    least_against: int
    most_against: int | None
    least_claims_for: int
    most_claims: int | None
    without_root: bool
    balance: str


@dataclass(frozen=True)
class Rules:
    """Every rule of assessment of a profile.

    :param grades: by column, in the order in which they are tried.
    :param weights: of evidence levels and certainties; ``denials``: of relations that are denied.
    """

    score: ScoreRule
    levels: tuple[LevelRule, ...]
    columns: tuple[Column, ...]
    into: tuple[ColumnRule, ...]
    grades: Mapping[str, tuple[GradeRule, ...]]
    weights: Mapping[str, Fraction]
    denials: Mapping[str, Fraction]

    @staticmethod
    def read(vocabulary: Vocabulary) -> Rules:
        """Read the rules of an ontology.

        :raises ProfileError: if it has no score rule, or a column has no letter for some claims.
        """
        columns = tuple(map(_column, members(vocabulary, "EvidenceColumn")))
        graded = [(c, g) for g in members(vocabulary, "GradeRule") for c in g.all("forColumn")]
        grades = {c.iri: tuple(_grade(g) for of, g in graded if of == c.iri) for c in columns}
        for column in columns:
            if not grades[column.iri]:
                raise ProfileError("no grade rule is for this column", where=column.iri)
        return Rules(
            score=_score(vocabulary),
            levels=tuple(map(_level, members(vocabulary, "LevelRule"))),
            columns=columns,
            into=tuple(map(_into, members(vocabulary, "ColumnRule"))),
            grades=grades,
            weights=_numbers(vocabulary, ("EvidenceLevel", "Certainty"), "weight"),
            denials=_numbers(vocabulary, ("Relation",), "denialWeight"),
        )

    def level(self, claim: Told, roots: Roots) -> tuple[str | None, str | None]:
        """The evidence level of a claim, and the rule that gave it: none, where the record has it."""
        if claim.level:
            return claim.level, None
        found = next((r for r in self.levels if r.takes(claim, roots)), None)
        return (found.level, found.iri) if found else (None, None)

    def denial(self, relation: str, vocabulary: Vocabulary) -> Fraction:
        """How much a denial of a relation counts; the nearest weight along what it implies."""
        if relation in self.denials:
            return self.denials[relation]
        found = [self.denials[r] for r in implied(vocabulary, relation) if r in self.denials]
        return min(found, default=ONE)


def _score(vocabulary: Vocabulary) -> ScoreRule:
    facts = next(iter(members(vocabulary, "ScoreRule")), None)
    if facts is None:
        raise ProfileError("the profile has no stemma:ScoreRule, so nothing can be assessed")
    return ScoreRule(
        iri=facts.iri,
        explanation=facts.term.definition,
        prior=Fraction(facts.one("priorWeight") or 1),
        without_root=Fraction(facts.one("weightWithoutRoot") or 1),
    )


def _level(facts: Facts) -> LevelRule:
    return LevelRule(facts.iri, facts.one("givesLevel") or "", facts.one("rootedIn"), facts.true("withoutRoot"))


def _column(facts: Facts) -> Column:
    term = facts.term
    return Column(
        iri=facts.iri,
        word=term.notation or term.label,
        label=term.label,
        definition=term.definition,
        any_disease=facts.true("anyDisease"),
        precedence=facts.integer("precedence") or 0,
    )


def _into(facts: Facts) -> ColumnRule:
    return ColumnRule(
        iri=facts.iri,
        explanation=facts.term.definition,
        column=facts.one("intoColumn") or "",
        categories=facts.all("ofCategory"),
        outcomes=facts.all("ofOutcome"),
        designs=facts.all("ofDesign"),
        populations=facts.all("ofPopulation"),
        rooted_in=facts.one("rootedIn"),
    )


def _grade(facts: Facts) -> GradeRule:
    term = facts.term
    return GradeRule(
        iri=facts.iri,
        label=term.label,
        explanation=term.definition,
        letter=facts.one("letter") or "U",
        levels=facts.all("countsLevel"),
        least_for=facts.integer("minimumRootsFor") or 0,
        most_for=facts.integer("maximumRootsFor"),
        least_against=facts.integer("minimumRootsAgainst") or 0,
        most_against=facts.integer("maximumRootsAgainst"),
        least_claims_for=facts.integer("minimumClaimsFor") or 0,
        most_claims=facts.integer("maximumClaims"),
        without_root=facts.true("withoutRoot"),
        balance=facts.word("balance"),
    )


def _numbers(vocabulary: Vocabulary, classes: tuple[str, ...], name: str) -> dict[str, Fraction]:
    members = [t.iri for cls in classes for t in vocabulary.members(STEMMA + cls)]
    return {iri: Fraction(n) for iri in members if (n := Facts(vocabulary, iri).one(name)) is not None}
