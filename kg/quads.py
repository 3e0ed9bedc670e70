"""A workspace as SPARQL and the Graph Store Protocol see it: quads to ask, and quads that go and come.

Nothing that is asked runs in this process: texts are evaluated by workers on copies. What an update
or a graph store call comes down to is a change of quads, which goes the one way in: as records
through the gate, or, where any RDF is admitted, as quads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Unpack

from pyoxigraph import Quad

from kg.access.conduct import own_interests
from kg.door import changes, delete_graph, graph_quads, post_graph, put_graph, put_quads, quad_change
from kg.errors import NotFound
from kg.history import History
from kg.model.iris import Iris
from kg.profile import Profile
from kg.sparql.answer import Answer, Asking, At, Dataset, Delta, Limits
from kg.sparql.ledger import MARKS
from kg.sparql.pool import Pool
from kg.store.commit import Committer, mark_graph, utc_now
from kg.store.oxigraph import OxigraphStore
from kg.store.plan import Receipt
from kg.store.records import Records

_TRIES = 4
"""How often an update is evaluated anew because others commit; then they wait for it."""

Lines = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Quads:
    """The quads of a workspace.

    :param folder: where the workers' copies lie.
    :param software: IRI of the agent in whose name is written what nobody signs.
    """

    profile: Profile
    iris: Iris
    store: OxigraphStore
    records: Records
    committer: Committer
    history: History
    folder: Path
    software: str

    @cached_property
    def pool(self) -> Pool:
        """The workers; they start with the first question."""
        with self.committer.still():  # no commit falls between the number and the subscription
            pool = Pool(
                self.store,
                self.committer.number,
                self.folder.resolve(),  # workers stand in other folders
                union=not self.profile.admits_any,
                prefixes={} if self.profile.admits_any else self.profile.prefixes.namespaces,
                mark=mark_graph(self.iris),
            )
            self.committer.subscribe(pool.follow)
        return pool

    def ask(self, text: str, *, at: int | None = None, **asking: Unpack[Asking]) -> Answer:
        """Answer a query. See :meth:`kg.sparql.pool.Pool.ask`.

        :param at: number of the commit to be asked; default: the last one.
        """
        earlier = At(at, lambda last: self.history.changes_between(at, last)) if at is not None else None
        return self.pool.ask(text, at=earlier, **asking)

    def update(
        self,
        text: str,
        *,
        agent: str | None,
        why: str = "SPARQL UPDATE",
        dataset: Dataset = Dataset(),  # noqa: B008
        limits: Limits = Limits(),  # noqa: B008
        base: str | None = None,
    ) -> Receipt:
        """Make the change that a SPARQL UPDATE asks for.

        :param agent: IRI of who asks; ``None`` for this software.
        :raises QueryError: if it is no update, or not allowed.
        :raises Refused: if the gate finds a violation; nothing is written.
        """
        return self._commit(lambda: self.pool.update(text, dataset=dataset, limits=limits, base=base), agent, why)

    # ---- one graph

    def graph_get(self, name: str | None) -> list[Quad] | None:
        """The quads of a graph; ``None`` if there is no such graph, or if it is the store's own.

        :param name: its IRI, or ``None`` for the default graph.
        """
        if name in (MARKS.value, mark_graph(self.iris).value):
            return None
        return graph_quads(self.store, name)

    def graph_put(self, name: str | None, quads: Iterable[Quad], *, agent: str | None, why: str = "PUT") -> Receipt:
        """Make a graph hold these quads and no others."""
        given = list(quads)
        return self._commit(self._found(lambda: put_graph(self.store, name, given)), agent, why)

    def graph_post(self, name: str | None, quads: Iterable[Quad], *, agent: str | None, why: str = "POST") -> Receipt:
        """Make a graph hold these quads too."""
        given = list(quads)
        return self._commit(self._found(lambda: post_graph(self.store, name, given)), agent, why)

    def graph_delete(self, name: str | None, *, agent: str | None, why: str = "DELETE") -> Receipt:
        """Let a graph go.

        :raises NotFound: if there is no such graph.
        """

        def gone() -> Lines:
            found = delete_graph(self.store, name)
            if found is None:
                raise NotFound("there is no such graph", where=name or "the default graph")
            return found

        return self._commit(self._found(gone), agent, why)

    def add(self, quads: Sequence[Quad], *, agent: str | None, why: str, dry_run: bool = False) -> Receipt:
        """Take quads of any graphs, where any RDF is admitted.

        :param dry_run: judge only.
        """
        if dry_run:
            quad_change(*put_quads(self.store, quads), self.store, self.iris, agent="", why=why, base=0)
            return Receipt(self.committer.number)
        return self._commit(self._found(lambda: put_quads(self.store, quads)), agent, why)

    def close(self) -> None:
        """End the workers. Closing twice is no harm."""
        if "pool" in self.__dict__:
            self.pool.close()
        with suppress(OSError):
            self.folder.rmdir()

    # ---- the way in

    def _found(self, lines: Callable[[], Lines]) -> Callable[[], Delta]:
        """A change found in this process, on the state that it tells."""

        def found() -> Delta:
            with self.committer.still():
                return Delta(*lines(), self.committer.number)

        return found

    def _commit(self, evaluate: Callable[[], Delta], agent: str | None, why: str) -> Receipt:
        who = agent or self.software
        for _ in range(_TRIES):
            delta = evaluate()
            with self.committer.still():
                if self.committer.number == delta.number:
                    return self._taken(delta, who, why)
        with self.committer.still():  # the others do not stop, so they wait
            return self._taken(evaluate(), who, why)

    def _taken(self, delta: Delta, agent: str, why: str) -> Receipt:
        if self.profile.admits_any:
            lines = delta.removes, delta.adds
            return self.committer.commit_quads(
                quad_change(*lines, self.store, self.iris, agent=agent, why=why, base=delta.number)
            )
        changeset, findings = changes(
            delta.removes,
            delta.adds,
            self.store,
            self.records,
            self.profile,
            self.iris,
            agent=agent,
            at=utc_now(),
            why=why,
        )
        stated = own_interests((c.node for c in changeset.changes), agent)
        return self.committer.commit(changeset, findings=[*findings, *stated])
