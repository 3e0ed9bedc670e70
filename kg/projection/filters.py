"""What a claim can be found by. It follows from the profile's shapes: every word and every term that
a claim or its statement holds can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kg.model.records import Claim
from kg.profile import Profile
from kg.projection.walk import Told
from kg.schema.names import ENTITY, STEMMA
from kg.schema.shapes import Field, Kind

Values = Mapping[str, frozenset[str]]
"""Filter name to the IRIs and words by which a claim is found."""

Tally = list[tuple[str, int]]
"""Values of a filter and the claims that they would find, most first."""

TEXT = "text"
VERIFICATION = "verification"
_NONE: frozenset[str] = frozenset()
_ENDS = tuple(STEMMA + name for name in ("relation", "subject", "object", "of"))


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


class Filters:
    """The filters of a profile, and what each finds in a claim."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._standing_for = lru_cache(maxsize=20_000)(self._roles_of)
        self.within = lru_cache(maxsize=100_000)(self._within_of)
        """A term and every term above it."""
        self._software = profile.prefixes.namespaces["agent"]
        mentions = next((f for f in profile.shapes["claim"].fields if f.path == STEMMA + "mention"), None)
        self._mention = mentions.path if mentions else ""
        self._named = (
            tuple(f.path for f in mentions.part.fields if f.kind is Kind.CURIE) if mentions and mentions.part else ()
        )

    @cached_property
    def all(self) -> Mapping[str, Filter]:
        """Every filter by its name."""
        vocabulary = self._profile.vocabulary
        found = {
            TEXT: Filter(TEXT, "Words of the paraphrase, the notes, the source's title or the names of its terms."),
            "entity": Filter("entity", "A term in any role, or one below it.", ENTITY, below=True),
            "qualifier": Filter("qualifier", "A term in any qualifier.", ENTITY),
            "mention": Filter("mention", "A term named in the claim's words.", ENTITY),
            "source": Filter("source", "The source that makes it: its IRI, or the last part of that."),
            "statement": Filter("statement", "The statement that it makes: its IRI, or the last part of that."),
            VERIFICATION: Filter(VERIFICATION, "Whether its anchor holds.", words=self._words("Verification")),
            "reviewer": Filter("reviewer", "Who decided on it.", words=("person", "software")),
        }
        for name, (_, field) in self.fields.items():
            term = vocabulary.get(field.path)
            about = (term.definition or term.label) if term else field.message
            if field.kind is Kind.TOKEN:
                words = tuple(str(t.notation) for t in vocabulary.members(str(field.cls)))
                found.setdefault(name, Filter(name, about, words=words))
            else:
                found.setdefault(name, Filter(name, about, field.cls, below=field.path not in _ENDS))
        return found

    @cached_property
    def fields(self) -> Mapping[str, tuple[str, Field]]:
        """The fields that hold words and terms, by the last part of their key, each with its record's word."""
        placed = ((word, f) for word in ("claim", "statement") for f in self._profile.shapes[word].fields)
        return {f.key[-1]: (word, f) for word, f in placed if f.kind in (Kind.TOKEN, Kind.TERM)}

    @cached_property
    def lists(self) -> frozenset[str]:
        """The filters by which a claim may be found with several values."""
        single = {n for n, (_, f) in self.fields.items() if not f.many and n not in self._taken_from_ends}
        return frozenset(self.all) - single - {TEXT, "source", "statement", VERIFICATION, "reviewer"}

    def values(self, told: Told) -> dict[str, frozenset[str]]:
        """What a claim is found by; without its text, and without whether its anchor holds."""
        claim, statement = told.claim[told.id], told.statement[told.statement_id]
        values = dict.fromkeys(self._named_all, _NONE)
        for name, word, path, words in self._read:
            found = (claim if word == "claim" else statement).get(path)
            if found is not None:
                iris = [t[1:-1] for t in found]
                values[name] = frozenset(iris if words is None else [words.get(iri, iri) for iri in iris])
        ends = values["subject"] | values["object"]
        values["qualifier"] = _NONE.union(*[values[n] for n in self._qualifiers])
        if self._mention in claim:
            parts = [told.claim[part[1:-1]] for part in claim[self._mention]]
            values["mention"] = frozenset(t[1:-1] for part in parts for path in self._named for t in part.get(path, ()))
        values["entity"] = ends.union(values["of"], values["qualifier"], values["mention"])
        for end in ends:
            for name in self._standing_for(end):
                values[name] |= {end}
        values["source"] = frozenset([claim[Claim.source.path][0][1:-1]])
        values["statement"] = frozenset((told.statement_id,))
        deciders = tuple(t[1:-1] for t in claim.get(Claim.reviewers.path, ()))
        values["reviewer"] = frozenset(filter(None, (self.reviewer(deciders),)))
        return values

    def reviewer(self, deciders: tuple[str, ...]) -> str | None:
        """``software`` if every one who decided is software, ``person`` if not; ``None`` if nobody did."""
        if not deciders:
            return None
        return "software" if all(d.startswith(self._software) for d in deciders) else "person"

    @cached_property
    def _named_all(self) -> tuple[str, ...]:
        return (*self.fields, "qualifier", "mention", "entity", "source", "statement", "reviewer")

    @cached_property
    def _qualifiers(self) -> tuple[str, ...]:
        qualified = ((n, word, f) for n, (word, f) in self.fields.items() if f.path not in _ENDS)
        return tuple(n for n, word, f in qualified if f.kind is Kind.TERM and word == "statement")

    @cached_property
    def _taken_from_ends(self) -> Mapping[str, str]:
        """Qualifiers for which subject and object stand, since no qualifier repeats them; with their class."""
        classes = {n: str(self.fields[n][1].cls) for n in self._qualifiers}
        return {n: cls for n, cls in classes.items() if cls != ENTITY}

    @cached_property
    def _read(self) -> tuple[tuple[str, str, str, Mapping[str, str] | None], ...]:
        """Of each field: its filter, its record, its property, and its words by IRI if it takes words."""
        vocabulary = self._profile.vocabulary
        tokens = {
            n: {t.iri: t.notation or t.iri for t in vocabulary.members(str(f.cls))}
            for n, (_, f) in self.fields.items()
            if f.kind is Kind.TOKEN
        }
        return tuple((n, word, f.path, tokens.get(n)) for n, (word, f) in self.fields.items())

    def _roles_of(self, iri: str) -> tuple[str, ...]:
        vocabulary = self._profile.vocabulary
        return tuple(n for n, cls in self._taken_from_ends.items() if vocabulary.is_a(iri, cls))

    def _within_of(self, iri: str) -> tuple[str, ...]:
        return tuple(self._profile.vocabulary.ancestors(iri))

    def _words(self, cls: str) -> tuple[str, ...]:
        return tuple(str(t.notation) for t in self._profile.vocabulary.members(STEMMA + cls))
