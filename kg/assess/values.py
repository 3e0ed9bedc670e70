"""What an assessment is, as values that can be shown and written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Named:
    """A term, trial or source with what it is called."""

    id: str
    label: str
    curie: str | None = None

    def as_dict(self) -> Json:
        """The name for JSON."""
        return {"id": self.id, **({"curie": self.curie} if self.curie else {}), "label": self.label}


@dataclass(frozen=True, slots=True)
class Therapy:
    """A therapy variant: slot word (``cellType``, ``route``) to terms, each a list."""

    slots: Mapping[str, tuple[Named, ...]]

    @property
    def label(self) -> str:
        """The labels of its terms in one line."""
        return ", ".join(t.label for terms in self.slots.values() for t in terms)

    def as_dict(self) -> Json:
        """The variant for JSON."""
        return {"label": self.label, **{word: [t.as_dict() for t in terms] for word, terms in self.slots.items()}}


@dataclass(frozen=True, slots=True)
class Cell:
    """One letter of the Table of Evidence.

    :param rule: IRI of the rule that gave it.
    :param because: the rule's sentence and the counts.
    :param claims: IRIs of every claim behind it, for and against, sorted.
    """

    letter: str
    rule: str | None
    because: str
    claims: tuple[str, ...]

    def as_dict(self) -> Json:
        """The cell for JSON."""
        return {"letter": self.letter, "rule": self.rule, "because": self.because, "claims": list(self.claims)}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Independent roots by side, and how many sources speak on each. Roots count, not documents.

    :param mixed: roots whose claims weigh the same on both sides.
    """

    roots_for: tuple[str, ...]
    roots_against: tuple[str, ...]
    mixed: tuple[str, ...]
    sources_for: int
    sources_against: int

    def as_dict(self) -> Json:
        """The agreement for JSON."""
        return {
            "for": list(self.roots_for),
            "against": list(self.roots_against),
            "mixed": list(self.mixed),
            "sourcesFor": self.sources_for,
            "sourcesAgainst": self.sources_against,
        }

    @property
    def any(self) -> bool:
        """Whether any root stands behind the claims."""
        return bool(self.roots_for or self.roots_against or self.mixed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said of one outcome.

    :param favour: how many claims speak for it; ``against``: how many against.
    :param score: from -1 (against) to 1 (for); :param weight: of the claims together.
    :param claims: their IRIs, sorted.
    """

    outcome: Named
    favour: int
    against: int
    roots: Agreement
    score: float
    weight: float
    claims: tuple[str, ...]

    def as_dict(self) -> Json:
        """The outcome for JSON."""
        return {
            "outcome": self.outcome.as_dict(),
            "for": self.favour,
            "against": self.against,
            "roots": self.roots.as_dict(),
            "score": self.score,
            "weight": self.weight,
            "claims": list(self.claims),
        }


@dataclass(frozen=True, slots=True)
class ClaimWeight:
    """How one claim was weighed.

    :param speaks: ``for`` or ``against``.
    :param level: word of its evidence level; ``level_by``: ``record``, or the rule's IRI.
    :param design: what its record says of the kind of evidence, as an ECO term or a design.
    :param weight: by itself, from 0 to 1.
    :param column: word of its column, ``None`` if it stands in none.
    """

    id: str
    speaks: str
    level: str | None
    level_by: str
    design: Named | None
    certainty: str
    weight: float
    roots: tuple[str, ...]
    source: str
    status: str
    column: str | None
    column_rule: str | None

    def as_dict(self) -> Json:
        """The claim's weighing for JSON."""
        return {
            "id": self.id,
            "speaks": self.speaks,
            "level": self.level,
            "levelBy": self.level_by,
            **({"design": self.design.as_dict()} if self.design else {}),
            "certainty": self.certainty,
            "weight": self.weight,
            "roots": list(self.roots),
            "source": self.source,
            "status": self.status,
            "column": self.column,
            "columnRule": self.column_rule,
        }


@dataclass(frozen=True, slots=True)
class Voice:
    """A source that speaks, with its interests beside it: they are in no number."""

    id: str
    title: str
    interests: tuple[str, ...]
    favour: int
    against: int

    def as_dict(self) -> Json:
        """The source for JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "interests": list(self.interests),
            "for": self.favour,
            "against": self.against,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the claims were reviewed. ``by_software_only`` is part of ``accepted``."""

    proposed: int
    accepted: int
    by_software_only: int

    def as_dict(self) -> Json:
        """The counts for JSON."""
        return {"proposed": self.proposed, "accepted": self.accepted, "acceptedBySoftwareOnly": self.by_software_only}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is said for and against one therapy variant in one disease.

    :param disease: ``None`` for claims that state none.
    :param table: column word to cell, in the columns' order.
    :param outcomes: heaviest first.
    :param trials: trials of the variant whose record is held, with a result or not.
    :param unplaced: claims that speak for or against and stand in no column.
    :param rule: IRI of the score rule; ``formula``: its text.
    """

    variant: Therapy
    disease: Named | None
    table: Mapping[str, Cell]
    outcomes: tuple[Outcome, ...]
    claims: tuple[ClaimWeight, ...]
    sources: tuple[Voice, ...]
    trials: tuple[Named, ...]
    unplaced: tuple[str, ...]
    rule: str
    formula: str
    review: Standing

    def as_dict(self) -> Json:
        """The assessment for JSON."""
        return {
            "variant": self.variant.as_dict(),
            "disease": self.disease.as_dict() if self.disease else None,
            "table": {word: cell.as_dict() for word, cell in self.table.items()},
            "outcomes": [o.as_dict() for o in self.outcomes],
            "weighed": [c.as_dict() for c in self.claims],
            "sources": [s.as_dict() for s in self.sources],
            "trials": [t.as_dict() for t in self.trials],
            "unplaced": list(self.unplaced),
            "rule": self.rule,
            "formula": self.formula,
            "review": self.review.as_dict(),
        }
