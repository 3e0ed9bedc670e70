"""The table of rules by which a registry's record becomes claims, read from the ontology.

Field names, words, relations and who accepts what stand in the profile's Turtle
(``trials-import.ttl`` for cell-therapy); here they become values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kg.errors import ProfileError, UsageError
from kg.schema.names import OWL, SKOS, STEMMA, local_name
from kg.schema.vocabulary import Term, Vocabulary

FLAT = "flat"
"""The retired study-fields format: every field a list, no nesting."""
V2 = "v2"
"""Today's JSON: sections, modules and structures."""

_FIELDS = {FLAT: "flatField", V2: "v2Path"}
_KINDS = {FLAT: "flatKind", V2: "v2Kind"}

Paths = tuple[tuple[str, ...], ...]
"""Paths into a record, in groups: a group is read where those before it gave nothing."""


@dataclass(frozen=True, slots=True)
class Value:
    """What one word of a coded field means: an object, a relation or a unit, or nothing."""

    object: str | None = None
    relation: str | None = None
    unit: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``paths`` and ``kinds`` go by format; ``values`` by word.

    :param reading: local name of the stemma:Reading.
    :param accepted: whether what it reads is accepted at once; otherwise it is proposed.
    :param terms: the terms it may find, by IRI; empty for a rule that looks for none.
    :param not_meant: words in which a name stands that is not meant.
    :param reads_on: terms so broad that the next group of texts is read for a narrower one.
    :param matches: namespace of the identifiers that it reads, as the vocabulary's exact matches.
    :param fills: the qualifier that its finding becomes in the join's statement.
    """

    iri: str
    reading: str
    paths: Mapping[str, Paths]
    kinds: Mapping[str, Paths]
    relation: str | None
    form: str
    category: str
    accepted: bool
    values: Mapping[str, Value]
    terms: Mapping[str, Term]
    not_meant: tuple[str, ...]
    reads_on: tuple[str, ...]
    unit: str | None
    of: str | None
    bounds: tuple[str, ...]
    matches: str | None
    if_none: tuple[str, ...]
    fills: str | None
    join: str | None

    @property
    def name(self) -> str:
        """The rule's name, such as ``ctgov-phase``."""
        return local_name(self.iri)


@dataclass(frozen=True, slots=True)
class Join:
    """Rules that are read together and make one statement: objects, and what fills qualifiers."""

    rule: Rule
    objects: tuple[Rule, ...]
    others: tuple[Rule, ...]
    speaks_of: tuple[str, ...]
    items: Mapping[str, Paths]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules of the join."""
        return (*self.objects, *self.others)


@dataclass(frozen=True)
class Table:
    """The rules of one registry.

    :param iri: IRI of the registry's entry in the table.
    :raises ProfileError: if the table does not hold together.
    """

    vocabulary: Vocabulary
    iri: str

    @staticmethod
    def of(vocabulary: Vocabulary) -> Table:
        """The table of the profile's registry.

        :raises UsageError: if the profile has none.
        """
        found = vocabulary.members(STEMMA + "Registry")
        if not found:
            raise UsageError("this profile has no rules for trial records", hint="A stemma:Registry would hold them.")
        return Table(vocabulary, found[0].iri)

    @property
    def publisher(self) -> str:
        """Name of the registry."""
        return self.vocabulary.label(self.iri)

    @property
    def name(self) -> str:
        """Short name of the registry, such as ``ctgov``."""
        return local_name(self.iri)

    @cached_property
    def version(self) -> str:
        """Version of the rules."""
        return self._must(self.iri, "versionInfo", OWL)

    @cached_property
    def kind(self) -> str:
        """Word for the kind of source that a record is."""
        return self._word(self._must(self.iri, "kind"))

    @cached_property
    def number_form(self) -> re.Pattern[str]:
        """What a record's number looks like, from end to end."""
        return re.compile(self._must(self.iri, "numberForm"))

    @cached_property
    def namespace(self) -> str:
        """What stands before the number in the IRI of a trial."""
        return self._must(self.iri, "recordNamespace")

    @cached_property
    def title_form(self) -> str:
        """Our title of a record."""
        return self._must(self.iri, "titleForm")

    @cached_property
    def leaves_out(self) -> frozenset[str]:
        """Fields that are no part of a record."""
        return frozenset(self.vocabulary.facts(self.iri, STEMMA + "leavesOut"))

    @cached_property
    def number_paths(self) -> Mapping[str, Paths]:
        """Where a record's number stands, by format."""
        return self._paths(self._must(self.iri, "numberRule"), _FIELDS)

    @cached_property
    def updated_paths(self) -> Mapping[str, Paths]:
        """Where the day of a record's last change stands, by format."""
        return self._paths(self._must(self.iri, "updateRule"), _FIELDS)

    @cached_property
    def condition_rule(self) -> str:
        """The rule whose unmapped entries are conditions that stay text."""
        return self._must(self.iri, "conditionRule")

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that stand alone, in order."""
        return tuple(r for r in self._rules if r.join is None)

    @cached_property
    def joins(self) -> tuple[Join, ...]:
        """The joins, in order."""
        return tuple(self._join(t) for t in self.vocabulary.members(STEMMA + "ImportJoin"))

    @cached_property
    def reads_as(self) -> Mapping[str, tuple[str, ...]]:
        """Terms whose names mean others in running text."""
        found = ((iri, self.vocabulary.facts(iri, STEMMA + "readsAs")) for iri in self.vocabulary.terms)
        return {iri: means for iri, means in found if means}

    def names(self, term: Term) -> tuple[str, ...]:
        """The names of a term in records."""
        return (term.label, *term.synonyms, *self.vocabulary.facts(term.iri, SKOS + "hiddenLabel"))

    # ---- reading the table

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return tuple(self._rule(t.iri) for t in self.vocabulary.members(STEMMA + "ImportRule"))

    @cached_property
    def _values(self) -> Mapping[str, Mapping[str, Value]]:
        found: dict[str, dict[str, Value]] = {}
        for term in self.vocabulary.members(STEMMA + "ImportValue"):
            value = Value(
                object=self._one(term.iri, "object"),
                relation=self._one(term.iri, "relation"),
                unit=self._one(term.iri, "unit"),
                form=self._one(term.iri, "paraphraseForm"),
            )
            words = found.setdefault(self._must(term.iri, "ofRule"), {})
            for word in self.vocabulary.facts(term.iri, STEMMA + "word"):
                if word in words:
                    raise ProfileError(f"the word {word!r} stands twice", where=term.iri)
                words[word] = value
        return found

    def _rule(self, iri: str) -> Rule:
        return Rule(
            iri=iri,
            reading=local_name(self._one(iri, "reading") or ""),
            paths=self._paths(iri, _FIELDS),
            kinds=self._paths(iri, _KINDS),
            relation=self._one(iri, "relation"),
            form=self._one(iri, "paraphraseForm") or "",
            category=self._word(self._must(iri, "category")),
            accepted=self._must(iri, "reviewStatus") == STEMMA + "accepted",
            values=self._values.get(iri, {}),
            terms=self._terms(iri),
            not_meant=self.vocabulary.facts(iri, STEMMA + "notMeant"),
            reads_on=self.vocabulary.facts(iri, STEMMA + "readsOn"),
            unit=self._one(iri, "unit"),
            of=self._one(iri, "of"),
            bounds=tuple(local_name(b) for b in self.vocabulary.facts(iri, STEMMA + "bound")),
            matches=self._one(iri, "matchNamespace"),
            if_none=self.vocabulary.facts(iri, STEMMA + "ifNone"),
            fills=self._one(iri, "fills"),
            join=self._one(iri, "inJoin"),
        )

    def _join(self, term: Term) -> Join:
        members = [r for r in self._rules if r.join == term.iri]
        objects = self.vocabulary.facts(term.iri, STEMMA + "joins")
        return Join(
            rule=self._rule(term.iri),
            objects=tuple(r for r in members if r.iri in objects),
            others=tuple(r for r in members if r.iri not in objects),
            speaks_of=self.vocabulary.facts(term.iri, STEMMA + "speaksOf"),
            items=self._paths(self._must(term.iri, "itemRule"), _FIELDS),
        )

    def _terms(self, iri: str) -> Mapping[str, Term]:
        facts = self.vocabulary.facts
        below, excepted = set(facts(iri, STEMMA + "below")), set(facts(iri, STEMMA + "exceptTerm"))
        return {
            term.iri: term
            for cls in facts(iri, STEMMA + "among")
            for term in self.vocabulary.members(cls)
            if not term.deprecated
            and term.iri not in excepted
            and (not below or not below.isdisjoint(self.vocabulary.ancestors(term.iri)))
        }

    def _paths(self, iri: str, properties: Mapping[str, str]) -> Mapping[str, Paths]:
        found = {f: self._one(iri, p) for f, p in properties.items()}
        return {f: tuple(_group(g.split()) for g in text.split("|")) for f, text in found.items() if text}

    def _word(self, iri: str) -> str:
        term = self.vocabulary.get(iri)
        if term is None or term.notation is None:
            raise ProfileError("the import rules name a word that is in no list", where=iri)
        return term.notation

    def _one(self, iri: str, name: str, namespace: str = STEMMA) -> str | None:
        return next(iter(self.vocabulary.facts(iri, namespace + name)), None)

    def _must(self, iri: str, name: str, namespace: str = STEMMA) -> str:
        found = self._one(iri, name, namespace)
        if found is None:
            raise ProfileError(f"an entry of the import rules has no {name}", where=iri)
        return found


def _group(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(p if p.startswith("/") else f"/{p}" for p in paths)
