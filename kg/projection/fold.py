"""Claims folded by their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

SOURCE, RESTS_ON = "source", "claim_rests_on"
"""The filter that tells a claim's source, and the column that tells what it rests on."""

Held = Mapping[str, Sequence[str]]
"""What a claim holds: filters, and what it rests on, to values."""


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


@dataclass(slots=True)
class _Pile:
    """Claims of one fold, while they are counted."""

    claims: int = 0
    sources: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)


def folded(held: Iterable[Held], by: Sequence[str], words: Mapping[str, Sequence[str]]) -> list[Fold]:
    """Claims folded by their values of some filters; those with most claims first.

    :param held: what each claim holds.
    :param by: what they are folded by; a claim with several values counts for each.
    :param words: the filters that are counted in each fold, with their words.
    """
    piles: dict[tuple[str | None, ...], _Pile] = {}
    for claim in held:
        for key in product(*(claim.get(name) or (None,) for name in by)):
            pile = piles.setdefault(key, _Pile())
            pile.claims += 1
            pile.sources.update(claim.get(SOURCE, ()))
            pile.evidence.update(claim.get(RESTS_ON, ()))
            for name in words:
                for word in claim.get(name, ()):
                    pile.counts[name, word] = pile.counts.get((name, word), 0) + 1
    return in_order(_fold(dict(zip(by, key, strict=True)), pile, words) for key, pile in piles.items())


def in_order(folds: Iterable[Fold]) -> list[Fold]:
    """Folds, those with most claims first."""
    return sorted(folds, key=lambda f: (-f.claims, [v or "" for v in f.by.values()]))


def _fold(by: Mapping[str, str | None], pile: _Pile, words: Mapping[str, Sequence[str]]) -> Fold:
    counts = {name: {w: n for w in several if (n := pile.counts.get((name, w)))} for name, several in words.items()}
    return Fold(by, pile.claims, len(pile.sources), len(pile.evidence), counts)
