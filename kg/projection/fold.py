"""Claims folded by their values, and the values by which they are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


class Facets:
    """The values by which claims are counted, each with a number.

    :param known: filter and value of each, by their numbers.
    """

    def __init__(self, known: Iterable[tuple[str, str]]) -> None:
        self._known = list(known)
        self._codes = {pair: code for code, pair in enumerate(self._known)}

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, code: int) -> tuple[str, str]:
        return self._known[code]

    def code(self, name: str, value: str) -> int:
        """The number of a filter's value; a new one if it has none."""
        code = self._codes.setdefault((name, value), len(self._known))
        if code == len(self._known):
            self._known.append((name, value))
        return code

    def rows(self, start: int) -> list[dict[str, object]]:
        """Those from a number on, for the table of them."""
        return [{"code": start + i, "filter": n, "value": v} for i, (n, v) in enumerate(self._known[start:])]
