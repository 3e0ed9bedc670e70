"""Changesets on their way: what each waits for, and which can be written together."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.report import Report
from kg.store.plan import STATEMENT, Changeset, Plan, Receipt


@dataclass
class Request:
    """A changeset on its way.

    :param told: what was found before it came here.
    :param report: what the gate said too; ``receipt``, or ``error``, is what came of it.
    """

    changeset: Changeset
    told: Report
    dry_run: bool
    report: Report = field(default_factory=Report)
    receipt: Receipt | None = None
    error: BaseException | None = None
    done: bool = False

    def fail(self, error: BaseException) -> None:
        """Be done, with an error."""
        self.error, self.done = error, True


@dataclass
class Group:
    """Changesets that are written together, and what they hold on to."""

    taken: list[tuple[Request, Plan]] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    stated: set[str] = field(default_factory=set)
    alone: bool = False

    def admits(self, made: Plan) -> bool:
        """Whether a plan has nothing to do with those in the group.

        Sources and snapshots bear on claims that do not name them in their change, so a change of
        one stands alone.
        """
        if not self.taken:
            return True
        return not (self.alone or _stands_alone(made) or _reads(made) & self.written or _left(made) & self.stated)

    def take(self, request: Request, made: Plan) -> None:
        """Have a request written with the group."""
        self.taken.append((request, made))
        self.written |= {n.id for n in (*made.came, *made.gone)}
        self.stated |= {s for n in made.came if (s := n.one(STATEMENT))}
        self.alone = _stands_alone(made)

    def fail(self, error: BaseException) -> None:
        """Have all of it fail."""
        for request, _ in self.taken:
            request.fail(error)


def _stands_alone(made: Plan) -> bool:
    return any(n.shape.record not in ("claim", "statement") for n in made.came)


def _reads(made: Plan) -> set[str]:
    """Every record that a plan writes, or may look at."""
    nodes = (*made.came, *made.gone)
    return {n.id for n in nodes} | {iri for n in nodes for _, iri in n.iris()}


def _left(made: Plan) -> set[str]:
    """The statements that its claims made before."""
    return {s for n in made.before if (s := n.one(STATEMENT))}
