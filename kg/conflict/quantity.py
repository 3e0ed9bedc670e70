"""Quantities as intervals on one scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from kg.schema.names import STEMMA

QUANTITY = tuple(STEMMA + n for n in ("low", "high", "lowInclusive", "highInclusive", "approximate", "unit"))
"""The properties of a statement that make its quantity."""
ENDS = QUANTITY[:2]
"""Those without which there is no interval."""

_SLACK = Fraction(1, 10)
"""How far 'about' reaches: a tenth to either side."""

_POWER = re.compile(r"\(?10\*(-?\d+)\)?")
_TIME = {
    "a": Fraction(36525, 100),
    "mo": Fraction(36525, 1200),
    "wk": Fraction(7),
    "d": Fraction(1),
    "h": Fraction(1, 24),
}


class Valued(Protocol):
    """Something with properties."""

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high`` on the scale of ``dimension``; ``None`` is open."""

    low: Fraction | None
    high: Fraction | None
    low_inclusive: bool
    high_inclusive: bool
    dimension: str

    def meets(self, other: Interval) -> bool:
        """Whether some number lies in both; intervals of unlike dimension are not compared."""
        if self.dimension != other.dimension:
            return True
        return not (self._below(other) or other._below(self))

    def _below(self, other: Interval) -> bool:
        if self.high is None or other.low is None:
            return False
        closed = self.high_inclusive and other.low_inclusive
        return self.high < other.low or (self.high == other.low and not closed)


def interval(statement: Valued) -> Interval | None:
    """The interval of a statement's quantity, or ``None`` if it has none or its unit is not known."""
    low, high = statement.one(STEMMA + "low"), statement.one(STEMMA + "high")
    scale = scale_of(statement.one(STEMMA + "unit") or "1")
    if (low is None and high is None) or scale is None:
        return None
    factor, dimension = scale
    about = statement.one(STEMMA + "approximate") == "true"
    return Interval(
        low=_end(low, factor, -_SLACK if about else Fraction(0)),
        high=_end(high, factor, _SLACK if about else Fraction(0)),
        low_inclusive=statement.one(STEMMA + "lowInclusive") != "false",
        high_inclusive=statement.one(STEMMA + "highInclusive") != "false",
        dimension=dimension,
    )


def scale_of(unit: str) -> tuple[Fraction, str] | None:
    """The factor and the dimension of a UCUM unit, as far as claims use them.

    >>> scale_of("/(10*6)/a") == scale_of("/(10*6)/a")
    True
    >>> scale_of("%")
    (Fraction(1, 100), '')
    """
    factor, dimensions = Fraction(1), []
    for place, piece in enumerate(unit.replace(".", "*·").split("/")):
        for part in filter(None, piece.split("*·")):
            power = 1 if place == 0 else -1
            number = _number(part)
            if number is not None:
                factor *= number**power
            elif part in _TIME:
                factor *= _TIME[part] ** power
                dimensions.append(f"time{power}")
            elif part.startswith("{"):
                dimensions.append(f"{part}{power}" if part != "{person}" else f"person{power}")
            else:
                dimensions.append(f"{part}{power}")
    return factor, " ".join(sorted(d for d in dimensions if d != "person1"))


def _number(part: str) -> Fraction | None:
    if part == "%":
        return Fraction(1, 100)
    power = _POWER.fullmatch(part)
    if power:
        return Fraction(10) ** int(power[1])
    return Fraction(part) if part.isdecimal() else None


def _end(text: str | None, factor: Fraction, slack: Fraction) -> Fraction | None:
    return None if text is None else Fraction(text) * factor * (1 + slack)
