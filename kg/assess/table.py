"""Letters of the Table of Evidence."""

from __future__ import annotations

from collections.abc import Sequence

from kg.assess.direction import AGAINST, FOR
from kg.assess.rules import GradeRule
from kg.assess.values import Cell
from kg.assess.weigh import Sides, Weighed, sides


def grade(claims: Sequence[Weighed], rules: Sequence[GradeRule]) -> Cell:
    """The letter of one column, with the rule that gave it and the claims behind it.

    :param claims: every claim that stands in the column.
    :param rules: the column's rules in order; the first that holds gives the letter.
    """
    on = sides(claims)
    rule = next((r for r in rules if _holds(r, claims, on)), None)
    return Cell(
        letter=rule.letter if rule else "U",
        rule=rule.iri if rule else None,
        because=f"{rule.explanation if rule else 'No rule holds.'}{_counts(claims, on)}",
        claims=tuple(sorted(c.claim.id for c in claims)),
    )


def _holds(rule: GradeRule, claims: Sequence[Weighed], on: Sides) -> bool:
    """Whether a rule holds: claims in favour at a level that it does not count are left out."""
    counted = [c for c in claims if c.direction == FOR and (not rule.levels or c.level in rule.levels)]
    roots_for = len({r for c in counted for r in c.roots} & (on.favour | on.mixed))
    against = on.number_against
    return (
        (rule.most_claims is None or len(claims) <= rule.most_claims)
        and rule.least_for <= roots_for
        and (rule.most_for is None or roots_for <= rule.most_for)
        and rule.least_against <= against
        and (rule.most_against is None or against <= rule.most_against)
        and rule.least_claims_for <= len(counted)
        and (not rule.without_root or not any(c.roots for c in claims))
        and _balanced(rule.balance, roots_for, against)
    )


def _balanced(balance: str, favour: int, against: int) -> bool:
    match balance:
        case "forAtLeastAgainst":
            return favour >= against
        case "againstOverFor":
            return against > favour
        case _:
            return True


def _counts(claims: Sequence[Weighed], on: Sides) -> str:
    if not claims:
        return ""
    favour = sum(c.direction == FOR for c in claims)
    against = sum(c.direction == AGAINST for c in claims)
    sources = len({c.claim.source.id for c in claims})
    return (
        f" Here: roots {on.number_for} for, {on.number_against} against;"
        f" claims {favour} for, {against} against; sources {sources}."
    )
