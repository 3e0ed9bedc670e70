"""Whether two claims on paired topics clash, and why: polarity, certainty, qualifiers, numbers, dates."""

from __future__ import annotations

from dataclasses import dataclass

from kg.conflict.kinship import Kinship
from kg.conflict.quantity import interval
from kg.conflict.rules import Order, Rule, Side
from kg.model.node import Node
from kg.model.records import Claim, Statement
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind
from kg.schema.vocabulary import Vocabulary

ASSERTED = STEMMA + "asserted"
NEGATED = STEMMA + "negated"
CONTRADICTION = STEMMA + "contradiction"
TENSION = STEMMA + "tension"
POPULATION = STEMMA + "population"
LIMITS = STEMMA + "limits"
_TOPIC = frozenset(STEMMA + name for name in ("subject", "relation", "object", "of"))


@dataclass(frozen=True)
class Said:
    """One claim with its statement, and the date of its source where known."""

    claim: Claim
    statement: Node
    published: str | None


@dataclass(frozen=True)
class Judge:
    """Judges pairs of claims."""

    vocabulary: Vocabulary
    order: Order
    kinship: Kinship

    def kind(self, rule: Rule, left: Said, right: Said) -> str | None:
        """The IRI of the kind of conflict, or ``None`` if the two claims do not clash."""
        if left.claim.id == right.claim.id or not (self._fits(rule.left, left) and self._fits(rule.right, right)):
            return None
        if not self._comparable(left.statement, right.statement):
            return None
        if rule.compares == "ifQuantitiesPart" and not _part(left.statement, right.statement):
            return None
        if rule.compares == "ifRangesDiffer" and not _differ(left.statement, right.statement):
            return None
        if rule.as_of_its_date and left.published and right.published and left.published[:4] != right.published[:4]:
            return None
        if rule.across_sources and left.claim.source == right.claim.source:
            return None
        return self._softened(rule, left, right)

    def explain(self, rule: Rule, left: Said, right: Said) -> str:
        """Why the two clash: the rule, both claims with their places, and the path of the rule."""
        path = self.order.path(Statement(left.statement).relation, Statement(right.statement).relation)
        steps = " implies ".join(self.vocabulary.label(r) for r in path) if len(path) > 1 else ""
        kin = "; ".join(filter(None, (self._kin(left, right, "subject"), self._kin(left, right, "object"))))
        told = f"{rule.explanation} {_shown(left, self.vocabulary)} Against it: {_shown(right, self.vocabulary)}"
        return told + (f" Path: {'; '.join(filter(None, (steps, kin)))}." if steps or kin else "")

    def _fits(self, side: Side, said: Said) -> bool:
        return (
            said.claim.polarity == side.polarity
            and (not side.certainties or said.claim.certainty in side.certainties)
            and (not side.populations or said.statement.one(POPULATION) in side.populations)
        )

    def _comparable(self, left: Node, right: Node) -> bool:
        """Whether no qualifier that both state keeps them apart."""
        for field in left.shape.fields:
            if field.identifies and field.kind is Kind.TERM and field.path not in _TOPIC:
                a, b = left.atoms(field.path), right.atoms(field.path)
                if a and b and not any(x in self.kinship.related(y) for x in a for y in b) and field.path != POPULATION:
                    return False
        return True

    def _softened(self, rule: Rule, left: Said, right: Said) -> str:
        if rule.kind != CONTRADICTION:
            return rule.kind
        if not left.claim.certainty == right.claim.certainty == ASSERTED:
            return TENSION
        denied, said = (right, left) if right.claim.polarity == NEGATED else (left, right)
        if denied.claim.polarity == NEGATED and self._more_special(denied.statement, said.statement):
            return TENSION
        return CONTRADICTION

    def _more_special(self, one: Node, other: Node) -> bool:
        """Whether the one is limited where the other is not: a narrower end, or a qualifier more."""
        for field in one.shape.fields:
            if not field.identifies or field.kind is not Kind.TERM or field.path == STEMMA + "relation":
                continue
            mine = tuple(m for m in one.atoms(field.path) if self.vocabulary.facts(m, LIMITS) != ("false",))
            theirs = other.atoms(field.path)
            if mine and mine != theirs and all(self.kinship.narrower(m, t) for m in mine for t in theirs):
                return True
        return False

    def _kin(self, left: Said, right: Said, name: str) -> str:
        a, b = left.statement.one(STEMMA + name), right.statement.one(STEMMA + name)
        if a is None or b is None or a == b:
            return ""
        for x, y in ((a, b), (b, a)):
            if self.kinship.narrower(x, y):
                return f"{self.vocabulary.label(x)} is a case of {self.vocabulary.label(y)}"
        return ""


def _part(left: Node, right: Node) -> bool:
    a, b = interval(left), interval(right)
    return a is not None and b is not None and not a.meets(b)


def _differ(left: Node, right: Node) -> bool:
    a, b = interval(left), interval(right)
    return a is not None and b is not None and a.dimension == b.dimension and (a.low, a.high) != (b.low, b.high)


def _shown(said: Said, vocabulary: Vocabulary) -> str:
    claim = said.claim
    place = claim.pointer or f"{claim.start}-{claim.end}"
    where = (
        f"citing {claim.cites}"
        if claim.cites
        else f"at {place} of snapshot {str(claim.snapshot).rsplit('/', 1)[-1][:12]}"
    )
    return f"“{claim.paraphrase}” ({vocabulary.label(claim.certainty)}, {where}, {claim.source})."
