"""Find claims by what they say, who says it and where they stand, and count what was found.

Which filters there are follows from the profile's shapes: every word and every term that a claim
or its statement holds can be asked for. The projection answers (:mod:`kg.projection`), as of the
last commit; nothing here reads every claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from kg.errors import UsageError
from kg.model.iris import Iris
from kg.paging import MAX_LIMIT, check_limit, cursor_at, no_cursor, place_of
from kg.profile import Profile
from kg.projection.desk import Projection
from kg.projection.filters import TEXT, Filter, Tally, Values
from kg.projection.fold import Fold
from kg.projection.meaning import Asked, Meaning
from kg.projection.question import Question
from kg.projection.reader import Hit, Reader
from kg.projection.texts import TERM
from kg.schema.names import ENTITY, RDF_TYPE, STEMMA
from kg.schema.vocabulary import Term
from kg.store.commit import Committer

__all__ = [
    "ANY",
    "MAX_LIMIT",
    "STANDING",
    "Asked",
    "Browsable",
    "Browser",
    "Filter",
    "Held",
    "Hits",
    "Page",
    "Question",
    "Suggestion",
    "Tally",
    "browse",
    "cut",
]

Record = dict[str, Any]
T = TypeVar("T")

STANDING = ("proposed", "accepted")
"""The review states of claims that count in pictures and tallies of what is said."""

ANY = Question()
"""Every claim."""
_NO_FACETS = frozenset((TEXT, "entity", "qualifier", "mention", "statement", "subject", "object", "of", "reason"))
"""Filters that nobody chooses by beside a list: too many values, or told by others."""
_AT_ONCE = 500
"""How many records are read at a time."""


class Browsable(Protocol):
    """What is needed of a workspace."""

    @property
    def profile(self) -> Profile:
        """Its ontology and shapes."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""

    @property
    def committer(self) -> Committer:
        """Who waits until what is derived has followed the last commit."""

    @property
    def projection(self) -> Projection:
        """What answers."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the claims that were found.

    :param total: how many were found in all.
    :param next: the cursor of the page after this one; ``None`` on the last.
    """

    items: tuple[Record, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Hits:
    """Some of the claims that tell the words that were asked for, nearest first; see :class:`Page`."""

    items: tuple[Hit, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term or a source that a beginning of words can mean.

    :param kind: ``term`` or ``source``.
    :param classes: labels of the classes of a term, the nearest ones.
    :param claims: how many claims, proposed or accepted, speak of it or are made by it.
    """

    id: str
    curie: str | None
    label: str
    kind: str
    classes: tuple[str, ...]
    claims: int


def browse(workspace: Browsable, filters: Asked, *, limit: int = 50, cursor: str | None = None) -> Page:
    """The claims that pass every filter. For more than one question, keep a :class:`Browser`.

    :raises UsageError: if a filter is not known or takes no such value.
    """
    return Browser(workspace).page(filters, limit=limit, cursor=cursor)


class Browser:
    """Answers questions about the claims of a workspace."""

    def __init__(self, workspace: Browsable) -> None:
        self._workspace = workspace
        self._profile, self._projection = workspace.profile, workspace.projection
        self._meaning = Meaning(workspace.profile, workspace.iris, self._projection.filters)

    # ---- lists

    def page(self, asked: Asked | Question, *, limit: int = 50, cursor: str | None = None) -> Page:
        """One page of the claims that pass every filter, sorted by id.

        :param asked: filter name to values, one of them is enough; or a question.
        :param limit: how many claims, from 1 to :data:`MAX_LIMIT`.
        :param cursor: :attr:`Page.next` of the page before.
        :raises UsageError: if a filter, limit or cursor is none.
        """
        question, after = self.question(asked), place_of(cursor)
        check_limit(limit)
        found, total = self._ask(lambda reader: reader.page(question, limit + 1, after))
        shown = found[:limit]
        return Page(tuple(shown), total, cursor_at(str(shown[-1]["id"])) if len(found) > limit else None)

    def records(self, asked: Asked | Question) -> Iterator[Record]:
        """Every claim that passes every filter, sorted by id, read a few hundred at a time."""
        question, after = self.question(asked), ""
        while found := self._read_on(question, after):
            yield from found
            after = str(found[-1]["id"])

    def held(self) -> Mapping[str, Record]:
        """Every claim by its IRI, read when it is asked for, and then kept."""
        return Held(self)

    def of(self, ids: Sequence[str]) -> list[Record]:
        """The claims of some IRIs, those that are there, sorted by IRI."""
        return self._ask(lambda reader: reader.numbered(ids))

    def sources_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The sources of some claims."""
        return self._ask(lambda reader: reader.sources_of(ids))

    def linking(self, iri: str) -> list[tuple[str, Record]]:
        """The claims whose records point to something, with the type of the link, sorted by id."""
        return self._ask(lambda reader: reader.linking(iri))

    # ---- counts

    def count(self, asked: Asked | Question) -> int:
        """How many claims pass every filter."""
        question = self.question(asked)
        return self._ask(lambda reader: reader.count(question))

    def tally(self, asked: Asked | Question, name: str) -> Tally:
        """How many of the claims that pass each of their values of a filter would find, most first."""
        return self.facets(asked, (name,))[name]

    def facets(self, asked: Asked | Question, names: Sequence[str] | None = None) -> dict[str, Tally]:
        """The same for several filters at once.

        :param names: the filters; default: those by which people choose.
        """
        question = self.question(asked)
        chosen = [n for n in self.filters if n not in _NO_FACETS] if names is None else names
        return self._ask(lambda reader: reader.tallies(question, chosen))

    def rollup(
        self,
        asked: Asked | Question,
        by: Sequence[str] = ("subject", "relation", "object", "disease"),
        count: Sequence[str] = ("polarity", "certainty", "status"),
    ) -> list[Fold]:
        """The claims that pass every filter, folded by their values of some; most claims first.

        :param by: filters by whose values they are folded; a claim with several values counts for each.
        :param count: filters with a closed list of words, which are counted in each fold.
        :raises UsageError: if there is no such filter.
        """
        question = self.question(asked)
        for name in (*by, *count):
            self._check(name, words=name in count)
        few = self._ask(lambda reader: reader.few_folds(question, by, count))
        return self._ask(lambda reader: reader.folds(question, by, count), columns=True) if few is None else few

    def top_sources(self, asked: Asked | Question, limit: int = 20) -> list[tuple[str, str, int]]:
        """The sources that make most of the claims that pass: IRI, title and how many."""
        question = self.question(asked)
        return self._ask(lambda reader: reader.sources(question, limit))

    # ---- words

    def search(self, text: str, asked: Asked | Question = ANY, *, limit: int = 20, cursor: str | None = None) -> Hits:
        """The claims that tell every word of a text and pass every filter, nearest first.

        A word of more than three letters may also be the beginning of one. Searched are our paraphrase,
        the notes, the source's title and the names of the terms; shown is only our paraphrase.

        :param limit: how many, from 1 to :data:`MAX_LIMIT`.
        :param cursor: :attr:`Hits.next` of the page before.
        :raises UsageError: if a filter, limit or cursor is none.
        """
        question, after = self.question(asked), _place(cursor)
        check_limit(limit)
        found, total, end = self._ask(lambda reader: reader.ranked((text,), question, limit, after))
        return Hits(tuple(found), total, cursor_at(f"{end[0]!r} {end[1]}") if end else None)

    def suggest(self, text: str, limit: int = 10) -> list[Suggestion]:
        """The terms and sources with a name whose words begin as those of a text; most claims first.

        :param limit: how many, from 1 to :data:`MAX_LIMIT`.
        """
        check_limit(limit)
        names = self._ask(lambda reader: reader.named(text, 20 * limit))
        found: dict[str, str] = {}
        for name in names:  # those with the shortest names come first
            found.setdefault(name.id, name.kind)
        claims = self._ask(lambda reader: reader.tallies(self.question({"status": STANDING}), ("entity", "source")))
        counts = {**dict(claims["entity"]), **dict(claims["source"])}
        whole = {n.id for n in names if n.told == " ".join(text.casefold().split())}
        order = sorted(found, key=lambda iri: (iri not in whole, -counts.get(iri, 0)))
        return [self._suggestion(iri, found[iri], counts.get(iri, 0)) for iri in order[:limit]]

    # ---- what may be asked

    @property
    def filters(self) -> Mapping[str, Filter]:
        """Every filter by its name."""
        return self._projection.filters.all

    def question(
        self,
        asked: Asked | Question,
        *,
        exact: Values | None = None,
        either: Values | None = None,
        without: Values | None = None,
    ) -> Question:
        """What filters ask, and beside them what a claim must hold itself; see :class:`Question`.

        :raises UsageError: if a filter is not known or takes no such value.
        """
        question = asked if isinstance(asked, Question) else self._meaning.question(asked)
        return replace(
            question,
            exact=exact or question.exact,
            either=either or question.either,
            without=without or question.without,
        )

    def path(self, name: str) -> str | None:
        """The property or class of the ontology that a filter asks about, which bears its label."""
        if name in self._projection.filters.fields:
            return self._projection.filters.fields[name][1].path
        named = (STEMMA + name, STEMMA + name.capitalize())
        return next((iri for iri in named if iri in self._profile.vocabulary), None)

    def terms(self, text: str, cls: str = ENTITY) -> tuple[Term, ...]:
        """The terms of a class that a text names by label, synonym, CURIE or IRI; exactly, but for case."""
        return self._meaning.terms(text, cls)

    def narrower(self, iri: str) -> frozenset[str]:
        """The term and every term below it."""
        return self._meaning.narrower(iri)

    def reviewer(self, record: Record) -> str | None:
        """``software`` if every one who decided on a claim is software, ``person`` if not; ``None`` if nobody did."""
        return self._projection.filters.reviewer(tuple(record.get("review", {}).get("by", ())))

    def _ask(self, read: Callable[[Reader], T], *, columns: bool = False) -> T:
        self._workspace.committer.settle()
        return self._projection.ask(read, columns=columns)

    def _read_on(self, question: Question, after: str) -> list[Record]:
        return self._ask(lambda reader: reader.page(question, _AT_ONCE, after))[0]

    def _check(self, name: str, *, words: bool) -> None:
        known = sorted(n for n, f in self.filters.items() if n != TEXT and (f.words or not words))
        if name not in known:
            raise UsageError("no such filter", where=name, hint=f"Filters: {', '.join(known)}.")

    def _suggestion(self, id: str, kind: str, claims: int) -> Suggestion:
        vocabulary = self._profile.vocabulary
        if kind == TERM:
            near = sorted(vocabulary.label(c) for c in vocabulary.facts(id, RDF_TYPE) if c in vocabulary)
            return Suggestion(id, self._profile.prefixes.compress(id), vocabulary.label(id), kind, tuple(near), claims)
        title = self._ask(lambda reader: reader.texts.sources([id])).get(id, {}).get("title", "")
        return Suggestion(id, None, str(title), kind, (), claims)


class Held(Mapping[str, Record]):
    """Claims by their IRIs, as of when they are read."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._known: dict[str, Record] = {}

    def __getitem__(self, iri: str) -> Record:
        if iri not in self._known:
            self._known |= {str(record["id"]): record for record in self._browser.of([iri])}
        return self._known[iri]

    def __iter__(self) -> Iterator[str]:
        return (str(record["id"]) for record in self._browser.records({}))

    def __len__(self) -> int:
        return self._browser.count({})


def cut(items: Sequence[T], name: Any, limit: int, cursor: str | None) -> tuple[Sequence[T], str | None]:
    """One page of items that are sorted by a name.

    :param name: gives an item's name.
    :returns: the items, and the cursor of the next page, ``None`` on the last one.
    :raises UsageError: if the limit or the cursor is none.
    """
    check_limit(limit)
    after = place_of(cursor)
    start = next((i for i, item in enumerate(items) if name(item) > after), len(items))
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return shown, cursor_at(name(shown[-1])) if more else None


def _place(cursor: str | None) -> tuple[float, int] | None:
    """How far the last hit of the page before was, and its number."""
    if cursor is None:
        return None
    far, _, number = place_of(cursor).partition(" ")
    try:
        return float(far), int(number)
    except ValueError:
        raise no_cursor() from None
