"""Writes the columns and the texts: from all records, or from those that a commit touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from kg.document.anchor import Anchor
from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.records import Claim, Snapshot
from kg.profile import Profile
from kg.projection.columns import Columns
from kg.projection.reader import stood
from kg.projection.rows import Maker, title, words
from kg.projection.texts import TERM, Name, Texts
from kg.schema.names import ENTITY, RELATION
from kg.store.records import Records
from kg.verification import Stood, Verifier

T = TypeVar("T")

_AT_ONCE = 2000
"""How many claims are held at a time."""

Touched = Mapping[str, Node | None]
"""Records by their IRIs as they are now; ``None`` for one that is gone."""


@dataclass(frozen=True)
class Keeper:
    """Writes what follows from the records into the columns and the texts."""

    columns: Columns
    texts: Texts
    maker: Maker
    records: Records
    verifier: Verifier
    profile: Profile
    iris: Iris

    @property
    def state(self) -> tuple[int, str] | None:
        """The commit that both are in step with, and the stamp; ``None`` if they must be made again."""
        state = self.columns.state
        return state if state is not None and state == self.texts.state else None

    def rebuild(self, number: int, stamp: str, tell: Callable[[int], None] = lambda n: None) -> None:
        """Fill what is empty from all records.

        :param tell: told how many claims are kept.
        """
        states = self.verifier.library.states()
        with self.texts.change(number, stamp), self.columns.change(number, stamp):
            self._put_terms()
            self._put_sources(self.records.all("source"), new=True)
            count = 0
            for several in _pieces(self.records.all("claim")):
                self._put_claims(several, new=True)
                count += len(several)
                tell(count)
            self.columns.judged_with(states)

    def update(self, number: int, stamp: str, touched: Touched) -> None:
        """Follow what was touched, all of it or nothing."""
        claims = [n for n in touched.values() if n is not None and n.shape.record == "claim"]
        sources = [n for n in touched.values() if n is not None and n.shape.record == "source"]
        snapshots = [n for n in touched.values() if n is not None and n.shape.record == "snapshot"]
        gone = [id for id, n in touched.items() if n is None]
        with self.texts.change(number, stamp), self.columns.change(number, stamp):
            retitled = list(self._retitled(sources, touched))
            self._put_sources(sources, gone)
            self.maker.forget_titles()
            if gone:
                self.columns.drop(self.texts.drop(gone))
            for several in _pieces([*claims, *retitled]):
                self._put_claims(several)
            self._judge([n.id for n in snapshots], {s for n in snapshots for s in Snapshot(n).sources})

    def judge(self, number: int, stamp: str, known: Mapping[str, str]) -> Mapping[str, str]:
        """Tell anew whether anchors hold, where texts came, went or changed.

        :param known: the texts, as they were when it was told last.
        :returns: the texts as they are now.
        """
        states = self.verifier.library.states()
        changed = [d for d in {*states, *known} if states.get(d) != known.get(d)]
        if not changed:
            return known
        with self.columns.change(number, stamp):
            snapshots = [self.iris.snapshot(d) for d in sorted(changed)]
            nodes = [n for iri in snapshots if (n := self.records.get(iri)) is not None]
            self._judge(snapshots, {s for n in nodes for s in Snapshot(n).sources})
            self.columns.judged_with(states)
        return states

    def _put_claims(self, claims: list[Node], *, new: bool = False) -> None:
        stood = [Stood(c.id, Claim(c).source, Anchor.of(c)) for c in claims]
        states = [v.state for v in self.verifier.verify_all(stood)]
        rows = [self.maker.row(c, verification) for c, verification in zip(claims, states, strict=True)]
        numbers = self.texts.put(rows)
        self.columns.put(zip(numbers, rows, strict=True), new=new)

    def _put_sources(self, sources: Iterable[Node], gone: Sequence[str] = (), *, new: bool = False) -> None:
        for several in _pieces(sources):
            tellers = [self.maker.teller(s) for s in several]
            self.texts.put_sources(tellers, new=new)
            self.columns.put_sources(tellers, new=new)
        if gone:
            self.texts.drop_sources(gone)
            self.columns.drop_sources(gone)

    def _put_terms(self) -> None:
        vocabulary, prefixes = self.profile.vocabulary, self.profile.prefixes
        terms = [{"id": t.iri, "curie": prefixes.compress(t.iri) or t.iri, "label": t.label} for t in vocabulary]
        self.columns.put_terms(terms, [(t.iri, up) for t in vocabulary for up in sorted(vocabulary.ancestors(t.iri))])
        listed = {t.iri: t for cls in (ENTITY, RELATION) for t in vocabulary.members(cls) if not t.deprecated}
        names = ((t, n) for t in listed.values() for n in (t.label, *t.synonyms, prefixes.compress(t.iri) or ""))
        self.texts.put_names(Name(t.iri, TERM, told) for t, n in names if (told := " ".join(words(n))))

    def _retitled(self, sources: Collection[Node], claims: Collection[str]) -> Iterator[Node]:
        """The other claims of sources that go by another title now."""
        if not sources:
            return
        before = self.columns.titles([s.id for s in sources])
        changed = [s.id for s in sources if s.id in before and before[s.id] != title(s)]
        for number in self.columns.standing_in([], changed):
            for body in self.texts.bodies([number]).values():
                node = self.records.get(str(body["id"]))
                if node is not None and node.id not in claims:
                    yield node

    def _judge(self, snapshots: Collection[str], sources: Collection[str]) -> None:
        """Tell anew whether the anchors in some snapshots hold, and those of some sources."""
        if not snapshots and not sources:
            return
        for numbers in _pieces(self.columns.standing_in(sorted(snapshots), sorted(sources))):
            bodies = self.texts.bodies(numbers)
            states = self.verifier.verify_all([stood(body, self.iris) for body in bodies.values()])
            self.columns.judge([(n, v.state) for n, v in zip(bodies, states, strict=True)])


def _pieces(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while piece := list(islice(rest, _AT_ONCE)):
        yield piece
