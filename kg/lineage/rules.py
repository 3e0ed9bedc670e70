"""The rules of lineage, read from the profile's ontology."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.lineage.corpus import Told
from kg.schema.facts import Facts
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Fit:
    """What a claim must be; an empty set lets anything in."""

    categories: frozenset[str]
    relations: frozenset[str]
    polarities: frozenset[str]
    certainties: frozenset[str]
    kinds: frozenset[str]
    attributed: re.Pattern[str] | None = None

    def takes(self, claim: Told) -> bool:
        """Whether the claim is so."""
        return (
            (not self.categories or claim.category in self.categories)
            and (not self.relations or claim.one("relation") in self.relations)
            and (not self.polarities or claim.polarity in self.polarities)
            and (not self.certainties or claim.certainty in self.certainties)
            and (not self.kinds or claim.source.kind in self.kinds)
            and (self.attributed is None or bool(self.attributed.search(claim.attributed or "")))
        )


@dataclass(frozen=True, slots=True)
class RootRule:
    """How a step of a claim's line is found. ``through`` is the property that the line goes through."""

    iri: str
    explanation: str
    through: str
    kinds: frozenset[str]
    root_class: str | None
    not_classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class LineageRule:
    """How a link is computed. ``compares`` and ``connection`` are local names in stemma:."""

    iri: str
    explanation: str
    link: str
    compares: str
    connection: str
    between_sources: bool
    not_less_sure: bool
    rooted_in: str | None
    left: Fit
    right: Fit


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """What is known of a trial, and which categories of claims report on its results."""

    iri: str
    explanation: str
    known: Fit
    reporting: frozenset[str]


def read_root_rules(vocabulary: Vocabulary) -> tuple[RootRule, ...]:
    """Every root rule of the ontology, sorted by IRI."""
    return tuple(_root_rule(Facts(vocabulary, t.iri)) for t in vocabulary.members(STEMMA + "RootRule"))


def read_lineage_rules(vocabulary: Vocabulary) -> tuple[LineageRule, ...]:
    """Every lineage rule of the ontology, sorted by IRI."""
    return tuple(_lineage_rule(Facts(vocabulary, t.iri)) for t in vocabulary.members(STEMMA + "LineageRule"))


def read_silence_rules(vocabulary: Vocabulary) -> tuple[SilenceRule, ...]:
    """Every silence rule of the ontology, sorted by IRI."""
    return tuple(_silence_rule(Facts(vocabulary, t.iri)) for t in vocabulary.members(STEMMA + "SilenceRule"))


def _root_rule(facts: Facts) -> RootRule:
    return RootRule(
        iri=facts.iri,
        explanation=facts.term.definition,
        through=facts.word("lineThrough"),
        kinds=facts.all("ofSourceKind"),
        root_class=facts.one("rootClass"),
        not_classes=facts.all("notRootClass"),
    )


def _lineage_rule(facts: Facts) -> LineageRule:
    return LineageRule(
        iri=facts.iri,
        explanation=facts.term.definition,
        link=facts.one("findsLink") or "",
        compares=facts.word("compares"),
        connection=facts.word("connection"),
        between_sources=facts.true("betweenSources"),
        not_less_sure=facts.true("notLessSure"),
        rooted_in=facts.one("rootedIn"),
        left=_fit(facts, "left"),
        right=_fit(facts, "right"),
    )


def _silence_rule(facts: Facts) -> SilenceRule:
    return SilenceRule(
        iri=facts.iri,
        explanation=facts.term.definition,
        known=_fit(facts, "left"),
        reporting=facts.all("reportingCategory"),
    )


def _fit(facts: Facts, side: str) -> Fit:
    """One side of a rule; what is said of no side (``ofCategory``) is said of the left one."""
    left = side == "left"
    pattern = facts.one("attributedLike") if left else None
    nothing: frozenset[str] = frozenset()
    return Fit(
        categories=facts.all("ofCategory") if left else nothing,
        relations=facts.implying("ofRelation") if left and facts.all("ofRelation") else nothing,
        polarities=facts.all(side + "Polarity") | (facts.all("ofPolarity") if left else nothing),
        certainties=facts.all(side + "Certainty"),
        kinds=facts.all("ofSourceKind") if left else nothing,
        attributed=re.compile(pattern) if pattern else None,
    )
