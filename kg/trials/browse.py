"""Trials as claims tell them: one item each, every value with the claims that it comes from.

What is told of a trial, and where in a claim it stands, are slots of the ontology: what is given
(``stemma:VariantSlot``), for what (``stemma:ContextSlot``), and the trial itself (``stemma:TrialSlot``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kg.errors import UsageError
from kg.schema.facts import members
from kg.schema.names import local_name
from kg.schema.prefixes import Prefixes
from kg.schema.vocabulary import Term, Vocabulary

Record = Mapping[str, Any]

_VARIANT, _CONTEXT, _TRIAL = "VariantSlot", "ContextSlot", "TrialSlot"


class Finder(Protocol):
    """What tells which terms a word means; :class:`kg.browse.Browser` is one."""

    def terms(self, text: str, cls: str) -> tuple[Term, ...]:
        """The terms of a class that a text names."""

    def narrower(self, iri: str) -> frozenset[str]:
        """A term and every term below it."""


@dataclass(frozen=True, slots=True)
class TrialSlot:
    """What is told of a trial. ``word`` is its key; ``cls`` the class of its terms, ``None`` for a number.

    :param given: whether it is part of the therapy that is given.
    """

    word: str
    label: str
    about: str
    cls: str | None
    qualifier: str | None
    relations: frozenset[str]
    given: bool


@dataclass(frozen=True, slots=True)
class Value:
    """One value, with the claims that it comes from, sorted.

    :param relation: IRI and label of the relation, where the value is a number.
    """

    told: Mapping[str, Any]
    claims: tuple[str, ...]
    relation: tuple[str, str] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The value for JSON."""
        if self.relation is None:
            return {**self.told, "claims": list(self.claims)}
        id, label = self.relation
        return {"relation": {"id": id, "label": label}, "quantity": dict(self.told), "claims": list(self.claims)}


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial.

    :param number: its number in its registry, such as NCT03280056; ``None`` if no prefix has it.
    :param sources: IRI and title of every source that tells something of it, sorted.
    :param values: slot word to values, those of most claims first.
    :param statements: what single statements say: slot word to the IRIs of terms.
    """

    id: str
    number: str | None
    label: str
    sources: tuple[tuple[str, str], ...]
    values: Mapping[str, tuple[Value, ...]]
    statements: tuple[Mapping[str, frozenset[str]], ...]

    def as_dict(self) -> dict[str, Any]:
        """The trial for JSON."""
        return {
            "id": self.id,
            "number": self.number,
            "label": self.label,
            "sources": [{"id": id, "title": title} for id, title in self.sources],
            **{word: [v.as_dict() for v in values] for word, values in self.values.items()},
        }


@dataclass(frozen=True)
class Trials:
    """The trials of some claims, by number, then IRI."""

    slots: tuple[TrialSlot, ...]
    items: tuple[Trial, ...]

    @staticmethod
    def of(records: Iterable[Record], vocabulary: Vocabulary, prefixes: Prefixes) -> Trials:
        """Fold claims into trials.

        :param records: records of the claims that count; what they deny is left out.
        """
        slots = read_slots(vocabulary)
        relations = frozenset(r for s in slots for r in s.relations)
        by_trial: dict[str, list[Record]] = {}
        for record in records:
            if record["polarity"] == "affirmed" and record["statement"]["relation"]["id"] in relations:
                by_trial.setdefault(record["statement"]["subject"]["id"], []).append(record)
        found = [_trial(id, told, slots, vocabulary, prefixes) for id, told in by_trial.items()]
        return Trials(slots, tuple(sorted(found, key=lambda t: (t.number is None, t.number or "", t.id))))

    def filters(self) -> dict[str, TrialSlot]:
        """What can be asked for, by word."""
        return {s.word: s for s in self.slots if s.cls is not None}

    def select(self, asked: Mapping[str, Sequence[str]], finder: Finder) -> tuple[Trial, ...]:
        """The trials that pass every filter; of one filter with several values, one is enough.

        What is asked of the therapy must stand in one statement: a trial that gives one cell into the
        spine and another into a vein does not give the other into the spine.

        :param asked: filter word to CURIEs, IRIs, labels or synonyms; terms below them count too.
        :raises UsageError: if there is no such filter or term.
        """
        wanted = {word: self._meant(word, values, finder) for word, values in asked.items() if values}
        given = {w: terms for w, terms in wanted.items() if self.filters()[w].given}
        others = [({w: terms}) for w, terms in wanted.items() if w not in given]
        groups = [g for g in (given, *others) if g]
        return tuple(t for t in self.items if all(_says(t, group) for group in groups))

    def _meant(self, word: str, values: Sequence[str], finder: Finder) -> frozenset[str]:
        slot = self.filters().get(word)
        if slot is None or slot.cls is None:
            raise UsageError("no such filter", where=word, hint=f"Filters: {', '.join(sorted(self.filters()))}.")
        found: set[str] = set()
        for value in values:
            terms = finder.terms(value, slot.cls)
            if not terms:
                known = sorted({str(v.told["label"]) for t in self.items for v in t.values[word]})
                hint = f"In these trials: {', '.join(known[:12])}." if known else "Give a CURIE, an IRI or a label."
                raise UsageError(f"no term for this is called {value!r}", where=word, hint=hint)
            found.update(iri for t in terms for iri in finder.narrower(t.replaced_by or t.iri))
        return frozenset(found)


def read_slots(vocabulary: Vocabulary) -> tuple[TrialSlot, ...]:
    """The slots that a trial's own relations fill: those of the trial, of the disease, of the therapy."""
    found = []
    for kind in (_TRIAL, _CONTEXT, _VARIANT):
        for f in members(vocabulary, kind):
            if relations := f.all("slotRelation"):
                word, about = f.term.notation or local_name(f.iri), f.term.definition
                of = f.one("slotClass"), f.one("slotQualifier")
                found.append(TrialSlot(word, f.term.label, about, *of, relations, kind == _VARIANT))
    return tuple(found)


def _says(trial: Trial, wanted: Mapping[str, frozenset[str]]) -> bool:
    return any(all(terms & said.get(word, frozenset()) for word, terms in wanted.items()) for said in trial.statements)


def _trial(
    id: str, records: Sequence[Record], slots: Sequence[TrialSlot], vocabulary: Vocabulary, prefixes: Prefixes
) -> Trial:
    curie = prefixes.compress(id)
    number = curie.partition(":")[2] if curie else None
    label = records[0]["statement"]["subject"].get("label")
    said = [(r, {s.word: list(_told(r["statement"], s, vocabulary)) for s in slots}) for r in records]
    return Trial(
        id=id,
        number=number,
        label=label or number or id,
        sources=tuple(sorted({(r["source"]["id"], str(r["source"].get("title", ""))) for r in records})),
        values={s.word: _values([(r["id"], v) for r, by in said for v in by[s.word]]) for s in slots},
        statements=tuple(
            {word: frozenset(str(v.told["id"]) for v in values if v.relation is None) for word, values in by.items()}
            for _, by in said
        ),
    )


def _told(statement: Record, slot: TrialSlot, vocabulary: Vocabulary) -> Iterator[Value]:
    """What a statement says in a slot: its object or number, and the slot's qualifier."""
    relation = statement["relation"]
    if relation["id"] in slot.relations:
        if slot.cls is None and "quantity" in statement:
            yield Value(statement["quantity"], (), (relation["id"], relation.get("label", relation["id"])))
        elif slot.cls is not None and "object" in statement and vocabulary.is_a(statement["object"]["id"], slot.cls):
            yield Value(statement["object"], ())
    if slot.qualifier is not None:
        held = statement.get("qualifiers", {}).get(local_name(slot.qualifier), ())
        yield from (Value(v, ()) for v in (held if isinstance(held, list) else [held]) if isinstance(v, Mapping))


def _values(found: Iterable[tuple[str, Value]]) -> tuple[Value, ...]:
    """The same values in one, with all their claims."""
    first: dict[str, Value] = {}
    claims: dict[str, set[str]] = {}
    for claim, value in found:
        key = str(value.told["id"]) if value.relation is None else f"{value.relation[0]} {sorted(value.told.items())!r}"
        first.setdefault(key, value)
        claims.setdefault(key, set()).add(claim)
    order = sorted(first, key=lambda key: (-len(claims[key]), key))
    return tuple(Value(first[k].told, tuple(sorted(claims[k])), first[k].relation) for k in order)
