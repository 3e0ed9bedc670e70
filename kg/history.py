"""The history of a workspace: what a commit did, what changed between two, and taking one back.

Everything is read from the journal. The state of a record at a commit is what the store holds now
with the later commits undone, newest first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.errors import NotFound, UsageError, VersionConflict
from kg.model.node import Node
from kg.review import Decision, decide
from kg.schema.names import STEMMA, local_name
from kg.schema.vocabulary import Vocabulary
from kg.store.base import Store
from kg.store.commit import Committer, utc_now
from kg.store.journal import Entry, Journal
from kg.store.plan import VERSION, Change, Changeset, QuadChange, Receipt, without_version
from kg.store.records import Records

STATEMENT = STEMMA + "statement"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True, slots=True)
class Edit:
    """What became of one record.

    :param before: its version before, ``after``: after; 0 if there was, or is, none.
    :param changes: property to the values that went and the values that came, as N-Triples terms.
    """

    id: str
    record: str
    before: int
    after: int
    changes: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

    def as_dict(self) -> dict[str, Any]:
        """The edit for JSON."""
        told = {name: {"removed": list(gone), "added": list(came)} for name, (gone, came) in self.changes.items()}
        return {"id": self.id, "record": self.record, "before": self.before, "after": self.after, "changes": told}


@dataclass(frozen=True)
class History:
    """Reads the journal of a workspace, and takes commits back."""

    journal: Journal
    store: Store
    records: Records
    committer: Committer
    vocabulary: Vocabulary

    def number(self, when: str) -> int:
        """The number of a commit, by itself or as of a time.

        :param when: ``12``, a date (its last commit), or a date and time (ISO 8601; UTC unless said).
        :raises NotFound: if there is no such commit.
        :raises UsageError: if it is neither.
        """
        if when.isdecimal():
            number = int(when)
        else:
            limit = _time(when)
            number = max((e.number for e in self.journal.entries() if _time(e.at) <= limit), default=0)
        if not 0 <= number <= self.journal.last:
            raise NotFound("there is no such commit", where=when, hint=f"The last one is {self.journal.last}.")
        return number

    def entry(self, number: int) -> Entry:
        """One commit as the journal has it.

        :raises NotFound: if there is none.
        """
        if not 1 <= number <= self.journal.last:
            hint = f"They run from 1 to {self.journal.last}." if self.journal.last else "Nothing was committed yet."
            raise NotFound("there is no such commit", where=str(number), hint=hint)
        return self.journal.entry(number)

    def show(self, number: int) -> list[Edit]:
        """What one commit did, record by record."""
        self.entry(number)
        return self.diff(number - 1, number)

    def diff(self, old: int, new: int) -> list[Edit]:
        """What changed from one commit to another, record by record, sorted by IRI.

        :param new: it may lie before ``old``; then it tells what taking back would do.
        """
        if old > new:
            back = self.diff(new, old)
            return [
                Edit(e.id, e.record, e.after, e.before, {p: (c, g) for p, (g, c) in e.changes.items()}) for e in back
            ]
        net: dict[str, int] = defaultdict(int)
        for entry in self.journal.entries(old, new):
            for line in entry.removes:
                net[line] -= 1
            for line in entry.adds:
                net[line] += 1
        gone, came = ([line for line, n in net.items() if n == sign] for sign in (-1, 1))
        went, arrived = _by_graph(gone), _by_graph(came)
        changed = went.keys() | arrived.keys()
        after = self._states(set(changed), new)
        before = {g: (quads | went[g]) - arrived[g] for g, quads in after.items()}
        return [_edit(g, self.records.read(g, before[g]), self.records.read(g, after[g])) for g in sorted(changed)]

    def changes_between(self, old: int, new: int) -> Iterator[Entry]:
        """The commits after one up to another, newest first: what must be undone to be there again."""
        for number in range(new, old, -1):
            yield self.journal.entry(number)

    def revert(self, number: int, *, agent: str, why: str = "") -> Receipt:
        """Take a commit back by a new one: edits are undone, and claims that it brought are retracted.

        Sources and snapshots that it brought stay: others may stand on them. Where any RDF is admitted,
        the quads that came go, and those that went come.

        :param agent: IRI of who takes it back.
        :raises VersionConflict: if a record of it was changed again since.
        :raises Refused: if the gate does not let the earlier state stand.
        """
        entry = self.entry(number)
        if self.committer.admits_any:
            return self._revert_quads(entry, agent, why or f"revert {number}")
        ids = {t.id for t in entry.touched if t.record != "statement"}
        after = {i: self.records.read(i, quads) for i, quads in self._states(ids, number).items()}
        before = {i: self.records.read(i, quads) for i, quads in self._states(ids, number - 1).items()}
        changes: list[Change] = []
        for id in sorted(ids):
            now, was, made = self.records.get(id), before[id], after[id]
            if now is None or made is None or without_version(now) != without_version(made):
                hint = "Take the later commits back first, or edit the record."
                raise VersionConflict(f"the record was changed again after commit {number}", where=id, hint=hint)
            base = int(now.one(VERSION) or 0)
            if was is not None:
                changes.append(Change(was, base, exact=True))
                changes.extend(self._statement(was, number - 1))
            elif now.shape.record == "claim":
                decision = Decision("retracted", agent, utc_now(), "reverted", f"commit {number} was taken back")
                changes.append(Change(decide(now, decision, self.vocabulary), base, exact=True))
        return self.committer.commit(Changeset(changes, agent, why or f"revert {number}"))

    def _revert_quads(self, entry: Entry, agent: str, why: str) -> Receipt:
        base = self.committer.number
        gone, came = (list(parse(input="".join(t), format=RdfFormat.N_QUADS)) for t in (entry.removes, entry.adds))
        changed = next((q for q in came if not self.store.has(q)), None) or next(filter(self.store.has, gone), None)
        if changed is not None:
            hint = "Take the later commits back first."
            raise VersionConflict(
                f"this changed again after commit {entry.number}", where=str(changed)[:200], hint=hint
            )
        return self.committer.commit_quads(QuadChange(entry.adds, entry.removes, agent, why, base))

    def _statement(self, claim: Node, number: int) -> list[Change]:
        """The statement that a claim made at a commit; it may be gone by now."""
        iri = claim.one(STATEMENT)
        if iri is None:
            return []
        node = self.records.read(iri, self._states({iri}, number)[iri])
        return [Change(node)] if node is not None else []

    def _states(self, graphs: set[str], number: int) -> dict[str, set[Quad]]:
        """The quads of graphs as they were at a commit."""
        states = {g: set(self.store.quads(graph=NamedNode(g))) for g in graphs}
        for entry in self.changes_between(number, self.journal.last):
            came, went = _by_graph(entry.adds), _by_graph(entry.removes)
            for g in graphs & (came.keys() | went.keys()):
                states[g] = (states[g] - came[g]) | went[g]
        return states


def _edit(id: str, before: Node | None, after: Node | None) -> Edit:
    node = after or before
    old, new = _facts(before), _facts(after)
    changes = {}
    for name in sorted(old.keys() | new.keys()):
        gone, came = old.get(name, set()) - new.get(name, set()), new.get(name, set()) - old.get(name, set())
        if gone or came:
            changes[name] = tuple(sorted(gone)), tuple(sorted(came))
    record = str(node.shape.record) if node is not None else ""
    return Edit(id, record, _version(before), _version(after), changes)


def _facts(node: Node | None) -> dict[str, set[str]]:
    """Property, or part and property, to its values."""
    facts: dict[str, set[str]] = defaultdict(set)
    for quad in node.quads() if node is not None else ():
        part = quad.subject.value.removeprefix(node.id)  # type: ignore[union-attr]
        facts[part + (" " if part else "") + local_name(quad.predicate.value)].add(str(quad.object))
    return facts


def _version(node: Node | None) -> int:
    return 0 if node is None else int(node.one(VERSION) or 1)


def _by_graph(lines: Iterable[str]) -> dict[str, set[Quad]]:
    """Quads by the name of their graph; those of the default graph are no record's."""
    found: dict[str, set[Quad]] = defaultdict(set)
    for quad in parse(input="".join(lines), format=RdfFormat.N_QUADS):
        if isinstance(quad.graph_name, NamedNode):
            found[quad.graph_name.value].add(quad)
    return found


def _time(text: str) -> datetime:
    whole = f"{text}T23:59:59Z" if _DAY.match(text) else text
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        hint = "Write 12, 2026-01-31 or 2026-01-31T12:00:00Z."
        raise UsageError("this is neither the number of a commit nor a date", where=text, hint=hint) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
