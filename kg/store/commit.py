"""The one function that writes: version check, gate, journal, store, and what is derived.

Changes that wait at the same time are committed together: each is planned and judged by itself,
then one write and one sync of the journal serve them all. Two changes that touch, read or let go
of the same records never stand in one group, so each is judged on what the others left.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from threading import RLock

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.errors import Damaged, KgError, UsageError, VersionConflict, WorkspaceError, WorkspaceFull
from kg.gate.closed_world import Lookup
from kg.gate.gate import Gate
from kg.model.iris import Iris
from kg.model.node import Node
from kg.report import Finding, Report
from kg.schema.names import STEMMA
from kg.store.base import Store
from kg.store.follower import Derived, Follower
from kg.store.group import Group, Request
from kg.store.journal import Entry, Journal
from kg.store.plan import Changeset, Plan, QuadChange, Receipt, integer, plan
from kg.store.records import Records, stored_lines

COMMIT = NamedNode(STEMMA + "commit")
COMMIT_HASH = NamedNode(STEMMA + "commitHash")
SNAPSHOT = STEMMA + "snapshot"

_MOST = 64
"""How many changesets one group holds at most."""
_FAST = 10_000
"""From how many new quads on the store loads them as files of its own."""
_REPLAYED = 200_000
"""How many quads are put back at a time when a store is made again."""


class Committer:
    """Owns the journal and the store of a workspace.

    On opening, commits that the journal has and the store lacks are replayed.

    :param derived: what is kept in step with the records.
    :raises Damaged: if the store and the journal are not of one history.
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
        self._gate, self._lookup = gate, lookup
        self._mark_graph, self._base = mark_graph(iris), NamedNode(iris.base)
        self._one = RLock()
        self._waiting: deque[Request] = deque()
        self._told: list[Callable[[Entry], None]] = []
        self._applied = self._stored()
        self._follower = Follower(tuple(derived), lambda: self.number)
        self._catch_up()
        self._follower.catch_up()

    @property
    def number(self) -> int:
        """The number of the last commit that can be read."""
        return self._applied

    @property
    def admits_any(self) -> bool:
        """Whether quads are committed as they are, and not as records."""
        return self._gate.profile.admits_any

    def subscribe(self, told: Callable[[Entry], None]) -> None:
        """Have every later commit told, in order, before it is acknowledged.

        :param told: must be quick, and must not raise.
        """
        self._told.append(told)

    def commit(self, changeset: Changeset, *, dry_run: bool = False, findings: Iterable[Finding] = ()) -> Receipt:
        """Judge a changeset and make it part of the workspace.

        It is in the journal, synced, and can be read when this returns.

        :param dry_run: judge only; write nothing.
        :param findings: what was found on the way here; it counts as the gate's own.
        :raises VersionConflict: if a record changed since its base version.
        :raises Refused: if the gate finds a violation; nothing is written.
        :raises WorkspaceFull: if there is no room.
        :raises UsageError: if the workspace takes any RDF, and so no records.
        """
        if self.admits_any:
            raise UsageError("this workspace takes RDF, not records", hint="Add RDF, or make a workspace of records.")
        return self._do(Request(changeset, Report.of(findings), dry_run))

    def commit_quads(self, change: QuadChange) -> Receipt:
        """Make quads part of a workspace that takes any RDF.

        :raises VersionConflict: if something was committed since they were found.
        :raises UsageError: if the workspace takes records only.
        """
        if not self.admits_any:
            raise UsageError("this workspace takes records, not bare quads")
        with self._one:
            self._reach_store()
            if change.base != self._journal.last:
                raise VersionConflict(f"the workspace is at commit {self._journal.last}, the change on {change.base}")
            if change.removes or change.adds:
                entry = Entry(
                    self._journal.last + 1, utc_now(), change.agent, change.why, (), change.removes, change.adds
                )
                self._write([(entry, [], [])])
            return Receipt(self._journal.last)

    def note(self, agent: str, why: str) -> int:
        """Write into the journal that something was done that changes no record.

        :returns: the number of the commit.
        """
        with self._one:
            self._reach_store()
            self._write([(Entry(self._journal.last + 1, utc_now(), agent, _text(why), (), (), ()), [], [])])
            return self._journal.last

    def settle(self) -> None:
        """Wait until all that is derived has followed the last commit. Readers of it call this."""
        if self._applied != self._journal.last:
            with self._one:
                self._reach_store()
        self._follower.settle()

    def fall_behind(self) -> None:
        """Let what is derived catch up when it is read next, instead of following: many commits are to come."""
        self._follower.fall_behind()

    def rebuild(self) -> None:
        """Make all that is derived again from the records."""
        with self._one:
            self._follower.rebuild()

    def still(self) -> AbstractContextManager[bool]:
        """What to hold while nobody else may commit, as for a backup."""
        return self._one

    def close(self) -> None:
        """Let what is derived follow the last commit, then stop."""
        self._follower.close()

    # ---- one group at a time

    def _do(self, request: Request) -> Receipt:
        self._waiting.append(request)
        while not request.done:
            with self._one:  # whoever comes first leads; the others find theirs done
                if not request.done:
                    self._lead()
        if request.error is not None:
            raise request.error
        assert request.receipt is not None
        return request.receipt

    def _lead(self) -> None:
        group = Group()
        try:
            self._reach_store()
            while self._waiting and len(group.taken) < _MOST:
                request = self._waiting.popleft()
                if not self._take(request, group):
                    self._waiting.appendleft(request)
                    break
            self._write([(self._entry(r, p, i), p.gone, p.came) for i, (r, p) in enumerate(group.taken, start=1)])
        except KgError as e:
            group.fail(e)
            if not group.taken and self._waiting:
                self._waiting.popleft().fail(e)
        except BaseException as e:
            group.fail(e)
            raise
        else:
            for place, (request, made) in enumerate(group.taken):
                request.receipt = made.receipt(self._journal.last - len(group.taken) + 1 + place, request.report)
                request.done = True

    def _take(self, request: Request, group: Group) -> bool:
        """Judge one request and put it into the group, unless it must wait for the next one.

        :returns: whether it is done with, or in the group.
        """
        try:
            number = self._journal.last + 1 + len(group.taken)
            try:
                made = plan(request.changeset.changes, self._records, number)
            except VersionConflict as conflict:
                if group.taken:  # what stands in the group may be what it waits for
                    return False
                request.told.raise_for_violations()  # what is no record has no version to speak of
                raise conflict
            if not group.admits(made):
                return False
            judged = self._gate.judge([*made.came, *self._dependents(made)], self._lookup)
            request.report = Report.of((*request.told.findings, *judged.findings))
            request.report.raise_for_violations()
            if made.writes and not request.dry_run:
                group.take(request, made)
            else:
                request.receipt = made.receipt(self._journal.last, request.report)
                request.done = True
        except BaseException as e:
            request.fail(e)
            if not isinstance(e, Exception):
                raise
        return True

    def _dependents(self, made: Plan) -> list[Node]:
        """The claims that stand in a snapshot which changes: they must still hold."""
        changed = [c.node.id for c in made.writes if c.node.shape.record == "snapshot" and c.base]
        claims = {claim for iri in changed for claim in self._records.subjects(SNAPSHOT, iri)}
        found = (self._records.get(iri) for iri in sorted(claims - {n.id for n in made.came}))
        return [n for n in found if n is not None]

    # ---- writing

    def _entry(self, request: Request, made: Plan, place: int) -> Entry:
        old, new = ({line for n in nodes for line in stored_lines(n)} for nodes in (made.gone, made.came))
        return Entry(
            number=self._journal.last + place,
            at=utc_now(),
            agent=request.changeset.agent,
            why=_text(request.changeset.why),
            touched=made.touched(),
            removes=tuple(sorted(old - new)),
            adds=tuple(sorted(new - old)),
        )

    def _write(self, group: Sequence[tuple[Entry, Sequence[Node], Sequence[Node]]]) -> None:
        if not group:
            return
        entries = [entry for entry, _, _ in group]
        self._store.check_room(sum(len(q) for e in entries for q in (*e.removes, *e.adds)))
        self._journal.append(*entries)
        try:
            self._apply(entries)
        except WorkspaceError as e:
            hint = "It stands as soon as there is space; sending it again does no harm."
            raise WorkspaceFull(f"it is in the journal, but {e.message}", where=e.where, hint=hint) from None
        self._follower.follow([(e.number, gone, came) for e, gone, came in group])

    def _apply(self, entries: Sequence[Entry]) -> None:
        """Make the store as the journal says; it is one update, also for a group."""
        lines = [line for e in entries for line in e.adds]
        removes = [q for e in entries for q in _quads(e.removes)]
        last = entries[-1].number
        if not removes and len(lines) > _FAST and not self._gate.profile.admits_any:
            self._store.load_lines(lines)  # the mark comes last, so that what is cut short is done again
            lines = []
        adds = _quads(lines)
        marks = list(self._store.quads(graph=self._mark_graph))
        self._store.apply([*removes, *marks], [*adds, *self._marks(last)])
        self._applied = last
        for entry in entries:
            for told in self._told:
                told(entry)

    def _stored(self) -> int:
        """The number of the last commit that the store has."""
        number = stored_number(self._store, self._mark_graph)
        held = [str(q.object.value) for q in self._store.quads(predicate=COMMIT_HASH, graph=self._mark_graph)]  # type: ignore[union-attr]
        if number > self._journal.last or (number and held != [self._journal.hash_of(number)]):
            raise Damaged(
                f"the store is at commit {number}, which the journal does not have",
                hint="Restore the workspace from a backup, or move its store/ away to make it from the journal.",
            )
        return number

    def _reach_store(self) -> None:
        """Bring a store that could not take the last commit up to the journal."""
        if self._applied != self._journal.last:
            self._store.reopen()
            self._applied = self._stored()
            self._catch_up()
            self._follower.fall_behind()

    def _catch_up(self) -> None:
        """Replay what the journal has and the store lacks."""
        if self._applied == 0 and self._journal.last > 1:
            self._make_again()
        for entry in self._journal.entries(after=self._applied):
            self._apply([entry])

    def _make_again(self) -> None:
        """Fill an empty store fast; the mark comes last, so that what is cut short begins anew."""
        waiting: list[Quad] = []
        number = 0
        for entry in self._journal.entries():
            if entry.removes or len(waiting) > _REPLAYED:
                self._store.load(waiting)
                waiting = []
            if entry.removes:
                self._store.apply(_quads(entry.removes), _quads(entry.adds))
            else:
                waiting.extend(_quads(entry.adds))
            number = entry.number
        self._store.load(waiting)
        self._store.apply([], self._marks(number))
        self._applied = number

    def _marks(self, number: int) -> list[Quad]:
        name = Literal(self._journal.hash_of(number))
        return [
            Quad(self._base, COMMIT, integer(number), self._mark_graph),
            Quad(self._base, COMMIT_HASH, name, self._mark_graph),
        ]


def mark_graph(iris: Iris) -> NamedNode:
    """Name of the graph in which the store keeps the number of its last commit."""
    return NamedNode(iris.of("graph", "commit"))


def stored_number(store: Store, graph: NamedNode) -> int:
    """The number of the last commit that a store has."""
    known = [int(q.object.value) for q in store.quads(predicate=COMMIT, graph=graph)]  # type: ignore[union-attr]
    return max(known, default=0)


def _text(why: str) -> str:
    return why.encode("utf-8", "replace").decode("utf-8")  # a file's name may be no text


def _quads(lines: Iterable[str]) -> list[Quad]:
    try:
        return list(parse(input="".join(lines), format=RdfFormat.N_QUADS))
    except (SyntaxError, ValueError) as e:  # the chain holds, so they were written so
        hint = "Restore the workspace from a backup; do not edit the journal."
        raise Damaged(f"the journal holds what are no quads: {e}", hint=hint) from None


def utc_now() -> str:
    """The time in UTC to the second, as xsd:dateTime."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
