"""Whether an anchor holds, computed each time it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from kg.document.anchor import Anchor
from kg.document.library import Library
from kg.errors import Damaged
from kg.model.iris import Iris
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.store.records import Records, is_withheld

RETRIEVED = STEMMA + "retrieved"
REGISTERED = STEMMA + "registered"

_TEXTS = 256
"""How many texts are held while anchors are looked at."""

AT_FAULT = ("drifted", "broken")
"""The states that make ``verify`` exit with 1."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The state of one claim's anchor.

    :param state: notation of a stemma:Verification.
    :param withheld: whether the claim was refused or taken back; its anchor is then nobody's fault.
    :param drift: how a newer snapshot differs, if it does.
    :param newer: digest of that snapshot.
    """

    claim: str
    state: str
    drift: str | None = None
    newer: str | None = None
    withheld: bool = False

    @property
    def at_fault(self) -> bool:
        """Whether ``verify`` exits with 1 for it."""
        return self.state in AT_FAULT and not self.withheld

    def as_anchor(self) -> Mapping[str, str]:
        """What an answer adds to the claim's anchor."""
        return {"verification": self.state, **({"drift": self.drift} if self.drift else {})}


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a claim stands: its IRI, that of its source, and its anchor; ``None`` if it only cites."""

    claim: str
    source: str
    anchor: Anchor | None


@dataclass(frozen=True)
class Verifier:
    """Verifies claims against the texts of a library."""

    records: Records
    library: Library
    iris: Iris

    def verify(self, claim: Node) -> Verification:
        """The state of a claim's anchor."""
        stood = Stood(claim.id, str(claim.one(STEMMA + "source")), Anchor.of(claim))
        return replace(self._judge(stood, self._newest, self.text), withheld=is_withheld(claim))

    def verify_all(self, claims: Iterable[Stood]) -> Iterator[Verification]:
        """The states of several anchors; what they share is read once."""
        newest, text = lru_cache(maxsize=None)(self._newest), lru_cache(maxsize=_TEXTS)(self.text)
        return (self._judge(stood, newest, text) for stood in claims)

    def _judge(
        self, stood: Stood, newest: Callable[[str, str], tuple[str, str] | None], held: Callable[[str], str | None]
    ) -> Verification:
        """The state of an anchor.

        :param newest: the digest and the text of a source's newest snapshot, if it is newer than one.
        :param held: the text of a snapshot.
        """
        anchor = stood.anchor
        if anchor is None:
            return Verification(stood.claim, "cited")
        try:
            text = held(anchor.snapshot)
        except Damaged:  # held, but not as it was: what the anchor stood on is gone
            return Verification(stood.claim, "broken")
        if text is None:
            return Verification(stood.claim, "unverified")
        if not anchor.holds(text):
            return Verification(stood.claim, "broken")
        newer = newest(stood.source, anchor.snapshot)
        if newer is not None and (drift := anchor.drift(text, newer[1])):
            return Verification(stood.claim, "drifted", drift, newer[0])
        return Verification(stood.claim, "verified")

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot's IRI, or ``None`` if it is not held.

        :raises Damaged: if it is held, but no longer as it was.
        """
        return self.library.get(self.iris.snapshot_digest(snapshot))

    def _newest(self, source: str, snapshot: str) -> tuple[str, str] | None:
        """The newest snapshot of a source whose text is held, unless it is this one or older."""
        found = [n for iri in self.records.snapshots_of(source) if (n := self.records.get(iri))]
        dated = all(n.one(RETRIEVED) for n in found)
        order = sorted((_time(n) if dated else _NO_TIME, int(n.one(REGISTERED) or 0), n.id) for n in found)
        mine = next((i for i, (_, _, iri) in enumerate(order) if iri == snapshot), -1)
        for _, _, iri in reversed(order[mine + 1 :]):
            try:
                text = self.text(iri)
            except Damaged:  # no witness; its own claims are told as broken
                continue
            if text is not None:
                return self.iris.snapshot_digest(iri), text
        return None


_NO_TIME = datetime.min.replace(tzinfo=UTC)


def _time(snapshot: Node) -> datetime:
    found = datetime.fromisoformat(str(snapshot.one(RETRIEVED)))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
