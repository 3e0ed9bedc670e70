"""Answers from the marks, the texts and the columns of one state of the projection."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.document.anchor import Anchor
from kg.model.iris import Iris
from kg.projection.columns import Columns
from kg.projection.filters import Filters, Tally
from kg.projection.fold import RESTS_ON, SOURCE, Fold, folded
from kg.projection.marks import STATEMENT, Marks, marked, numbers, ranked
from kg.projection.question import Question, match
from kg.projection.rows import words
from kg.projection.texts import Name, Texts
from kg.verification import Stood, Verifier

Record = dict[str, Any]

_FEW = 2000
"""Up to how many claims are folded without the columns."""

_PART = re.compile(r"\w+|\W+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A claim whose words were asked for.

    :param far: how far it is from what was asked; less is nearer.
    :param snippet: our paraphrase in pieces, each with whether it was asked for.
    """

    record: Record
    far: float
    snippet: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Reader:
    """Reads one state; nothing changes while it does."""

    columns: Columns
    texts: Texts
    marks: Marks
    filters: Filters
    verifier: Verifier
    iris: Iris

    def passing(self, question: Question) -> int:
        """The claims that pass, as bits."""
        return self.marks.passing(question, self._telling(question))

    def page(self, question: Question, limit: int, after: str) -> tuple[list[Record], int]:
        """The first claims that pass, by their IRIs, and how many pass in all.

        :param after: only those that come after this one.
        """
        found = self.passing(question)
        first = self.texts.first(limit, after, None if question.is_open else found)
        return self.records(first), found.bit_count()

    def count(self, question: Question) -> int:
        """How many claims pass."""
        return self.passing(question).bit_count()

    def tallies(self, question: Question, names: Sequence[str]) -> dict[str, Tally]:
        """How many of the claims that pass each value would find, for each filter; most first."""
        found = self.passing(question)
        return {name: self._tally(name, found) for name in names}

    def few_folds(self, question: Question, by: Sequence[str], count: Sequence[str]) -> list[Fold] | None:
        """What :meth:`folds` tells, without the columns; ``None`` if more claims pass than are quickly folded."""
        found = self.passing(question)
        if found.bit_count() > _FEW:
            return None
        words, needed = {name: self.filters.all[name].words for name in count}, {*by, *count, SOURCE, RESTS_ON}
        return folded(self._held(list(numbers(found)), needed), by, words)

    def folds(self, question: Question, by: Sequence[str], count: Sequence[str]) -> list[Fold]:
        """The claims that pass, folded by their values; those with most claims first."""
        telling = self._telling(question)
        return self.columns.folds(question, by, count, None if telling is None else list(numbers(telling)))

    def sources(self, question: Question, limit: int) -> list[tuple[str, str, int]]:
        """The sources with the most claims that pass: IRI, title and how many."""
        found = self._tally("source", self.passing(question))[:limit]
        told = self.texts.sources([iri for iri, _ in found])
        return [(iri, str(told.get(iri, {}).get("title", "")), n) for iri, n in found]

    def numbered(self, ids: Sequence[str]) -> list[Record]:
        """The records of some claims, those that are there, sorted by IRI."""
        return sorted(self.records(list(self.texts.numbers(ids).values())), key=lambda r: str(r["id"]))

    def sources_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The sources of some claims, those that are there."""
        found = self.texts.numbers(ids)
        held = {n: [self.marks.known[c] for c in codes] for n, codes in self.texts.codes(list(found.values()))}
        return {id: value for id, n in found.items() for name, value in held[n] if name == "source"}

    def records(self, numbers: Sequence[int]) -> list[Record]:
        """The records of claims, in the order of their numbers as they are given."""
        bodies = self.texts.bodies(numbers)
        found = [bodies[n] for n in numbers if n in bodies]
        tellers = self.texts.sources(sorted({body["source"] for body in found}))
        states = self.verifier.verify_all([stood(body, self.iris) for body in found])
        for body, state in zip(found, states, strict=True):
            body["source"] = tellers[body["source"]]
            body["anchor"] = {**body.get("anchor", {}), **state.as_anchor()}
        return found

    def ranked(
        self, texts: Sequence[str], question: Question, limit: int, after: tuple[float, int] | None
    ) -> tuple[list[Hit], int, tuple[float, int] | None]:
        """The claims that pass and tell the words of a text, nearest first.

        :param after: where the page before ended.
        :returns: the hits, how many there are in all, and where this page ends; ``None`` on the last.
        """
        asked = match(Question(texts=(tuple(texts), *question.texts)))
        if asked is None:
            return [], 0, None
        found = list(self.texts.ranked(asked))
        if question.needs_columns:
            passing = self.marks.passing(question, marked(n for _, n in found))
            found = [place for place in found if passing >> place[1] & 1]
        rest = [place for place in found if after is None or place > after]
        shown = rest[:limit]
        records = self.records([n for _, n in shown])
        told = [w for text in texts for w in words(text)]
        hits = [
            Hit(record, far, snippet(str(record["paraphrase"]), told))
            for record, (far, _) in zip(records, shown, strict=True)
        ]
        return hits, len(found), shown[-1] if len(rest) > limit else None

    def named(self, text: str, limit: int) -> list[Name]:
        """The terms and sources with a name whose words begin as those of a text do."""
        asked = " AND ".join(f'"{w}"*' for w in words(text))
        return self.texts.named(asked, limit) if asked else []

    def linking(self, target: str) -> list[tuple[str, Record]]:
        """The claims whose records point to something, with the type of the link, sorted by IRI."""
        found = self.texts.linking(target)
        records = self.records([n for n, _ in found])
        return [(type, record) for (_, type), record in zip(found, records, strict=True)]

    def _held(self, several: Sequence[int], names: Collection[str]) -> Iterator[dict[str, list[str]]]:
        """What claims hold, as far as it is asked for."""
        known = self.marks.known
        stated = dict(self.texts.stated(several)) if STATEMENT in names else {}
        for n, codes in self.texts.codes(several):
            held: dict[str, list[str]] = {STATEMENT: [stated[n]]} if n in stated else {}
            for code in codes:
                name, value = known[code]
                if name in names:
                    held.setdefault(name, []).append(value)
            yield held

    def _tally(self, name: str, passing: int) -> Tally:
        if name == STATEMENT:
            return ranked(Counter(iri for _, iri in self.texts.stated(list(numbers(passing)))))
        return self.marks.tally(name, passing)

    def _telling(self, question: Question) -> int | None:
        """The claims that tell the words that are asked for, as bits; ``None`` if none are."""
        if not question.texts:
            return None
        asked = match(question)
        return marked(self.texts.found(asked)) if asked is not None else 0


def stood(body: Mapping[str, Any], iris: Iris) -> Stood:
    """Where the claim of a record stands."""
    told: Mapping[str, Any] = body.get("anchor", {})
    source = body["source"]
    anchor = None
    if "snapshot" in told and "exact" in told:
        places = {k: told.get(k) for k in ("start", "end", "pointer", "before", "after")}
        anchor = Anchor(iris.snapshot(told["snapshot"]), told["exact"], **places)
    return Stood(str(body["id"]), source if isinstance(source, str) else source["id"], anchor)


def snippet(text: str, asked: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """A text in pieces, each with whether it is one of the words that are asked for.

    >>> snippet("Marrow cells calm.", ["cell"])
    (('Marrow ', False), ('cells', True), (' calm.', False))
    """
    pieces: list[tuple[str, bool]] = []
    for part in _PART.findall(text):
        told = part.casefold()
        hit = any(told == w or (len(w) > 3 and told.startswith(w)) for w in asked)
        if pieces and pieces[-1][1] == hit:
            pieces[-1] = (pieces[-1][0] + part, hit)
        else:
            pieces.append((part, hit))
    return tuple(pieces)
