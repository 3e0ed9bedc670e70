"""What a changeset really writes: new versions, records that stay as they are, statements that go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode

from kg.errors import VersionConflict
from kg.model.node import Node
from kg.report import Report
from kg.schema.names import STEMMA, XSD
from kg.store.journal import Touched
from kg.store.records import Records

VERSION = STEMMA + "version"
STATEMENT = STEMMA + "statement"
REGISTERED = STEMMA + "registered"


@dataclass(frozen=True)
class Change:
    """One record as it should be.

    :param node: the record with its new values; its version is set by the commit.
    :param base: the version it was made on; ``None`` for a record that is new.
    :param keep: keep the version and the place in history that a new record brings along.
    :param exact: take the review of a record that is there as it stands in the node.
    """

    node: Node
    base: int | None = None
    keep: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Changeset:
    """Changes that are made together or not at all."""

    changes: Sequence[Change]
    agent: str
    why: str


@dataclass(frozen=True)
class QuadChange:
    """Quads that come and go together, in a workspace that takes any RDF.

    :param removes: canonical N-Quads lines; ``adds``: likewise.
    :param base: number of the commit on which they were found.
    """

    removes: tuple[str, ...]
    adds: tuple[str, ...]
    agent: str
    why: str
    base: int


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


@dataclass
class Plan:
    """Which records a changeset really writes, and what was there before."""

    writes: list[Change] = field(default_factory=list)
    before: list[Node] = field(default_factory=list)
    let_go: list[Node] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    @property
    def came(self) -> list[Node]:
        """The records as they will be."""
        return [c.node for c in self.writes]

    @property
    def gone(self) -> list[Node]:
        """The records that were there before, and those that go."""
        return [*self.before, *self.let_go]

    def touched(self) -> tuple[Touched, ...]:
        """The records that are written, without the statements that come with claims."""
        return tuple(
            Touched(c.node.id, str(c.node.shape.record), c.base or 0, _version(c.node))
            for c in self.writes
            if c.node.shape.record != "statement"
        )

    def receipt(self, number: int, report: Report) -> Receipt:
        """What it does, as the commit of that number."""
        touched = self.touched()
        return Receipt(
            number=number,
            added=tuple(t.id for t in touched if not t.before),
            changed=tuple(t.id for t in touched if t.before),
            same=tuple(self.same),
            report=report,
        )


def plan(changes: Iterable[Change], records: Records, number: int) -> Plan:
    """Find out what changes would write.

    :param number: that of the commit to be.
    :raises VersionConflict: if a record changed since its base version.
    """
    made = Plan()
    for change in {c.node.id: c for c in changes}.values():
        before = records.get(change.node.id)
        if before is None:
            made.writes.append(Change(_numbered(change, None, records, number), 0))
        elif _same(before, change):
            if before.shape.record != "statement":
                made.same.append(change.node.id)
        else:
            _check_base(before, change)
            made.writes.append(Change(_numbered(change, before, records, number), _version(before)))
            made.before.append(before)
    made.let_go.extend(_statements_left(made, records))
    return made


def without_version(node: Node) -> Node:
    """A record but for the number of its version."""
    return Node.of(node.id, node.shape, {p: v for p, v in node.values.items() if p != VERSION})


def integer(number: int) -> Literal:
    """A number as a literal."""
    return Literal(str(number), datatype=NamedNode(XSD + "integer"))


def _version(node: Node) -> int:
    return int(node.one(VERSION) or 0)


def _numbered(change: Change, before: Node | None, records: Records, number: int) -> Node:
    """The record with its new version and, for a snapshot, its place among those of its source."""
    node = change.node
    values = dict(node.values)
    if node.shape.record != "statement" and not (change.keep and before is None and _version(node)):
        values[VERSION] = (integer(_version(before) + 1 if before else 1),)
    if node.shape.field(REGISTERED):
        if before is not None:
            values[REGISTERED] = before.values[REGISTERED]
        elif not (change.keep and node.one(REGISTERED)):
            values[REGISTERED] = (integer(max(number, 1 + _registered(node, records))),)
    return Node.of(node.id, node.shape, values)


def _registered(snapshot: Node, records: Records) -> int:
    """The last place among the snapshots of the same sources."""
    owners = snapshot.atoms(STEMMA + "ofSource")
    others = (records.get(iri) for owner in owners for iri in records.snapshots_of(owner))
    return max((int(o.one(REGISTERED) or 0) for o in others if o), default=0)


def _same(before: Node, change: Change) -> bool:
    """Whether a record would not change: same content, and no decision that differs."""
    after = change.node
    if change.exact:
        return without_version(before) == without_version(after)
    if before.content() != after.content():
        return False
    status = STEMMA + "reviewStatus"
    wanted = after.one(status)
    return wanted in (None, before.one(status)) or wanted == STEMMA + "proposed"


def _check_base(before: Node, change: Change) -> None:
    version = _version(before)
    if before.shape.record == "statement" or change.base == version:
        return
    base = "none is given" if change.base is None else f"the change was made on version {change.base}"
    raise VersionConflict(
        f"the record is at version {version}; {base}",
        where=change.node.id,
        hint=f"Read it again and send the edit with version {version}.",
    )


def _statements_left(made: Plan, records: Records) -> list[Node]:
    """Statements that nothing claims any more go with the last claim that made them."""
    claims = [n for n in made.came if n.shape.record == "claim"]
    used = {c.one(STATEMENT) for c in claims}
    left = {b.one(STATEMENT) for b in made.before if b.shape.record == "claim"} - used
    mine = {c.id for c in claims}
    found = ((iri, records.get(iri)) for iri in sorted(s for s in left if s))
    return [node for iri, node in found if node is not None and set(records.claims_of(iri)) <= mine]
