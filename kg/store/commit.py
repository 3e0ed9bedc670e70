"""The one function that writes: version check, gate, journal, store, and what is derived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.errors import Damaged, VersionConflict
from kg.gate.closed_world import Lookup
from kg.gate.gate import Gate
from kg.model.iris import Iris
from kg.model.node import Node
from kg.report import Finding, Report
from kg.schema.names import STEMMA, XSD
from kg.store.base import Store
from kg.store.journal import Entry, Journal, Touched
from kg.store.records import Records, stored

COMMIT = NamedNode(STEMMA + "commit")
VERSION = STEMMA + "version"
STATEMENT = STEMMA + "statement"
SNAPSHOT = STEMMA + "snapshot"
REGISTERED = STEMMA + "registered"


@dataclass(frozen=True)
class Change:
    """One record as it should be.

    :param node: the record with its new values; its version is set by the commit.
    :param base: the version it was made on; ``None`` for a record that is new.
    """

    node: Node
    base: int | None = None


@dataclass(frozen=True)
class Changeset:
    """Changes that are made together or not at all."""

    changes: Sequence[Change]
    agent: str
    why: str


@dataclass(frozen=True)
class Receipt:
    """What a commit did.

    :param number: the commit's number; the last one's if nothing changed.
    :param added: IRIs of new records; ``changed``: of edited ones; ``same``: of those that were
        already so.
    """

    number: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    report: Report = field(default_factory=Report)


class Derived(Protocol):
    """Something that follows from the records and is kept in step with them."""

    def catch_up(self, number: int) -> None:
        """On opening: be as of that commit."""

    def follow(self, number: int, gone: Sequence[Node], came: Sequence[Node]) -> None:
        """After a commit: the nodes that went, and the nodes that came."""


class Committer:
    """Owns the journal and the store of a workspace.

    On opening, commits that the journal has and the store lacks are replayed.

    :param derived: what is kept in step with the records.
    :raises Damaged: if the store is ahead of the journal.
    """

    def __init__(
        self,
        store: Store,
        journal: Journal,
        records: Records,
        gate: Gate,
        iris: Iris,
        lookup: Lookup,
        derived: Iterable[Derived] = (),
    ) -> None:
        self._store, self._journal, self._records = store, journal, records
        self._gate, self._iris, self._lookup = gate, iris, lookup
        self._derived = tuple(derived)
        self._one = Lock()
        self._applied = self._stored()
        self._catch_up()

    @property
    def number(self) -> int:
        """The number of the last commit."""
        return self._journal.last

    def commit(self, changeset: Changeset, *, dry_run: bool = False, findings: Iterable[Finding] = ()) -> Receipt:
        """Judge a changeset and make it part of the workspace, one at a time.

        It is in the journal, synced, when this returns.

        :param dry_run: judge only; write nothing.
        :param findings: what was found on the way here; it counts as the gate's own.
        :raises VersionConflict: if a record changed since its base version.
        :raises Refused: if the gate finds a violation; nothing is written.
        """
        with self._one:
            return self._commit(changeset, Report.of(findings), dry_run=dry_run)

    def _commit(self, changeset: Changeset, told: Report, *, dry_run: bool) -> Receipt:
        if self._applied != self._journal.last:  # the store could not take the last commit
            self._catch_up()
        try:
            plan = self._plan(changeset.changes)
        except VersionConflict:
            told.raise_for_violations()  # what is no record has no version to speak of
            raise
        judged = self._gate.judge([*(c.node for c in plan.writes), *self._dependents(plan)], self._lookup)
        report = Report.of((*told.findings, *judged.findings))
        report.raise_for_violations()
        number = self._journal.last
        if plan.writes and not dry_run:
            number = self._write(changeset, plan)
        touched = plan.touched()
        return Receipt(
            number=number,
            added=tuple(t.id for t in touched if not t.before),
            changed=tuple(t.id for t in touched if t.before),
            same=tuple(plan.same),
            report=report,
        )

    # ---- planning

    def _plan(self, changes: Sequence[Change]) -> _Plan:
        plan = _Plan(self._journal.last + 1)
        for change in _last_of_each(changes):
            before = self._records.get(change.node.id)
            if before is None:
                plan.add(change.node, None)
            elif _same(before, change.node):
                if before.shape.record != "statement":
                    plan.same.append(change.node.id)
            else:
                self._check_base(before, change)
                plan.add(change.node, before)
        plan.let_go_of_statements(self._records)
        return plan

    def _dependents(self, plan: _Plan) -> list[Node]:
        """The claims that stand in a snapshot which changes: they must still hold."""
        changed = [c.node.id for c in plan.writes if c.node.shape.record == "snapshot" and c.base]
        claims = {claim for iri in changed for claim in self._records.subjects(SNAPSHOT, iri)}
        found = (self._records.get(iri) for iri in sorted(claims - {c.node.id for c in plan.writes}))
        return [n for n in found if n is not None]

    def _check_base(self, before: Node, change: Change) -> None:
        version = int(before.one(VERSION) or 0)
        if before.shape.record == "statement" or change.base == version:
            return
        base = "none is given" if change.base is None else f"the change was made on version {change.base}"
        raise VersionConflict(
            f"the record is at version {version}; {base}",
            where=change.node.id,
            hint=f"Read it again and send the edit with version {version}.",
        )

    # ---- writing

    def _write(self, changeset: Changeset, plan: _Plan) -> int:
        gone = [*plan.before, *plan.let_go]
        came = [c.node for c in plan.writes]
        old, new = {q for n in gone for q in stored(n)}, {q for n in came for q in stored(n)}
        removes, adds = sorted(map(nquad, old - new)), sorted(map(nquad, new - old))
        entry = Entry(
            number=self._journal.last + 1,
            at=utc_now(),
            agent=changeset.agent,
            why=changeset.why.encode("utf-8", "replace").decode("utf-8"),  # a file's name may be no text
            touched=plan.touched(),
            removes=tuple(removes),
            adds=tuple(adds),
        )
        self._journal.append(entry)
        self._apply(entry)
        for each in self._derived:
            each.follow(entry.number, gone, came)
        return entry.number

    def _apply(self, entry: Entry) -> None:
        self._store.apply(
            [*_quads(entry.removes), *([self._mark(entry.number - 1)] if entry.number > 1 else [])],
            [*_quads(entry.adds), self._mark(entry.number)],
        )
        self._applied = entry.number

    def _stored(self) -> int:
        """The number of the last commit that the store has."""
        known = [int(q.object.value) for q in self._store.quads(predicate=COMMIT)]  # type: ignore[union-attr]
        stored = max(known, default=0)
        if stored > self._journal.last:
            raise Damaged(
                f"the store is at commit {stored}, the journal ends at {self._journal.last}",
                hint="Restore the workspace from a backup; commits are missing from the journal.",
            )
        return stored

    def _catch_up(self) -> None:
        """Replay what the journal has and the store lacks."""
        for entry in self._journal.entries(after=self._applied):
            self._apply(entry)
        for each in self._derived:
            each.catch_up(self._journal.last)

    def _mark(self, number: int) -> Quad:
        base = NamedNode(self._iris.base)
        return Quad(base, COMMIT, _integer(number), NamedNode(self._iris.of("graph", "commit")))


@dataclass
class _Plan:
    """Which records a changeset really writes, and what was there before."""

    number: int
    writes: list[Change] = field(default_factory=list)
    before: list[Node] = field(default_factory=list)
    let_go: list[Node] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    def add(self, node: Node, before: Node | None) -> None:
        version = int(before.one(VERSION) or 0) if before else 0
        if node.shape.record != "statement":
            node = Node.of(node.id, node.shape, {**node.values, VERSION: (_integer(version + 1),)})
        if node.shape.field(REGISTERED):
            registered = before.values[REGISTERED] if before else (_integer(self.number),)
            node = Node.of(node.id, node.shape, {**node.values, REGISTERED: registered})
        self.writes.append(Change(node, version))
        if before is not None:
            self.before.append(before)

    def let_go_of_statements(self, records: Records) -> None:
        """Statements that nothing claims any more go with the last claim that made them."""
        claims = [c.node for c in self.writes if c.node.shape.record == "claim"]
        used = {c.one(STATEMENT) for c in claims}
        left = {b.one(STATEMENT) for b in self.before if b.shape.record == "claim"} - used
        mine = {c.id for c in claims}
        for statement in sorted(s for s in left if s):
            node = records.get(statement)
            if node is not None and set(records.claims_of(statement)) <= mine:
                self.let_go.append(node)

    def touched(self) -> tuple[Touched, ...]:
        """The records that are written, without the statements that come with claims."""
        return tuple(
            Touched(c.node.id, str(c.node.shape.record), c.base or 0, (c.base or 0) + 1)
            for c in self.writes
            if c.node.shape.record != "statement"
        )


def _same(before: Node, after: Node) -> bool:
    """Whether a record would not change: same content, and no decision that differs."""
    if before.content() != after.content():
        return False
    status = STEMMA + "reviewStatus"
    wanted = after.one(status)
    return wanted in (None, before.one(status)) or wanted == STEMMA + "proposed"


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(XSD + "integer"))


def _last_of_each(changes: Sequence[Change]) -> list[Change]:
    return list({c.node.id: c for c in changes}.values())


def _quads(lines: Iterable[str]) -> list[Quad]:
    return list(parse(input="".join(lines), format=RdfFormat.N_QUADS))


def nquad(quad: Quad) -> str:
    """One canonical N-Quads line."""
    return f"{quad.subject} {quad.predicate} {quad.object} {quad.graph_name} .\n"


def utc_now() -> str:
    """The time in UTC to the second, as xsd:dateTime."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
