"""One claim as the projection keeps it: what it is found by, its words, and its JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from kg.codec.write import Writer
from kg.gate.facts import plain
from kg.model.node import Node
from kg.model.records import Claim, Source
from kg.profile import Profile
from kg.projection.bodies import Bodies
from kg.projection.filters import VERIFICATION, Filters, Values
from kg.projection.fold import RESTS_ON
from kg.projection.walk import Told
from kg.schema.names import DCTERMS, STEMMA

Column = str | int | list[str] | None
_WORD = re.compile(r"\w+")
_TITLE = DCTERMS + "title"
_REST, _ROOT = STEMMA + "restsOn", STEMMA + "root"


@dataclass(frozen=True, slots=True)
class Row:
    """One claim.

    :param statement: the IRI of what it states.
    :param values: what it is found by: filter to IRIs and words.
    :param kept: what is kept beside that: column to value.
    :param body: its JSON record without what is computed and without its source's own words.
    :param words: its words by where they stand: paraphrase, notes, title and names.
    :param links: what its record points to: type of link and IRI.
    """

    id: str
    statement: str
    values: Values
    kept: Mapping[str, Column]
    body: bytes
    words: tuple[str, str, str, str]
    links: tuple[tuple[str, str], ...]

    @property
    def marks(self) -> Mapping[str, Iterable[str]]:
        """What it is marked by: what it is found by, and what it rests on."""
        ends = self.kept[RESTS_ON]
        return {**self.values, RESTS_ON: ends} if isinstance(ends, list) else self.values


@dataclass(frozen=True, slots=True)
class Teller:
    """A source as claims tell it: the part of its record that stands in theirs, and its title."""

    id: str
    title: str
    kind: str
    published: str | None
    told: bytes


def words(text: str) -> list[str]:
    """The words of a text, in small letters.

    >>> words("Marrow-derived MSC")
    ['marrow', 'derived', 'msc']
    """
    return _WORD.findall(text.casefold())


class Maker:
    """Makes rows.

    :param get: reads a record by its IRI.
    """

    def __init__(self, profile: Profile, filters: Filters, writer: Writer, get: Callable[[str], Node | None]) -> None:
        self._profile, self._filters, self._writer, self._get = profile, filters, writer, get
        self._bodies = Bodies(writer, profile.shapes["claim"], profile.shapes["statement"])
        self._names = lru_cache(maxsize=100_000)(self._names_of)
        self._titles = lru_cache(maxsize=10_000)(self._title_of)

    def row(self, told: Told, verification: str) -> Row:
        """A claim's row.

        :param verification: whether its anchor holds.
        :raises Damaged: if its record does not fit its shape.
        """
        values = self._filters.values(told)
        body = self._bodies.body(told)
        return Row(
            told.id,
            told.statement_id,
            {**values, VERIFICATION: frozenset((verification,))},
            _keeping(told),
            orjson.dumps(body),
            self._words(body, values["entity"] | values["relation"]),
            tuple([(link["type"], link["to"]) for link in body.get("links", ())]),
        )

    def teller(self, source: Node) -> Teller:
        """A source."""
        told = Source(source)
        return Teller(source.id, title(source), told.kind, told.published, orjson.dumps(self._writer.teller(source)))

    def forget_titles(self) -> None:
        """A source may be called otherwise now."""
        self._titles.cache_clear()

    def _words(self, body: Mapping[str, Any], terms: Iterable[str]) -> tuple[str, str, str, str]:
        notes = " ".join((body.get("attributedTo", ""), *body.get("notes", ())))
        names = " ".join(sorted({word for iri in terms for word in self._names(iri)}))
        return " ".join(words(body["paraphrase"])), " ".join(words(notes)), self._titles(body["source"]), names

    def _names_of(self, iri: str) -> tuple[str, ...]:
        term = self._profile.vocabulary.get(iri)
        return tuple(word for name in (term.label, *term.synonyms) for word in words(name)) if term else ()

    def _title_of(self, source: str) -> str:
        node = self._get(source)
        return " ".join(words(title(node))) if node else ""


def title(source: Node) -> str:
    """What a source is called."""
    return source.one(_TITLE) or ""


def within(name: str) -> str:
    """The column that holds a filter's values together with every term above them."""
    return f"{name}_within"


def _keeping(told: Told) -> dict[str, Column]:
    """What is kept of every claim beside what it is found by."""
    version = told.one(Claim.version.path)
    return {
        "claim_id": told.id,
        "claim_version": int(version) if version else None,
        "claim_snapshot": told.one(Claim.snapshot.path),
        "claim_made": told.one(Claim.at.path),
        "claim_agent": told.one(Claim.agent.path),
        RESTS_ON: _rests_on(told),
    }


def _rests_on(told: Told) -> list[str]:
    parts = [told.claim[part[1:-1]] for part in told.claim[told.id].get(_REST, ())]
    return sorted({plain(end) for part in parts for end in part.get(_ROOT, ())})
