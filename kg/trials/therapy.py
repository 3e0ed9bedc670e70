"""The therapy that a trial gives: cell, product, source, donor and route, read together.

Registries keep these in running text, spread over names and descriptions of interventions and
arms. Each is a claim of its own where it stands; the join makes one statement of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kg.schema.shapes import Shape
from kg.trials.facts import Fact, Reading, narrowest
from kg.trials.record import Entry, TrialRecord
from kg.trials.table import Join, Rule, Table
from kg.trials.words import Dictionary

Found = tuple[str, tuple[Entry, tuple[int, int]]]

_SPEAKS = "urn:stemma:speaks-of"


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of the record with the terms that it names, and whether it tells of the therapy."""

    found: tuple[Found, ...]
    tells: bool


class TherapyReader:
    """Reads the joins of a table.

    :param statement: shape of a statement: it tells which qualifiers may have several values.
    """

    def __init__(self, table: Table, statement: Shape) -> None:
        self._table = table
        self._many = {f.path: f.many for f in statement.fields}
        self._names = {j.rule.iri: _dictionary(table, j) for j in table.joins}

    def read(self, into: Reading) -> None:
        """Read every join."""
        for join in self._table.joins:
            texts = _Texts(self._table, join, self._names[join.rule.iri], into.record)
            hits = {rule.iri: texts.hits(rule) for rule in join.rules}
            for rule in join.others:
                if rule.relation is not None:
                    into.take(self._fact(rule, hit) for hit in hits[rule.iri])
            into.take(self._joined(join, hits))

    def _joined(self, join: Join, hits: Mapping[str, Sequence[Found]]) -> Iterator[Fact]:
        fillers = {r.fills: [term for term, _ in hits[r.iri]] for r in join.rules if r.fills and hits[r.iri]}
        for rule in join.objects:
            for hit in hits[rule.iri]:
                others = {q: terms for q, terms in fillers.items() if q != rule.fills}
                for qualifiers in self._combined(others):
                    yield self._studies(join, hit, qualifiers)

    def _combined(self, fillers: Mapping[str, list[str]]) -> Iterator[dict[str, tuple[str, ...]]]:
        """The qualifiers of one statement; of several, if one qualifier has values that exclude each other."""
        sure = {q: tuple(sorted(terms)) for q, terms in fillers.items() if len(terms) == 1 or self._many.get(q)}
        unsure = {q: terms for q, terms in fillers.items() if q not in sure}
        if len(unsure) != 1:
            yield sure
        for qualifier, terms in unsure.items() if len(unsure) == 1 else ():
            for term in terms:
                yield {**sure, qualifier: (term,)}

    def _studies(self, join: Join, hit: Found, qualifiers: dict[str, tuple[str, ...]]) -> Fact:
        label = self._table.vocabulary.label
        told = [f"{label(q)}: {', '.join(map(label, terms))}" for q, terms in sorted(qualifiers.items())]
        fact = self._fact(join.rule, hit)
        return replace(fact, qualifiers=qualifiers, shown=fact.shown + (f" ({'; '.join(told)})" if told else ""))

    def _fact(self, rule: Rule, hit: Found) -> Fact:
        term, (entry, span) = hit
        return Fact(rule, rule.relation or "", entry, self._table.vocabulary.label(term), object=term, span=span)


class _Texts:
    """The texts of one record, each searched once."""

    def __init__(self, table: Table, join: Join, names: Dictionary, record: TrialRecord) -> None:
        self._table, self._join, self._names, self._record = table, join, names, record
        self._objects = {term for rule in join.objects for term in rule.terms}
        self._single = len(record.entries(join.items)) == 1
        self._read: dict[str, _Text] = {}

    def hits(self, rule: Rule) -> list[Found]:
        """Where the terms of a rule stand: in the first group of texts that has any, the narrower ones."""
        broad: list[Found] = []
        for group in self._record.groups(rule.paths):
            texts = [self._text(entry) for entry in group]
            found = [hit for text in texts if text.tells for hit in text.found if hit[0] in rule.terms]
            if any(term not in rule.reads_on for term, _ in found):
                return narrowest(found, self._table.vocabulary)
            broad = broad or found
        return narrowest(broad, self._table.vocabulary)

    def _text(self, entry: Entry) -> _Text:
        if entry.pointer not in self._read:
            named = [(f.term, (entry, f.span)) for f in self._names.find(entry.text) if f.term]
            found = tuple((t, at) for term, at in named for t in self._table.reads_as.get(term, (term,)))
            tells = self._single or any(t in self._objects or t == _SPEAKS for t, _ in found)
            self._read[entry.pointer] = _Text(found, tells)
        return self._read[entry.pointer]


def _dictionary(table: Table, join: Join) -> Dictionary:
    names = dict.fromkeys(join.speaks_of, _SPEAKS)
    for rule in join.rules:
        names |= {name: term.iri for term in rule.terms.values() for name in table.names(term)}
        names |= dict.fromkeys(rule.not_meant, "")
    return Dictionary(names)
