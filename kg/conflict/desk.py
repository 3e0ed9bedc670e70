"""Conflicts of a workspace: kept in step at commit, told on reading."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from kg.conflict.files import File
from kg.conflict.found import Found, Pair, Side, Wanted
from kg.conflict.index import Index, Lookup, Making
from kg.conflict.judge import Judge, shown
from kg.conflict.kinship import Kinship
from kg.conflict.rules import Order, read_rules
from kg.conflict.stated import Form
from kg.conflict.topics import Matcher
from kg.conflict.verdicts import Verdicts
from kg.errors import Damaged, UsageError, WorkspaceError, WorkspaceFull
from kg.model.node import Node
from kg.model.records import Claim
from kg.paging import MAX_LIMIT, check_limit, cursor_at, no_cursor, place_of
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.store.records import Records, is_withheld

T = TypeVar("T")
_PUBLISHED = STEMMA + "published"
_CACHED = 4096
"""For how many pairs of statements it is kept how a rule joins them."""
_MANY = 500
"""From how many records in one commit on what they say is judged at once, so that no reader waits for a load."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two claims that clash: their IRIs, the kind as a word, the rule's IRI, and why."""

    a: str
    b: str
    kind: str
    because: str
    explain: str

    def as_dict(self) -> dict[str, str]:
        """The conflict for JSON."""
        return {"a": self.a, "b": self.b, "kind": self.kind, "because": self.because, "explain": self.explain}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the conflicts that are asked for.

    :param total: how many there are in all.
    :param next: the cursor of the page after this one; ``None`` on the last.
    """

    items: tuple[Conflict, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which conflicts are asked for; of several values one is enough, and none takes all.

    :param kinds: words of stemma:ConflictKind.
    :param rules: IRIs of rules.
    :param sources: IRIs of sources, on either side.
    :param claim: IRI of a claim, on either side.
    """

    kinds: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    claim: str | None = None


ALL = Asked()
"""Every conflict."""


class Conflicts:
    """Finds the conflicts between claims that are proposed or accepted.

    :param path: file of the index; ``None`` keeps it in memory.
    """

    def __init__(self, profile: Profile, records: Records, path: Path | None) -> None:
        vocabulary = profile.vocabulary
        order, kinship = Order(vocabulary), Kinship(vocabulary)
        self._vocabulary, self._records = vocabulary, records
        self._rules = read_rules(vocabulary, order)
        self._places = {rule.iri: place for place, rule in enumerate(self._rules)}
        self._judge = Judge(vocabulary, order, kinship, Form(profile.shapes.get("statement")))
        self._file = File(path)
        self._index = Index(self._file, Matcher(self._rules, order, kinship), self._judge, profile.digest)
        self._verdicts = Verdicts(self._file, self._rules, self._judge)
        self._found = Found(self._file)
        self._path = lru_cache(_CACHED)(self._steps)
        self._number = 0

    # ---- following commits

    def catch_up(self, number: int) -> None:
        """Make the index again if it is not at that commit."""
        self._number = number
        try:
            there = self._index.number
        except sqlite3.DatabaseError as fault:  # it is derived: what cannot be read is made again
            _log.warning("the index of conflicts is made again: %s", fault)
            there = None
        if there != number:
            self.rebuild(number)

    def rebuild(self, number: int) -> None:
        """Make the index again.

        :raises WorkspaceFull: if there is no room for it.
        """
        self._number = number
        claims = (self._making(c) for c in self._records.all("claim") if is_claim(c))
        try:
            with self._file.one:  # nobody reads it half made
                self._file.renew()
                self._index.rebuild(number, claims, self._lookup(()))
                self._verdicts.refresh()
        except sqlite3.DatabaseError as fault:
            raise _failed(fault) from None

    def follow(self, number: int, gone: Sequence[Node], came: Sequence[Node]) -> None:
        """Follow one commit."""
        dated = {n.id: None for n in gone if n.shape.record == "source"}
        self._index.update(
            number,
            [n.id for n in gone if n.shape.record == "claim"],
            [self._making(n) for n in came if is_claim(n)],
            {**dated, **{n.id: n.one(_PUBLISHED) for n in came if n.shape.record == "source"}}.items(),
            self._lookup(came),
        )
        self._number = number
        if len(came) >= _MANY:
            self._verdicts.refresh()

    # ---- reading

    def all(self, claim: str | None = None) -> list[Conflict]:
        """Every pair of claims that clashes, each once: contradictions before tensions of the same
        pair; sorted by the two IRIs.

        :param claim: only those of this claim.
        """
        return self._ask(lambda: self._told(self._found.pairs(Wanted(claim=claim))))

    def page(self, asked: Asked = ALL, *, limit: int = 50, cursor: str | None = None) -> Page:
        """One page of the conflicts that are asked for, sorted by the two IRIs.

        :param limit: how many, from 1 to :data:`kg.paging.MAX_LIMIT`.
        :param cursor: :attr:`Page.next` of the page before.
        :raises UsageError: if the limit, the cursor or a rule is none.
        """
        check_limit(limit)
        wanted, after = self._wanted(asked), _after(cursor)

        def read() -> Page:
            pairs = self._found.pairs(wanted, after, limit + 1)
            shown, more = pairs[:limit], len(pairs) > limit
            total = sum(self._found.count(wanted).values())
            end = cursor_at(f"{shown[-1].low} {shown[-1].high}") if more else None
            return Page(tuple(self._told(shown)), total, end)

        return self._ask(read)

    def each(self, asked: Asked = ALL) -> Iterator[Conflict]:
        """The conflicts that are asked for, sorted by the two IRIs, read a page at a time."""
        page = self.page(asked, limit=MAX_LIMIT)
        yield from page.items
        while page.next:
            page = self.page(asked, limit=MAX_LIMIT, cursor=page.next)
            yield from page.items

    def counts(self, asked: Asked = ALL) -> Mapping[tuple[str, str], int]:
        """How many conflicts are asked for, by the rule's IRI and the kind."""
        wanted = self._wanted(asked)
        found = self._ask(lambda: self._found.count(wanted))
        return {(self._rules[place].iri, kind): n for (place, kind), n in found.items()}

    def kinds(self, asked: Asked = ALL) -> Mapping[str, int]:
        """How many conflicts are asked for, by kind."""
        found: dict[str, int] = {}
        for (_, kind), n in self.counts(asked).items():
            found[kind] = found.get(kind, 0) + n
        return found

    def sources(self, asked: Asked = ALL) -> Mapping[str, int]:
        """In how many of the conflicts that are asked for each source stands."""
        wanted = self._wanted(asked)
        return self._ask(lambda: self._found.sources(wanted))

    def claims(self, asked: Asked = ALL) -> int:
        """How many claims stand in the conflicts that are asked for."""
        wanted = self._wanted(asked)
        return self._ask(lambda: self._found.claims(wanted))

    def knows(self, claim: str) -> bool:
        """Whether a claim of this IRI counts."""
        return self._ask(lambda: self._found.knows(claim))

    def close(self) -> None:
        """Let go of the index. Closing twice is no harm."""
        self._file.close()

    def _ask(self, read: Callable[[], T]) -> T:
        """What is read of the index when all that is new is judged; it is made again if it cannot be read."""
        try:
            return self._asked(read)
        except sqlite3.DatabaseError as fault:
            if _is_full(fault):
                raise _failed(fault) from None
            _log.warning("the index of conflicts is made again: %s", fault)
        self.rebuild(self._number)
        try:
            return self._asked(read)
        except sqlite3.DatabaseError as fault:
            raise _failed(fault) from None

    def _asked(self, read: Callable[[], T]) -> T:
        with self._file.one:
            self._verdicts.refresh()
            return read()

    def _wanted(self, asked: Asked) -> Wanted:
        for iri in asked.rules:
            if iri not in self._places:
                raise UsageError("there is no such rule", where=iri, hint=f"One of {', '.join(self._places)}.")
        return Wanted(asked.kinds, frozenset(self._places[iri] for iri in asked.rules), asked.sources, asked.claim)

    def _told(self, pairs: Sequence[Pair]) -> list[Conflict]:
        sides = dict(self._found.sides(iri for pair in pairs for iri in (pair.low, pair.high)))
        return [self._conflict(pair, sides) for pair in pairs]

    def _conflict(self, pair: Pair, sides: Mapping[str, Side]) -> Conflict:
        rule, left, right = self._rules[pair.rule], sides[pair.left], sides[pair.right]
        explained = f"{rule.explanation} {left.told} Against it: {right.told}{self._path(left.body, right.body)}"
        return Conflict(pair.left, pair.right, pair.kind, rule.iri, explained)

    def _steps(self, left: str, right: str) -> str:
        return self._judge.path(self._judge.form.read(left), self._judge.form.read(right))

    # ---- what the index takes from the store

    def _making(self, node: Node) -> Making:
        claim = Claim(node)
        told = shown(claim, self._vocabulary)
        return Making(claim.id, claim.statement, claim.polarity, claim.certainty, claim.source, told)

    def _lookup(self, came: Iterable[Node]) -> Lookup:
        fresh = {n.id: n for n in came if n.shape.record in ("statement", "source")}

        def statement(iri: str) -> Node:
            found = fresh.get(iri) or self._records.get(iri)
            if found is None:
                raise Damaged("a claim's statement is missing from the store", where=iri)
            return found

        def published(iri: str) -> str | None:
            found = fresh.get(iri) or self._records.get(iri)
            return found.one(_PUBLISHED) if found else None

        return Lookup(statement, published)


def is_claim(node: Node) -> bool:
    """Whether a record is a claim that counts: proposed or accepted."""
    return node.shape.record == "claim" and not is_withheld(node)


def _after(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    low, space, high = place_of(cursor).partition(" ")
    if not space:
        raise no_cursor()
    return low, high


def _is_full(fault: Exception) -> bool:
    told = str(fault).lower()
    return "disk is full" in told or os.strerror(errno.ENOSPC).lower() in told


def _failed(fault: Exception) -> WorkspaceError:
    hint = "Free some space and try again; what is in the journal is not lost."
    if _is_full(fault):
        return WorkspaceFull("there is no room to bring conflicts up to date", hint=hint)
    return WorkspaceError(f"the index of conflicts cannot be made: {fault}", hint=hint)
