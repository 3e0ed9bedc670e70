"""Many stored records at once: which of them are worth a second look.

A record that surely holds is done with. What refers to a record elsewhere is not looked up, but noted
by its hash; when all have been seen, the notes tell whether anything is missing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Protocol

from kg.gate.closed_world import STATEMENT, World
from kg.gate.facts import Facts, Record
from kg.gate.gate import Gate
from kg.model.node import Properties
from kg.schema.names import RDF_TYPE
from kg.schema.shapes import Field, Kind

Within = Mapping[str, Properties]

_PARTS = 64
"""In how many parts notes are compared, so that few of them are unpacked at a time."""


class Held(Protocol):
    """What is stored, one record at a time."""

    def record(self, id: str) -> Within | None:
        """The lines of a record, gathered; ``None`` if there is none."""

    def about(self, entity: str) -> Iterable[str]:
        """The sources that are about an entity."""

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot, or ``None`` if it is not held.

        :raises Damaged: if it is held, but no longer as it was.
        """


class Notes:
    """IRIs by their hash, eight bytes each."""

    def __init__(self) -> None:
        self._parts = [array("Q") for _ in range(_PARTS)]

    def add(self, iri: str) -> None:
        """Note an IRI."""
        number = hashed(iri)
        self._parts[number % _PARTS].append(number)

    def take(self, other: Notes) -> None:
        """Take the notes of another."""
        for mine, more in zip(self._parts, other._parts, strict=True):
            mine.extend(more)

    def without(self, known: Notes) -> set[int]:
        """The hashes that are not among others."""
        pairs = zip(self._parts, known._parts, strict=True)
        return {number for mine, others in pairs for number in set(mine).difference(others)}


def hashed(iri: str) -> int:
    """A number of 64 bits for an IRI."""
    return int.from_bytes(blake2b(iri.encode("utf-8"), digest_size=8).digest(), "big")


@dataclass
class Seen:
    """What a sweep found.

    :param doubtful: IRIs of the records, or of graphs that are none, that want a second look.
    :param records: how many were judged.
    """

    doubtful: list[str] = field(default_factory=list)
    records: int = 0
    present: Notes = field(default_factory=Notes)
    wanted: Notes = field(default_factory=Notes)
    claimed: Notes = field(default_factory=Notes)
    stated: Notes = field(default_factory=Notes)

    def take(self, other: Seen) -> None:
        """Take what another sweep found."""
        self.doubtful += other.doubtful
        self.records += other.records
        for name in ("present", "wanted", "claimed", "stated"):
            getattr(self, name).take(getattr(other, name))

    def missing(self) -> frozenset[int]:
        """The hashes of records that are referred to and not there, and of statements that nothing claims."""
        return frozenset(self.wanted.without(self.present) | self.stated.without(self.claimed))


@dataclass
class Sweep:
    """Looks at stored records, a batch at a time.

    :param missing: hashes of what is not there; what refers to it is in doubt.
    """

    gate: Gate
    held: Held
    missing: frozenset[int] = frozenset()
    seen: Seen = field(default_factory=Seen)

    def take(self, batch: Iterable[tuple[str, Within]]) -> None:
        """Judge records, each with the name of its graph."""
        change: dict[str, Facts] = {}
        for id, within in batch:
            facts = self._facts(id, within)
            if facts is None or not _fits(facts, self.gate):
                self.seen.doubtful.append(id)
            if facts is not None:
                self._note(facts)
                change[id] = facts
        self.seen.records += len(change)
        world = World(self._around, change, self.gate.profile.vocabulary)
        told = {f.about for f in self.gate.closed.check(world, self._around)}
        if self.gate.engine is None:
            told.update(self.gate.doubtful(world))
        else:
            told.update(f.about for f in self.gate.shacl(world))
        owners = {about if about in change else about.split("#")[0] for about in told}
        self.seen.doubtful += change if "" in owners else sorted(owners)

    def _facts(self, id: str, within: Within) -> Facts | None:
        types = within.get(id, {}).get(RDF_TYPE, ())
        shape = self.gate.layout.by_type.get(types[0][1:-1]) if len(types) == 1 else None
        return None if shape is None else Facts(id, shape, within, self.gate.layout)

    def _note(self, facts: Facts) -> None:
        word = facts.shape.record
        if word in _NOTED:
            self.seen.present.add(facts.id)
        if word == "claim":
            for statement in facts.atoms(STATEMENT):
                self.seen.claimed.add(statement)

    @cached_property
    def _around(self) -> _Around:
        return _Around(self)


_NOTED = frozenset(["claim", "statement"])
"""The kinds of records that are so many that they are noted, not looked up."""


class _Around:
    """The lookup of a sweep: small records are read, of the others it is noted that they are wanted."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._heads = [(word, sweep.gate.iris.of(word, "")) for word in sorted(_NOTED)]
        self._read: dict[str, Facts | None] = {}
        self._of: dict[str, tuple[str, ...]] = {}

    def get(self, id: str) -> Record | None:
        """A record; of a claim or statement, unless it is missing, no more than that it is there."""
        gate = self._sweep.gate
        word = next((w for w, head in self._heads if id.startswith(head)), None)
        if word is None or gate.engine is not None:
            return self._record(id)
        if hashed(id) in self._sweep.missing:
            return None
        self._sweep.seen.wanted.add(id)
        return Facts(id, gate.profile.shapes[word], {}, gate.layout)

    def about(self, entity: str) -> Iterable[Record]:
        """The sources that are about an entity."""
        if entity not in self._of:
            self._of[entity] = tuple(self._sweep.held.about(entity))
        return [r for i in self._of[entity] if (r := self._record(i)) is not None]

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot, if it is held."""
        return self._sweep.held.text(snapshot)

    def __contains__(self, statement: object) -> bool:
        """Whether a claim makes a statement; noted, and answered once all is seen."""
        if hashed(str(statement)) in self._sweep.missing:
            return False
        self._sweep.seen.stated.add(str(statement))
        return True

    def _record(self, id: str) -> Facts | None:
        if id not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            within = self._sweep.held.record(id)
            self._read[id] = self._sweep._facts(id, within) if within is not None else None
        return self._read[id]


_REMEMBERED = 10_000
"""How many sources and snapshots are held in memory."""


def _fits(facts: Facts, gate: Gate) -> bool:
    """Whether the codec would read these lines as this record, and nothing beside."""
    seen: set[str] = set()
    return _fits_one(facts, gate, seen) and seen == set(facts.within)


def _fits_one(facts: Facts, gate: Gate, seen: set[str]) -> bool:
    seen.add(facts.id)
    fields = gate.layout.fields(facts.shape)
    for path, values in facts.properties.items():
        if path == RDF_TYPE:
            if not facts.shape.target:
                return False
            continue
        one = fields.get(path)
        if one is None or not _are(values, one, facts.id):
            return False
    return all(_fits_one(p, gate, seen) for f in facts.shape.fields if f.kind is Kind.PART for p in facts.parts(f.path))


def _are(values: Sequence[str], one: Field, owner: str) -> bool:
    if one.kind is Kind.LITERAL:
        tail = '"' if str(one.datatype).endswith("#string") else f'"^^<{one.datatype}>'
        return all(v[0] == '"' and v.endswith(tail) for v in values)
    if one.kind is Kind.PART:
        return all(v.startswith(f"<{owner}#") for v in values)
    return all(v[0] == "<" for v in values)
