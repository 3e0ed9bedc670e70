"""What the parts of the harness count, and what a part is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Case = Callable[[int], "Tally"]


@dataclass
class Tally:
    """What cases came to.

    :param counts: what happened how often; a name that begins with ``most`` keeps its highest value.
    :param faults: every promise that was broken, in words.
    :param samples: times in milliseconds, for percentiles.
    :param notes: what else is to be told.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def take(self, other: Tally) -> None:
        """Count another one in."""
        for name, count in other.counts.items():
            most = name.startswith("most")
            self.counts[name] = max(self.counts[name], count) if most else self.counts[name] + count
        self.faults += other.faults
        for name, times in other.samples.items():
            self.samples.setdefault(name, []).extend(times)
        self.notes |= other.notes

    def time(self, name: str, seconds: float) -> None:
        """Keep a time."""
        self.samples.setdefault(name, []).append(round(seconds * 1000, 2))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "counts": dict(self.counts),
            "faults": self.faults,
            "samples": self.samples,
            "notes": self.notes,
        }

    @staticmethod
    def of(told: dict[str, Any]) -> Tally:
        """From JSON."""
        return Tally(Counter(told["counts"]), list(told["faults"]), dict(told["samples"]), dict(told["notes"]))


def percentile(times: list[float], share: float) -> float:
    """The time that a share of all does not pass."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Part:
    """One figure of the harness.

    :param promise: what must hold, in one sentence.
    :param how: how it is tried.
    :param full: how many cases make the whole; ``small``: how many run with the other tests.
    :param unit: what a case is.
    :param session: opens what the cases need in a folder; a case is called with its number.
    """

    name: str
    promise: str
    how: str
    unit: str
    full: int
    small: int
    session: Callable[[Path, bool], AbstractContextManager[Case]]
