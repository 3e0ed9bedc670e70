"""How far two independent passes over the same texts agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.codec.read import parse_json
from kg.document.read import read_bytes
from kg.errors import DataError

AXES = ("polarity", "certainty", "category")
"""What is compared on spans that both passes marked."""
HALF = 0.5
"""Least intersection over union for two spans to be the same claim."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One claim of one pass: where it is, and its words on the three axes."""

    source: str
    start: int
    end: int
    axes: Mapping[str, str]

    def overlap(self, other: Mark) -> float:
        """Intersection over union of the two spans; 0 in different sources."""
        if self.source != other.source:
            return 0.0
        both = min(self.end, other.end) - max(self.start, other.start)
        return max(0, both) / (max(self.end, other.end) - min(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two passes compared.

    :param matched: claims that both passes made: spans that overlap by half or more, one to one.
    :param f1: of the matched claims, 2 matched / (first + second).
    :param overlap: mean intersection over union of the matched spans.
    :param kappa: Cohen's kappa by axis; ``None`` where both passes used one and the same word.
    :param same: share of matched claims with the same word, by axis.
    """

    first: int
    second: int
    matched: int
    f1: float
    overlap: float
    kappa: Mapping[str, float | None]
    same: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The comparison for JSON, rounded to three places."""
        return {
            "first": self.first,
            "second": self.second,
            "matched": self.matched,
            "f1": round(self.f1, 3),
            "overlap": round(self.overlap, 3),
            "kappa": {a: None if k is None else round(k, 3) for a, k in self.kappa.items()},
            "same": {a: round(s, 3) for a, s in self.same.items()},
        }


def agreement(first: Sequence[Mark], second: Sequence[Mark]) -> Agreement:
    """Compare two passes."""
    pairs = _matched(first, second)
    words = {a: [(x.axes[a], y.axes[a]) for x, y in pairs] for a in AXES}
    return Agreement(
        first=len(first),
        second=len(second),
        matched=len(pairs),
        f1=2 * len(pairs) / (len(first) + len(second)) if first or second else 1.0,
        overlap=sum(x.overlap(y) for x, y in pairs) / len(pairs) if pairs else 0.0,
        kappa={a: cohen_kappa(words[a]) for a in AXES},
        same={a: sum(x == y for x, y in words[a]) / len(pairs) if pairs else 0.0 for a in AXES},
    )


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters (Cohen 1960), or ``None`` where chance alone would agree fully.

    >>> cohen_kappa([("a", "a"), ("b", "b"), ("a", "b"), ("b", "b")])
    0.5
    """
    n = len(pairs)
    if not n:
        return None
    observed = sum(x == y for x, y in pairs) / n
    left, right = Counter(x for x, _ in pairs), Counter(y for _, y in pairs)
    expected = sum(left[w] * right[w] for w in left) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def read_marks(path: Path) -> list[Mark]:
    """Read a pass: claim records, or lines of source, start, end and the three axes.

    :raises DataError: if a line lacks one of them.
    """
    marks = []
    for number, line in enumerate(read_bytes(path).decode("utf-8", "replace").splitlines(), start=1):
        if line.strip():
            where = f"{path} line {number}"
            record = parse_json(line, where)
            try:
                marks.append(_mark(record))  # type: ignore[arg-type]
            except (KeyError, TypeError) as e:
                raise DataError(f"the line lacks {e}", where=where, hint="Give claim records.") from None
    return marks


def _mark(record: Mapping[str, Any]) -> Mark:
    source, anchor = record["source"], record.get("anchor", record)
    return Mark(
        source=source["id"] if isinstance(source, dict) else source,
        start=anchor["start"],
        end=anchor["end"],
        axes={a: record[a] for a in AXES},
    )


def _matched(first: Sequence[Mark], second: Sequence[Mark]) -> list[tuple[Mark, Mark]]:
    """Pairs that overlap by half or more, the best first, each mark once; where several spans
    overlap alike, the one with more of the same words."""
    scored = [
        (overlap, sum(x.axes[a] == y.axes[a] for a in AXES), i, j)
        for i, x in enumerate(first)
        for j, y in enumerate(second)
        if (overlap := x.overlap(y)) >= HALF
    ]
    used_first: set[int] = set()
    used_second: set[int] = set()
    pairs = []
    for _, _, i, j in sorted(scored, key=lambda s: (-s[0], -s[1], s[2], s[3])):
        if i not in used_first and j not in used_second:
            used_first.add(i)
            used_second.add(j)
            pairs.append((first[i], second[j]))
    return pairs
