"""Writes the columns and the texts: from all records, or from those that a commit touched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from kg.document.anchor import Anchor
from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.records import Claim, Snapshot
from kg.profile import Profile
from kg.projection.columns import Columns
from kg.projection.fault import FAULTS
from kg.projection.filters import VERIFICATION
from kg.projection.marks import Groups, Marks, grouped, marked, numbers
from kg.projection.reader import stood
from kg.projection.rows import Maker, Row, Teller, title, words
from kg.projection.texts import TERM, Name, Texts
from kg.projection.walk import AT_ONCE, Told, Walk, pieces
from kg.schema.names import ENTITY, RELATION
from kg.store.records import Records
from kg.verification import Stood, Verifier

Touched = Mapping[str, Node | None]
"""Records by their IRIs as they are now; ``None`` for one that is gone."""


@dataclass(frozen=True)
class Keeper:
    """Writes what follows from the records into the texts, the marks and the columns."""

    columns: Columns
    texts: Texts
    marks: Marks
    maker: Maker
    records: Records
    verifier: Verifier
    profile: Profile
    iris: Iris

    @property
    def walk(self) -> Walk:
        """Reads claims."""
        return Walk(self.records)

    def load(self) -> None:
        """Mark the claims as the texts have them."""
        self.marks.load(self.texts.values(), grouped(self.texts.codes()))

    @contextmanager
    def change(self, number: int, stamp: str) -> Iterator[None]:
        """All that is written inside, and the commit that it brings the texts and the marks to, or nothing."""
        try:
            with self.texts.change(number, stamp):
                yield
                self.texts.put_values(self.marks.known)
        except BaseException:
            with suppress(*FAULTS):  # of files that cannot be read, new ones are made
                self.load()
            raise

    def rebuild(self, number: int, stamp: str, tell: Callable[[int], None] = lambda n: None) -> None:
        """Fill what is empty from all records.

        :param tell: told how many claims are kept.
        """
        states = self.verifier.library.states()
        with self.change(number, stamp):
            self._put_terms()
            for sources in pieces(self.records.all("source"), AT_ONCE):
                self.columns.put_sources(self._put_sources(sources, new=True))
            count = 0
            for several in self.walk.every():
                self.columns.put(list(self._put_claims(several, {})[0].items()))
                count += len(several)
                tell(count)
            self.marks.load(self.marks.known, grouped(self.texts.codes()))
            self.texts.judged_with(states)
        with self.columns.change(number, stamp):
            pass  # they came in pieces, so that memory stays flat; only now they count

    def update(self, number: int, stamp: str, touched: Touched) -> None:
        """Follow what was touched, all of it or nothing."""
        claims = [n for n in touched.values() if n is not None and n.shape.record == "claim"]
        sources = [n for n in touched.values() if n is not None and n.shape.record == "source"]
        snapshots = [n for n in touched.values() if n is not None and n.shape.record == "snapshot"]
        gone = [id for id, n in touched.items() if n is None]
        rows: dict[int, Row | None] = {}
        with self.change(number, stamp):
            retitled = list(self._retitled(sources, touched))
            tellers = self._put_sources(sources)
            self.maker.forget_titles()
            rows.update(dict.fromkeys(self._drop(gone)))
            for several in pieces([*claims, *retitled], AT_ONCE):
                known = self.texts.numbers([n.id for n in several])
                self._unmark(list(known.values()))
                put, groups = self._put_claims(self.walk.of(several), known)
                self.marks.put(groups)
                rows.update(put)
            self._judge([n.id for n in snapshots], {s for n in snapshots for s in Snapshot(n).sources})
        self.columns.wait(rows, {**dict.fromkeys(gone), **{t.id: t for t in tellers}})
        self.columns.write(number, stamp, many=True)

    def judge(self, number: int, stamp: str, known: Mapping[str, str]) -> Mapping[str, str]:
        """Tell anew whether anchors hold, where texts came, went or changed.

        :param known: the texts, as they were when it was told last.
        :returns: the texts as they are now.
        """
        states = self.verifier.library.states()
        changed = [d for d in {*states, *known} if states.get(d) != known.get(d)]
        if not changed:
            return known
        with self.change(number, stamp):
            snapshots = [self.iris.snapshot(d) for d in sorted(changed)]
            nodes = [n for iri in snapshots if (n := self.records.get(iri)) is not None]
            self._judge(snapshots, {s for n in nodes for s in Snapshot(n).sources})
            self.texts.judged_with(states)
        return states

    def _put_claims(self, claims: Sequence[Told], known: Mapping[str, int]) -> tuple[dict[int, Row], Groups]:
        """Keep the texts of claims.

        :param known: the numbers of those that are kept already.
        :returns: their rows by their numbers, and what is to be marked.
        """
        stood = [Stood(c.id, str(c.one(Claim.source.path)), Anchor.of(c)) for c in claims]
        states = [v.state for v in self.verifier.verify_all(stood)]
        rows = [self.maker.row(c, state) for c, state in zip(claims, states, strict=True)]
        codes = [self.marks.codes(row.marks) for row in rows]
        numbers = self.texts.put(list(zip(rows, codes, strict=True)), known)
        return dict(zip(numbers, rows, strict=True)), grouped(zip(numbers, codes, strict=True))

    def _unmark(self, numbers: Sequence[int]) -> None:
        if numbers:
            self.marks.drop(grouped(self.texts.codes(numbers)))

    def _drop(self, gone: Sequence[str]) -> list[int]:
        """Let go of records; which of them are claims and which sources is not known any more.

        :returns: the numbers that the claims had.
        """
        if not gone:
            return []
        self._unmark(list(self.texts.numbers(gone).values()))
        self.texts.drop_sources(gone)
        return self.texts.drop(gone)

    def _put_sources(self, sources: Sequence[Node], *, new: bool = False) -> list[Teller]:
        tellers = [self.maker.teller(s) for s in sources]
        self.texts.put_sources(tellers, new=new)
        return tellers

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
        before = {id: str(told.get("title", "")) for id, told in self.texts.sources([s.id for s in sources]).items()}
        changed = [s.id for s in sources if s.id in before and before[s.id] != title(s)]
        for several in pieces(numbers(self.marks.of("source", changed)), AT_ONCE):
            for body in self.texts.bodies(several).values():
                node = self.records.get(str(body["id"]))
                if node is not None and node.id not in claims:
                    yield node

    def _judge(self, snapshots: Collection[str], sources: Collection[str]) -> None:
        """Tell anew whether the anchors in some snapshots hold, and those of some sources."""
        if not snapshots and not sources:
            return
        standing = marked(self.texts.standing_in(sorted(snapshots))) | self.marks.of("source", sources)
        for several in pieces(numbers(standing & self.marks.every), AT_ONCE):
            bodies = self.texts.bodies(several)
            states = self.verifier.verify_all([stood(body, self.iris) for body in bodies.values()])
            self._tell({n: v.state for n, v in zip(bodies, states, strict=True)})

    def _tell(self, states: Mapping[int, str]) -> None:
        """Keep whether anchors hold."""
        self.marks.told_anew(VERIFICATION, states)
        mine = {state: self.marks.codes({VERIFICATION: frozenset((state,))}) for state in set(states.values())}
        held = dict(self.texts.codes(list(states)))
        others = {n: [c for c in codes if self.marks.known[c][0] != VERIFICATION] for n, codes in held.items()}
        self.texts.put_codes({n: [*codes, *mine[states[n]]] for n, codes in others.items()})
        self.columns.judge(states)
