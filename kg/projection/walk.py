"""Claims as the lines of their records' text say them: many are read at a time, the next ones meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from kg.errors import Damaged
from kg.gate.facts import gather, split
from kg.model.node import Node, Properties
from kg.schema.names import RDF_TYPE, STEMMA
from kg.store.records import WITHHELD, WITHHELD_RECORD, WITHHELD_STATEMENT, Records

T = TypeVar("T")

Lines = Mapping[str, Properties]
"""Every subject of a record, with its properties."""

_STATEMENT = STEMMA + "statement"
_MADE = re.compile(rf"^<[^>]*> <(?:{re.escape(_STATEMENT)}|{re.escape(WITHHELD_STATEMENT)})> <([^>]*)> \.$", re.M)
_WITHHELD = [f"<{WITHHELD}>"]
AT_ONCE = 1000
"""How many claims are read by one call of the engine."""


class _Raw(NamedTuple):
    """The IRIs of some claims, their lines, and those of the statements that they make."""

    ids: Sequence[str]
    claims: str
    statements: str


@dataclass(frozen=True, slots=True)
class Told:
    """A claim and the statement that it makes."""

    id: str
    claim: Lines
    statement_id: str
    statement: Lines

    def one(self, path: str) -> str | None:
        """The first value of a property of the claim, or ``None``; where it may hold one, that one."""
        found = self.claim[self.id].get(path)
        if not found:
            return None
        value = found[0] if len(found) == 1 else min(found)
        if value[0] == "<":
            return value[1:-1]
        return value[1 : value.rindex('"')] if "\\" not in value else split(value)[0]


@dataclass(frozen=True)
class Walk:
    """Reads claims from the store."""

    records: Records

    def every(self) -> Iterator[list[Told]]:
        """Every claim, sorted by IRI, many at a time; while some are looked at, the next ones are read."""
        with ThreadPoolExecutor(1, "stemma projection") as pool:
            waiting: Future[_Raw] | None = None
            for ids in pieces(self.records.ids("claim"), AT_ONCE):
                following = pool.submit(self._read, ids)
                if waiting is not None:
                    yield list(self._gathered(waiting.result()))
                waiting = following
            if waiting is not None:
                yield list(self._gathered(waiting.result()))

    def of(self, nodes: Sequence[Node]) -> list[Told]:
        """Some claims, with their statements from the store."""
        wanted = sorted({made for n in nodes if (made := n.one(_STATEMENT))})
        known = _by_record(self.records.lines_of(wanted))
        return [self._with(n.id, n.written, known) for n in nodes]

    def _read(self, ids: Sequence[str]) -> _Raw:
        claims = self.records.lines_of(ids)
        return _Raw(ids, claims, self.records.lines_of(sorted(set(_MADE.findall(claims)))))

    def _gathered(self, raw: _Raw) -> Iterator[Told]:
        held, known = _by_record(raw.claims), _by_record(raw.statements)
        for id in raw.ids:
            if id in held:  # else it went meanwhile
                yield self._with(id, held[id], known)

    def _with(self, id: str, claim: Lines, statements: Mapping[str, Lines]) -> Told:
        iri = claim[id][_STATEMENT][0][1:-1]
        found = statements.get(iri)
        if found is None:  # a commit came between the claim and its statement
            return self._anew(id)
        return Told(id, claim, iri, found)

    def _anew(self, id: str) -> Told:
        claim = self.records.get(id)
        made = claim and self.records.get(str(claim.one(_STATEMENT)))
        if claim is None or made is None:
            raise Damaged("the claim's statement is missing from the store", where=id)
        return Told(id, claim.written, made.id, made.written)


def _by_record(text: str) -> dict[str, Lines]:
    """The lines of several records; those of a withheld claim as it was."""
    found: dict[str, dict[str, Properties]] = {}
    for subject, properties in gather(text).items():
        record = subject.partition("#")[0]  # a part's IRI is its record's with a fragment
        if properties.get(RDF_TYPE) == _WITHHELD:
            found[record] = gather(split(properties[WITHHELD_RECORD][0])[0])
        else:
            found.setdefault(record, {})[subject] = properties
    return dict(found)


def pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items, so many at a time."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece
