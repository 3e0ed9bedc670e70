"""One claim as the projection keeps it: what it is found by, its words, and its JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from kg.codec.write import Writer
from kg.errors import Damaged
from kg.model.node import Node
from kg.model.records import Claim, Source
from kg.profile import Profile
from kg.projection.filters import VERIFICATION, Filters
from kg.schema.names import DCTERMS, STEMMA

Column = str | int | list[str] | None
_WORD = re.compile(r"\w+")
_TITLE = DCTERMS + "title"
_RESTS_ON, _ROOT = STEMMA + "restsOn", STEMMA + "root"


@dataclass(frozen=True, slots=True)
class Row:
    """One claim.

    :param columns: column name to value; a list for what a claim may hold several of.
    :param body: its JSON record without what is computed and without its source's own words.
    :param words: its words by where they stand: paraphrase, notes, title and names.
    :param links: what its record points to: type of link and IRI.
    """

    id: str
    columns: Mapping[str, Column]
    body: bytes
    words: tuple[str, str, str, str]
    links: tuple[tuple[str, str], ...]


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
        self._within = lru_cache(maxsize=100_000)(lambda iri: tuple(sorted(profile.vocabulary.ancestors(iri))))
        self._names = lru_cache(maxsize=100_000)(self._names_of)
        self._titles = lru_cache(maxsize=10_000)(self._title_of)

    def row(self, claim: Node, verification: str) -> Row:
        """A claim's row.

        :param verification: whether its anchor holds.
        :raises Damaged: if its statement is missing from the store.
        """
        told = Claim(claim)
        statement = self._get(told.statement)
        if statement is None:
            raise Damaged("the claim's statement is missing from the store", where=claim.id)
        values = self._filters.values(claim, statement)
        body = self._writer.body(claim, statement)
        return Row(
            claim.id,
            {**self._columns(values), VERIFICATION: verification, **_keeping(told)},
            orjson.dumps(body),
            self._words(told.source, body, values["entity"] | values["relation"]),
            tuple((link["type"], link["to"]) for link in body.get("links", ())),
        )

    def teller(self, source: Node) -> Teller:
        """A source."""
        told = Source(source)
        return Teller(source.id, title(source), told.kind, told.published, orjson.dumps(self._writer.teller(source)))

    def forget_titles(self) -> None:
        """A source may be called otherwise now."""
        self._titles.cache_clear()

    def _columns(self, values: Mapping[str, frozenset[str]]) -> dict[str, Column]:
        out: dict[str, Column] = {}
        for name, held in values.items():
            if name in self._filters.lists:
                out[name] = sorted(held)
            else:
                out[name] = min(held, default=None)
            if self._filters.all[name].below:
                out[within(name)] = sorted({up for iri in held for up in self._within(iri)})
        return out

    def _words(self, source: str, body: Mapping[str, Any], terms: Iterable[str]) -> tuple[str, str, str, str]:
        notes = " ".join((body.get("attributedTo", ""), *body.get("notes", ())))
        names = " ".join(sorted({word for iri in terms for word in self._names(iri)}))
        return " ".join(words(body["paraphrase"])), " ".join(words(notes)), self._titles(source), names

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


def _keeping(claim: Claim) -> dict[str, Column]:
    """What is kept of every claim beside what it is found by."""
    return {
        "claim_id": claim.id,
        "claim_version": claim.version,
        "claim_snapshot": claim.snapshot,
        "claim_made": claim.at,
        "claim_agent": claim.agent,
        "claim_rests_on": sorted({end for part in claim.node.parts(_RESTS_ON) for end in part.atoms(_ROOT)}),
    }
