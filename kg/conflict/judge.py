"""Whether two claims on paired topics clash, and why: polarity, certainty, qualifiers, numbers, dates."""

from __future__ import annotations

from dataclasses import dataclass

from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order, Rule, Side
from kg.conflict.stated import Form, Stance, Stated
from kg.model.records import Claim
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Vocabulary

ASSERTED = STEMMA + "asserted"
NEGATED = STEMMA + "negated"
CONTRADICTION = STEMMA + "contradiction"
TENSION = STEMMA + "tension"
POPULATION = STEMMA + "population"
LIMITS = STEMMA + "limits"
RELATION = STEMMA + "relation"


@dataclass(frozen=True)
class Judge:
    """Judges pairs of stances; what it finds holds of every two claims that take them."""

    vocabulary: Vocabulary
    order: Order
    kinship: Kinship
    form: Form

    def fits(self, side: Side, stance: Stance) -> bool:
        """Whether claims of a stance can stand on a side of a rule, their topic left aside."""
        return (
            stance.polarity == side.polarity
            and (not side.certainties or stance.certainty in side.certainties)
            and (not side.populations or stance.stated.one(POPULATION) in side.populations)
        )

    def kind(self, rule: Rule, left: Stance, right: Stance) -> str | None:
        """The IRI of the kind of conflict, or ``None`` if claims of the two stances do not clash.

        That the topics are paired by the rule and that each stance fits its side is known already.
        """
        a, b = left.published, right.published
        if rule.as_of_its_date and a and b and a[:4] != b[:4]:
            return None
        if rule.across_sources and left.source == right.source:
            return None
        if rule.compares == "ifQuantitiesPart" and not _part(left.stated, right.stated):
            return None
        if rule.compares == "ifRangesDiffer" and not _differ(left.stated, right.stated):
            return None
        return self._softened(rule, left, right) if self._comparable(left.stated, right.stated) else None

    def path(self, left: Stated, right: Stated) -> str:
        """The steps by which a rule joins two statements, as the end of an explanation; empty if it needs none."""
        path = self.order.path(left.one(RELATION) or "", right.one(RELATION) or "")
        steps = " implies ".join(self.vocabulary.label(r) for r in path) if len(path) > 1 else ""
        kin = "; ".join(filter(None, (self._kin(left, right, "subject"), self._kin(left, right, "object"))))
        return f" Path: {'; '.join(filter(None, (steps, kin)))}." if steps or kin else ""

    def _comparable(self, left: Stated, right: Stated) -> bool:
        """Whether no qualifier that both state keeps them apart."""
        for path, mine in left.values.items():
            theirs = right.atoms(path) if path in self.form.parting else ()
            if theirs and not any(x in self.kinship.related(y) for x in mine for y in theirs):
                return False
        return True

    def _softened(self, rule: Rule, left: Stance, right: Stance) -> str:
        if rule.kind != CONTRADICTION:
            return rule.kind
        if not left.certainty == right.certainty == ASSERTED:
            return TENSION
        denied, said = (right, left) if right.polarity == NEGATED else (left, right)
        if denied.polarity == NEGATED and self._more_special(denied.stated, said.stated):
            return TENSION
        return CONTRADICTION

    def _more_special(self, one: Stated, other: Stated) -> bool:
        """Whether the one is limited where the other is not: a narrower end, or a qualifier more."""
        for path in self.form.terms:
            if path == RELATION:
                continue
            mine = tuple(m for m in one.atoms(path) if self.vocabulary.facts(m, LIMITS) != ("false",))
            theirs = other.atoms(path)
            if mine and mine != theirs and all(self.kinship.narrower(m, t) for m in mine for t in theirs):
                return True
        return False

    def _kin(self, left: Stated, right: Stated, name: str) -> str:
        a, b = left.one(STEMMA + name), right.one(STEMMA + name)
        if a is None or b is None or a == b:
            return ""
        for x, y in ((a, b), (b, a)):
            if self.kinship.narrower(x, y):
                return f"{self.vocabulary.label(x)} is a case of {self.vocabulary.label(y)}"
        return ""


def shown(claim: Claim, vocabulary: Vocabulary) -> str:
    """How a claim is told in an explanation: what it says, how surely, where and by whom."""
    place = claim.pointer or f"{claim.start}-{claim.end}"
    where = (
        f"citing {claim.cites}"
        if claim.cites
        else f"at {place} of snapshot {str(claim.snapshot).rsplit('/', 1)[-1][:12]}"
    )
    return f"“{claim.paraphrase}” ({vocabulary.label(claim.certainty)}, {where}, {claim.source})."


def _part(left: Stated, right: Stated) -> bool:
    a, b = left.interval, right.interval
    return a is not None and b is not None and not a.meets(b)


def _differ(left: Stated, right: Stated) -> bool:
    a, b = left.interval, right.interval
    return a is not None and b is not None and a.dimension == b.dimension and (a.low, a.high) != (b.low, b.high)
