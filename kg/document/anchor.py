"""Anchors: exact or not at all.

An anchor is W3C Web Annotation's ``oa:TextPositionSelector`` over a snapshot (offsets in Unicode
code points, end exclusive) with digests in place of the quote, so that it can be verified without
publishing the words. In a record, a JSON Pointer names the string and offsets stand inside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kg.document.read import pointed
from kg.model.digest import digest
from kg.schema.names import STEMMA

CONTEXT = 32
"""How many code points before and after the words are digested, for telling drift."""


class Told(Protocol):
    """A claim, as far as its anchor goes."""

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where in a snapshot the words stand.

    :param snapshot: IRI of the snapshot.
    :param exact: digest of the words.
    :param start: offset of the first code point; ``None`` with a pointer to a whole value.
    :param end: offset after the last code point.
    :param pointer: JSON Pointer, in the snapshot of a record.
    """

    snapshot: str
    exact: str
    start: int | None = None
    end: int | None = None
    pointer: str | None = None
    before: str | None = None
    after: str | None = None

    @staticmethod
    def make(snapshot: str, text: str, start: int, end: int, pointer: str | None = None) -> Anchor:
        """The anchor of ``text[start:end]``.

        :raises ValueError: if the offsets do not name at least one code point of the text.
        """
        whole = text if pointer is None else pointed(text, pointer)
        if whole is None or not 0 <= start < end <= len(whole):
            raise ValueError(f"no words at {start} to {end}")
        before, after = contexts(whole, start, end)
        return Anchor(snapshot, digest(whole[start:end]), start, end, pointer, before, after)

    @staticmethod
    def of(claim: Told) -> Anchor | None:
        """The anchor of a claim, or ``None`` if it cites a work of which no snapshot was taken."""
        snapshot, exact = claim.one(STEMMA + "snapshot"), claim.one(STEMMA + "exact")
        if snapshot is None or exact is None:
            return None
        start, end = claim.one(STEMMA + "start"), claim.one(STEMMA + "end")
        return Anchor(
            snapshot=snapshot,
            exact=exact,
            start=int(start) if start else None,
            end=int(end) if end else None,
            pointer=claim.one(STEMMA + "pointer"),
            before=claim.one(STEMMA + "before"),
            after=claim.one(STEMMA + "after"),
        )

    def words(self, text: str) -> str | None:
        """What stands at the anchor's place in a text, or ``None`` if the place is not in it."""
        whole = text if self.pointer is None else pointed(text, self.pointer)
        if whole is None:
            return None
        start, end = self.start or 0, len(whole) if self.end is None else self.end
        return whole[start:end] if 0 <= start < end <= len(whole) else None

    def holds(self, text: str) -> bool:
        """Whether exactly the anchor's words stand at its place."""
        words = self.words(text)
        return words is not None and digest(words) == self.exact

    def drift(self, text: str, newer: str) -> str | None:
        """How a newer text of the same source differs at this anchor.

        :param text: the text in which the anchor holds.
        :returns: ``None`` if the words stand where they stood; ``"moved to START-END"`` if they
            stand elsewhere, once; ``"changed"`` otherwise.
        """
        if self.holds(newer):
            return None
        words = self.words(text) if self.pointer is None else None
        place = self._elsewhere(words, newer) if words else None
        return "changed" if place is None or not words else f"moved to {place}-{place + len(words)}"

    def _elsewhere(self, words: str, text: str) -> int | None:
        """The one place where the words stand; of several, the one with the most of its context."""
        kept = {i: self._kept(text, i, i + len(words)) for i in _places(words, text)}
        best = [i for i, n in kept.items() if n == max(kept.values())]
        return best[0] if len(best) == 1 else None

    def _kept(self, text: str, start: int, end: int) -> int:
        """How many of the two contexts stand around a span."""
        before, after = contexts(text, start, end)
        return (before == self.before) + (after == self.after)


def _places(words: str, text: str) -> list[int]:
    """Every offset at which words stand in a text, also where they overlap."""
    found, place = [], text.find(words)
    while place >= 0:
        found.append(place)
        place = text.find(words, place + 1)
    return found


def contexts(text: str, start: int, end: int) -> tuple[str, str]:
    """The digests of up to 32 code points before and after a span."""
    return digest(text[max(0, start - CONTEXT) : start]), digest(text[end : end + CONTEXT])
