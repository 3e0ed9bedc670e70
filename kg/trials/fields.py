"""The rules that read one field each: words of a list, numbers, dates, ages, names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from kg.schema.names import SKOS
from kg.trials.facts import Fact, Reading, narrowest
from kg.trials.record import Entry
from kg.trials.table import Rule, Table
from kg.trials.values import read_age, read_date, read_number
from kg.trials.words import Dictionary

_IDENTIFIER = re.compile(r"([A-Za-z]*)0*(\d+)")


class FieldReader:
    """Reads a record by the rules that stand alone.

    :param table: the rules of the registry.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._names = {r.iri: _dictionary(table, r) for r in table.rules if r.terms}
        self._identified = {r.iri: _identified(table, r) for r in table.rules if r.matches}

    def read(self, into: Reading) -> None:
        """Read every rule in order; of two that say the same, the first makes the claim."""
        made: dict[str, bool] = {}
        for rule in self._table.rules:
            if not any(made.get(iri) for iri in rule.if_none):
                made[rule.iri] = into.take(_READINGS[rule.reading](self, rule, into))
        mapped = {f.entry.pointer for f in into.facts}
        for iri, entries in into.unmapped.items():
            into.unmapped[iri] = [e for e in entries if e.pointer not in mapped]

    # ---- one method a stemma:Reading

    def words(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """Each entry is a word of the field's list."""
        for entry in into.record.entries(rule.paths):
            yield from self._word(rule, into, entry, entry.text)

    def words_together(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """The entries together are one word of the field's list."""
        entries = into.record.entries(rule.paths)
        if entries:
            whole = entries[0] if len(entries) == 1 else into.record.lists(rule.paths)[0]
            yield from self._word(rule, into, whole, "+".join(e.text for e in entries))

    def number(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """A whole number above 0."""
        for entry in into.record.entries(rule.paths):
            number = read_number(entry.text)
            if number is None:
                into.leave_out(rule, entry, "number-not-positive", "this is no whole number above 0")
            else:
                yield from self._planned_or_done(rule, into, entry, (str(number), str(number)), str(number))

    def date(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """A day or a month."""
        for entry in into.record.entries(rule.paths):
            date = read_date(entry.text)
            if date is None:
                into.leave_out(rule, entry, "date-unreadable", "this is no day and no month")
            else:
                yield from self._planned_or_done(rule, into, entry, date.ends, date.iso)

    def age(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """A whole number and a unit of time."""
        for entry in into.record.entries(rule.paths):
            age = read_age(entry.text)
            unit = rule.values[age[1]].unit if age and age[1] in rule.values else None
            if age is None or unit is None:
                into.leave_out(rule, entry, "age-unreadable", "this is no number with a unit of time")
            else:
                number = str(age[0])
                quantity = _quantity(rule, (number, number), unit)
                yield Fact(rule, rule.relation or "", entry, f"{number} {age[1].lower()}", quantity=quantity)

    def count(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """How many entries the field has."""
        for whole in into.record.lists(rule.paths):
            number = str(whole.size)
            quantity = _quantity(rule, (number, number), rule.unit)
            yield Fact(rule, rule.relation or "", whole, number, quantity=quantity)

    def names(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """Each entry as a whole is the name of a term."""
        entries = into.record.entries(rule.paths)
        found = [(self._names[rule.iri].whole(e.text), e) for e in entries]
        into.unmapped[rule.iri] = [e for term, e in found if term is None]
        named = [(term, e) for term, e in found if term is not None]
        # A field that is accepted as it stands keeps the broader terms that it lists beside narrower ones.
        for term, entry in named if rule.accepted else narrowest(named, self._table.vocabulary):
            yield self._named(rule, term, entry)

    def identifiers(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """Each entry is the identifier of a term that is an exact match."""
        known = self._identified[rule.iri]
        found = [(known[k], e) for e in into.record.entries(rule.paths) if (k := _unpadded(e.text)) in known]
        for term, entry in narrowest(found, self._table.vocabulary):
            yield self._named(rule, term, entry)

    def prose(self, rule: Rule, into: Reading) -> Iterator[Fact]:
        """Names of terms stand in running text."""
        for entries in into.record.groups(rule.paths):
            found = [(f.term, (e, f.span)) for e in entries for f in self._names[rule.iri].find(e.text) if f.term]
            for term, (entry, span) in narrowest(found, self._table.vocabulary):
                yield self._named(rule, term, entry, span)
            if found:
                return

    # ---- facts

    def _word(self, rule: Rule, into: Reading, entry: Entry, word: str) -> Iterator[Fact]:
        value = rule.values.get(word)
        if value is None:
            into.leave_out(rule, entry, "word-unknown", "this word is not in the rule's list")
        elif value.object is not None:
            yield self._named(rule, value.object, entry)

    def _planned_or_done(
        self, rule: Rule, into: Reading, entry: Entry, ends: tuple[str, str], shown: str
    ) -> Iterator[Fact]:
        """A quantity whose relation the word beside it tells, or else the rule, if it has one."""
        kinds = into.record.entries(rule.kinds)
        value = rule.values.get(kinds[0].text) if kinds else None
        relation = value.relation if value else rule.relation
        if kinds and value is None:
            into.leave_out(rule, kinds[0], "word-unknown", "this word is not in the rule's list")
        elif relation is None:
            into.leave_out(rule, entry, "kind-missing", "the record does not tell whether it is planned or done")
        else:
            form = value.form if value else None
            yield Fact(rule, relation, entry, shown, quantity=_quantity(rule, ends, rule.unit), form=form)

    def _named(self, rule: Rule, term: str, entry: Entry, span: tuple[int, int] | None = None) -> Fact:
        return Fact(rule, rule.relation or "", entry, self._table.vocabulary.label(term), object=term, span=span)


_READINGS: Mapping[str, Callable[[FieldReader, Rule, Reading], Iterator[Fact]]] = {
    "readsWords": FieldReader.words,
    "readsWordsTogether": FieldReader.words_together,
    "readsNumber": FieldReader.number,
    "readsDate": FieldReader.date,
    "readsAge": FieldReader.age,
    "readsCount": FieldReader.count,
    "readsNames": FieldReader.names,
    "readsIdentifiers": FieldReader.identifiers,
    "readsProse": FieldReader.prose,
}


def _quantity(rule: Rule, ends: tuple[str, str], unit: str | None) -> dict[str, str]:
    told = {"low": ends[0], "high": ends[1]}
    bounded = {k: told[k] for k in rule.bounds}
    return bounded | {k: v for k, v in (("unit", unit), ("of", rule.of)) if v is not None}


def _dictionary(table: Table, rule: Rule) -> Dictionary:
    names = {name: term.iri for term in rule.terms.values() for name in table.names(term)}
    return Dictionary(names | dict.fromkeys(rule.not_meant, ""))


def _identified(table: Table, rule: Rule) -> dict[str, str]:
    matches = ((term, m) for term in rule.terms for m in table.vocabulary.facts(term, SKOS + "exactMatch"))
    head = rule.matches or ""
    return {_unpadded(m.removeprefix(head)): term for term, m in matches if m.startswith(head)}


def _unpadded(identifier: str) -> str:
    """An identifier without leading zeros: registries pad MeSH's D000690 to D000000690."""
    found = _IDENTIFIER.fullmatch(identifier.strip())
    return found[1] + found[2] if found else identifier
