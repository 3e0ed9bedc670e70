"""Claims folded by their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fold:
    """Claims that have the same values, counted.

    :param by: filter name to the value that they share, ``None`` if they have none.
    :param counts: filter name to its values, each with the claims that have it.
    :param sources: how many sources make them.
    :param evidence: how many things they say they rest on.
    """

    by: Mapping[str, str | None]
    claims: int
    sources: int
    evidence: int
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
