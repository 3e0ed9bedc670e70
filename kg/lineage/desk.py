"""Lineage of a workspace: roots, lines, links and silences, read once a commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from kg.conflict.desk import Conflict
from kg.errors import NotFound
from kg.lineage.corpus import Corpus, Told
from kg.lineage.links import Link, Linker
from kg.lineage.roots import Roots, Step
from kg.lineage.rules import read_lineage_rules, read_root_rules, read_silence_rules
from kg.lineage.silence import Silence, silences
from kg.model.iris import Iris
from kg.profile import Profile
from kg.schema.names import STEMMA
from kg.store.base import Store


@dataclass(frozen=True, slots=True)
class Descent:
    """The lineage of a claim, of a source's claims, or of all claims.

    :param roots: IRI and name of each trial and study at the end of a line, sorted.
    :param steps: every step of the lines.
    :param links: typed links, from and to the claims; each tells whether it is stored or computed.
    """

    roots: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    links: tuple[Link, ...]
    silences: tuple[Silence, ...]

    def as_dict(self) -> dict[str, object]:
        """The lineage for JSON."""
        return {
            "roots": [{"id": id, "label": label} for id, label in self.roots],
            "steps": [s.as_dict() for s in self.steps],
            "links": [k.as_dict() for k in self.links],
            "silences": [s.as_dict() for s in self.silences],
        }


class Reading:
    """The claims as of one commit, with what follows from them, each computed once."""

    def __init__(self, corpus: Corpus, profile: Profile, iris: Iris) -> None:
        self.corpus, self._profile = corpus, profile
        self.roots = Roots(corpus, read_root_rules(profile.vocabulary), profile.vocabulary, iris)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every link."""
        vocabulary, shape = self._profile.vocabulary, self._profile.shapes["statement"]
        return Linker(self.corpus, self.roots, read_lineage_rules(vocabulary), vocabulary, shape).all()

    @cached_property
    def silences(self) -> tuple[Silence, ...]:
        """Every silence."""
        return tuple(silences(self.corpus, self.roots, read_silence_rules(self._profile.vocabulary)))


class Lineage:
    """Tells where claims come from.

    :param number: tells the number of the last commit; claims are read again when it changes.
    :param conflicts: finds the conflicts of a claim.
    """

    def __init__(
        self,
        profile: Profile,
        store: Store,
        iris: Iris,
        number: Callable[[], int],
        conflicts: Callable[[str], Sequence[Conflict]],
    ) -> None:
        self._profile, self._store, self._iris, self._number = profile, store, iris, number
        self._conflicts = conflicts
        self._lock = Lock()
        self._held: tuple[int, Reading] | None = None

    def reading(self) -> Reading:
        """The claims that count as of the last commit."""
        with self._lock:
            number = self._number()
            if self._held is None or self._held[0] != number:
                self._held = number, Reading(Corpus.read(self._store, self._profile), self._profile, self._iris)
            return self._held[1]

    def roots(self, claim: str) -> tuple[str, ...]:
        """The roots of a claim, sorted; empty if it rests on nothing.

        :param claim: its IRI, or the last part of it.
        :raises NotFound: if no such claim counts.
        """
        return self.reading().roots.of(self._claim(claim))

    def walk(self, claim: str) -> tuple[Step, ...]:
        """The line of a claim, step by step, with who says so and why.

        :raises NotFound: if no such claim counts.
        """
        return self.reading().roots.walk(self._claim(claim))

    def links(self) -> tuple[Link, ...]:
        """Every link between claims, and from claims to roots: stored ones first."""
        return self.reading().links

    def silences(self, source: str | None = None) -> tuple[Silence, ...]:
        """What sources that report on trials do not tell.

        :param source: only those of this source: its IRI, or the last part of it.
        :raises NotFound: if there is no such source.
        """
        wanted = self._source(source) if source else None
        return tuple(s for s in self.reading().silences if wanted in (None, s.source))

    def of(self, claim: str | None = None, source: str | None = None) -> Descent:
        """The lineage of a claim, with its conflicts; of a source; or of everything.

        A link that holds for several claims of one source is told once, from the first of them.

        :raises NotFound: if no such claim counts, or there is no such source.
        """
        reading = self.reading()
        mine = self._chosen(reading.corpus, claim, source)
        here = {c.id for c in mine}
        conflicts = tuple(self._conflict(c) for c in self._conflicts(mine[0].id)) if claim else ()
        told = {c.source.id for c in mine}
        return Descent(
            roots=tuple(sorted({(r, reading.roots.label(r)) for c in mine for r in reading.roots.of(c.id)})),
            steps=tuple(s for c in mine for s in reading.roots.walk(c.id)),
            links=(*(k for k in reading.links if k.start in here or k.end in here), *conflicts),
            silences=tuple(s for s in reading.silences if s.source in told),
        )

    def _chosen(self, corpus: Corpus, claim: str | None, source: str | None) -> tuple[Told, ...]:
        if claim is not None:
            return (corpus.claims[self._claim(claim)],)
        if source is not None:
            return corpus.of_source.get(self._source(source), ())
        return tuple(corpus.claims.values())

    def _conflict(self, conflict: Conflict) -> Link:
        """A conflict as the link that its kind amounts to."""
        vocabulary = self._profile.vocabulary
        kinds = vocabulary.words(STEMMA + "ConflictKind")
        link = next(iter(vocabulary.facts(kinds[conflict.kind], STEMMA + "findsLink")), "")
        word = vocabulary.terms[link].notation if link in vocabulary else None
        return Link(word or conflict.kind, conflict.a, conflict.b, False, conflict.because, conflict.explain)

    def _claim(self, id: str) -> str:
        iri = id if id.startswith(("http://", "https://")) else self._iris.of("claim", id)
        corpus = self.reading().corpus
        if iri not in corpus.claims:
            why = "this claim does not count: it is a draft or was refused" if iri in corpus.others else "no such claim"
            raise NotFound(why, where=id)
        return iri

    def _source(self, id: str) -> str:
        iri = id if id.startswith(("http://", "https://")) else self._iris.of("source", id)
        if iri not in self.reading().corpus.sources:
            raise NotFound("there is no such source", where=id)
        return iri
