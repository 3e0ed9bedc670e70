"""Find claims by what they say, who says it and where they stand, and count what was found.

Which filters there are follows from the profile's shapes: every word and every term that a claim
or its statement holds can be asked for. A scan over the claims of the last commit answers.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from threading import Lock
from typing import Any, Protocol, TypeVar

from kg.document.library import Library
from kg.errors import UsageError
from kg.model.iris import Iris
from kg.profile import Profile
from kg.schema.names import ENTITY, STEMMA, local_name
from kg.schema.shapes import Field, Kind
from kg.schema.vocabulary import Term
from kg.store.commit import Committer

Record = dict[str, Any]
Filters = Mapping[str, Sequence[str] | str]
T = TypeVar("T")

MAX_LIMIT = 1000
"""Most items on one page."""
STANDING = ("proposed", "accepted")
"""The review states of claims that count in pictures and tallies of what is said."""

_ENDS = tuple(STEMMA + name for name in ("relation", "subject", "object", "of"))
_WORD = re.compile(r"\w+")


class Browsable(Protocol):
    """What is needed of a workspace."""

    @property
    def profile(self) -> Profile:
        """Its ontology and shapes."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""

    @property
    def library(self) -> Library:
        """The texts that it holds."""

    @property
    def committer(self) -> Committer:
        """Who knows the number of the last commit."""

    def claims(self) -> Iterator[Record]:
        """Every claim, sorted by id."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to ask for claims.

    :param cls: class of the terms that it takes; ``None`` if it takes words.
    :param words: the closed list that it takes, if there is one.
    :param below: whether terms below the given one count too.
    """

    name: str
    about: str
    cls: str | None = None
    words: tuple[str, ...] = ()
    below: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One claim with what it can be found by: filter name to IRIs and words."""

    record: Record
    values: Mapping[str, frozenset[str]]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the claims that were found.

    :param total: how many were found in all.
    :param next: the cursor of the page after this one; ``None`` on the last.
    """

    items: tuple[Record, ...]
    total: int
    next: str | None


def browse(workspace: Browsable, filters: Filters, *, limit: int = 50, cursor: str | None = None) -> Page:
    """The claims that pass every filter. For more than one question, keep a :class:`Browser`.

    :raises UsageError: if a filter is not known or takes no such value.
    """
    return Browser(workspace).page(filters, limit=limit, cursor=cursor)


class Browser:
    """Answers questions about the claims of a workspace; its rows are made once a commit."""

    def __init__(self, workspace: Browsable) -> None:
        self._workspace = workspace
        self._profile = workspace.profile
        self._lock = Lock()
        self._held: tuple[object, tuple[Row, ...]] | None = None

    def page(self, filters: Filters, *, limit: int = 50, cursor: str | None = None) -> Page:
        """One page of the claims that pass every filter, sorted by id.

        :param filters: filter name to values; one of them is enough.
        :param limit: how many claims, from 1 to :data:`MAX_LIMIT`.
        :param cursor: :attr:`Page.next` of the page before.
        :raises UsageError: if a filter, limit or cursor is none.
        """
        found = self.select(filters)
        shown, after = cut(found, lambda row: str(row.record["id"]), limit, cursor)
        return Page(tuple(row.record for row in shown), len(found), after)

    def select(self, filters: Filters) -> tuple[Row, ...]:
        """The rows of every claim that passes every filter.

        :raises UsageError: if a filter is not known or takes no such value.
        """
        wanted = {name: self._wanted(name, values) for name, values in filters.items() if name != "text"}
        texts = [_listed(values) for name, values in filters.items() if name == "text"]
        return tuple(
            row
            for row in self.rows()
            if all(not row.values.get(name, frozenset()).isdisjoint(values) for name, values in wanted.items())
            and all(any(_reads(row.words, text) for text in several) for several in texts)
        )

    def rows(self) -> tuple[Row, ...]:
        """The rows of every claim of the last commit, sorted by id."""
        with self._lock:
            # A text that is ingested for claims that waited for it changes no record.
            now = (self._workspace.committer.number, frozenset(self._workspace.library))
            if self._held is None or self._held[0] != now:
                self._held = (now, tuple(self._row(record) for record in self._workspace.claims()))
            return self._held[1]

    @cached_property
    def filters(self) -> Mapping[str, Filter]:
        """Every filter by its name."""
        vocabulary = self._profile.vocabulary
        found = {
            "text": Filter("text", "Words of the paraphrase, the notes, the source's title or the names of its terms."),
            "entity": Filter("entity", "A term in any role, or one below it.", ENTITY, below=True),
            "qualifier": Filter("qualifier", "A term in any qualifier.", ENTITY),
            "mention": Filter("mention", "A term named in the claim's words.", ENTITY),
            "source": Filter("source", "The source that makes it: its IRI, or the last part of that."),
            "statement": Filter("statement", "The statement that it makes: its IRI, or the last part of that."),
            "verification": Filter("verification", "Whether its anchor holds.", words=self._words("Verification")),
            "reviewer": Filter("reviewer", "Who decided on it.", words=("person", "software")),
        }
        for name, (_, field) in self._fields.items():
            term = vocabulary.get(field.path)
            about = (term.definition or term.label) if term else field.message
            if field.kind is Kind.TOKEN:
                words = tuple(str(t.notation) for t in vocabulary.members(str(field.cls)))
                found.setdefault(name, Filter(name, about, words=words))
            else:
                found.setdefault(name, Filter(name, about, field.cls, below=field.path not in _ENDS))
        return found

    def tally(self, rows: Iterable[Row], name: str) -> list[tuple[str, int]]:
        """How many of the rows each of their values of a filter would find, most first."""
        held = [row.values.get(name, frozenset()) for row in rows]
        occurring = frozenset(value for values in held for value in values)
        if self.filters[name].below:
            above = {v: self._profile.vocabulary.ancestors(v) & occurring for v in occurring}
            held = [frozenset(up for v in values for up in above[v]) for values in held]
        counts = Counter(value for values in held for value in values)
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    def path(self, name: str) -> str | None:
        """The property or class of the ontology that a filter asks about, which bears its label."""
        if name in self._fields:
            return self._fields[name][1].path
        named = (STEMMA + name, STEMMA + name.capitalize())
        return next((iri for iri in named if iri in self._profile.vocabulary), None)

    def narrower(self, iri: str) -> frozenset[str]:
        """The term and every term below it."""
        return self._below.get(iri, frozenset((iri,)))

    def terms(self, text: str, cls: str = ENTITY) -> tuple[Term, ...]:
        """The terms of a class that a text names by label, synonym, CURIE or IRI; exactly, but for case."""
        vocabulary = self._profile.vocabulary
        iri = self._profile.prefixes.iri(text)
        found = {iri} if iri and iri in vocabulary else self._names.get(text.casefold(), set())
        return tuple(vocabulary.terms[i] for i in sorted(found) if vocabulary.is_a(i, cls))

    # ---- what a filter's value means

    def _wanted(self, name: str, given: Sequence[str] | str) -> frozenset[str]:
        wanted = self.filters.get(name)
        if wanted is None:
            known = ", ".join(sorted(self.filters))
            raise UsageError("no such filter", where=name, hint=f"Filters: {known}.")
        return frozenset(found for value in _listed(given) for found in self._meant(wanted, value))

    def _meant(self, wanted: Filter, value: str) -> Iterable[str]:
        if wanted.cls is not None:
            terms = self.terms(value, wanted.cls)
            if not terms:
                raise UsageError(
                    f"no term for this is called {value!r}", where=wanted.name, hint=self._near(value, wanted.cls)
                )
            current = [t.replaced_by or t.iri for t in terms]
            return [i for iri in current for i in (self.narrower(iri) if wanted.below else (iri,))]
        if wanted.words:
            word = self._profile.prefixes.iri(value) if ":" in value else None
            term = self._profile.vocabulary.get(word) if word else None
            meant = term.notation if term and term.notation else value
            if meant not in wanted.words:
                raise UsageError(f"no such value: {value!r}", where=wanted.name, hint=f"One of {_list(wanted.words)}.")
            return (meant,)
        return (value if ":" in value else self._workspace.iris.of(wanted.name, value),)

    def _near(self, text: str, cls: str) -> str:
        names = {n: t for t in self._profile.vocabulary.members(cls) for n in (t.label, *t.synonyms)}
        close = get_close_matches(text, names, n=3)
        if close:
            return f"Did you mean {_list(f'{n} ({self._profile.prefixes.compress(names[n].iri)})' for n in close)}?"
        return "Give a CURIE such as those of the vocabulary, an IRI, or a label."

    # ---- what a claim can be found by

    @cached_property
    def _fields(self) -> dict[str, tuple[tuple[str, ...], Field]]:
        """The fields that hold words and terms, by the last part of their key."""
        shapes = self._profile.shapes
        placed = [
            *((f.key, f) for f in shapes["claim"].fields),
            *((("statement", *f.key), f) for f in shapes["statement"].fields),
        ]
        return {key[-1]: (key, f) for key, f in placed if f.kind in (Kind.TOKEN, Kind.TERM)}

    def _row(self, record: Record) -> Row:
        vocabulary, prefixes = self._profile.vocabulary, self._profile.prefixes
        values = {name: frozenset(_values(record, key)) for name, (key, _) in self._fields.items()}
        ends = values["subject"] | values["object"]
        qualified = [n for n, (_, f) in self._fields.items() if f.path not in _ENDS and f.kind is Kind.TERM]
        qualifiers = [n for n in qualified if self._fields[n][0][0] == "statement"]
        values["qualifier"] = frozenset(v for n in qualifiers for v in values[n])
        values["mention"] = frozenset(
            iri for m in record.get("mentions", ()) if (iri := prefixes.iri(m.get("curie", "")))
        )
        values["entity"] = ends | values["of"] | values["qualifier"] | values["mention"]
        for name in qualifiers:  # no qualifier repeats subject or object, so these stand for it
            cls = str(self._fields[name][1].cls)
            if cls != ENTITY:
                values[name] |= frozenset(v for v in ends if vocabulary.is_a(v, cls))
        values["source"] = frozenset((record["source"]["id"],))
        values["statement"] = frozenset((record["statement"]["id"],))
        values["verification"] = frozenset((record["anchor"]["verification"],))
        values["reviewer"] = frozenset(filter(None, (self.reviewer(record),)))
        return Row(record, values, self._read(record, values["entity"] | values["relation"]))

    def reviewer(self, record: Record) -> str | None:
        """``software`` if every one who decided on a claim is software, ``person`` if not; ``None`` if nobody did."""
        software = self._profile.prefixes.namespaces["agent"]
        deciders = record.get("review", {}).get("by", ())
        if not deciders:
            return None
        return "software" if all(str(d).startswith(software) for d in deciders) else "person"

    def _read(self, record: Record, terms: Iterable[str]) -> frozenset[str]:
        told = [record["paraphrase"], record.get("attributedTo", ""), *record.get("notes", ())]
        told.append(record["source"].get("title", ""))
        for term in filter(None, map(self._profile.vocabulary.get, terms)):
            told.extend((term.label, *term.synonyms))
        return frozenset(word for text in told for word in _WORD.findall(text.casefold()))

    @cached_property
    def _below(self) -> Mapping[str, frozenset[str]]:
        vocabulary = self._profile.vocabulary
        below: dict[str, set[str]] = {}
        for term in vocabulary:
            for above in vocabulary.ancestors(term.iri):
                below.setdefault(above, {above}).add(term.iri)
        return {iri: frozenset(terms) for iri, terms in below.items()}

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        names: dict[str, set[str]] = {}
        for term in self._profile.vocabulary:
            told = (term.label, *term.synonyms, term.notation or "", local_name(term.iri))
            for name in filter(None, told):
                names.setdefault(name.casefold(), set()).add(term.iri)
        return names

    def _words(self, cls: str) -> tuple[str, ...]:
        return tuple(str(t.notation) for t in self._profile.vocabulary.members(STEMMA + cls))


def cut(items: Sequence[T], name: Any, limit: int, cursor: str | None) -> tuple[Sequence[T], str | None]:
    """One page of items that are sorted by a name.

    :param name: gives an item's name.
    :returns: the items, and the cursor of the next page, ``None`` on the last one.
    :raises UsageError: if the limit or the cursor is none.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"the limit is a number from 1 to {MAX_LIMIT}", where="limit")
    after = _after(cursor)
    start = next((i for i, item in enumerate(items) if name(item) > after), len(items))
    shown = items[start : start + limit]
    more = start + limit < len(items)
    return shown, urlsafe_b64encode(name(shown[-1]).encode()).decode() if more else None


def _after(cursor: str | None) -> str:
    if cursor is None:
        return ""
    try:
        return b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("utf-8")
    except ValueError:
        hint = "Follow the `next` of the page before, or leave the cursor out."
        raise UsageError("this is no cursor", where="cursor", hint=hint) from None


def _values(record: Record, key: Sequence[str]) -> Iterator[str]:
    """The words and IRIs at a dotted key of a record."""
    here: Any = record
    for step in key:
        here = here.get(step) if isinstance(here, dict) else None
    for value in here if isinstance(here, list) else (here,):
        found = value.get("id") if isinstance(value, dict) else value
        if isinstance(found, str):
            yield found


def _reads(words: frozenset[str], text: str) -> bool:
    """Whether every word of a text begins one of the words; a word of up to three letters is one of them."""
    asked = _WORD.findall(text.casefold())
    return bool(asked) and all(w in words or (len(w) > 3 and any(x.startswith(w) for x in words)) for w in asked)


def _listed(values: Sequence[str] | str) -> Sequence[str]:
    return (values,) if isinstance(values, str) else values


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
