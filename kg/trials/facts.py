"""What is read from a record, before it is a claim."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kg.report import Finding
from kg.schema.vocabulary import Vocabulary
from kg.trials.record import Entry, TrialRecord
from kg.trials.table import Rule

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Fact:
    """One claim in the making.

    :param entry: the value that it is read from.
    :param shown: the value in words, for the paraphrase.
    :param span: place of the words inside the entry's text; ``None`` for all of it.
    :param form: our words for the claim, if they are not the rule's own.
    """

    rule: Rule
    relation: str
    entry: Entry
    shown: str
    object: str | None = None
    quantity: Mapping[str, str] = field(default_factory=dict)
    qualifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    span: tuple[int, int] | None = None
    form: str | None = None

    @property
    def words(self) -> str:
        """The exact words that the claim is anchored to."""
        start, end = self.span or (0, len(self.entry.text))
        return self.entry.text[start:end]

    @property
    def says(self) -> tuple[Hashable, ...]:
        """What it states, without where it was read."""
        return self.relation, self.object, tuple(sorted(self.quantity.items())), tuple(sorted(self.qualifiers.items()))


@dataclass
class Reading:
    """What was read from one record.

    :param findings: values from which no claim is made, with the reason as their code.
    :param unmapped: entries that name no term of the vocabulary, by rule.
    """

    record: TrialRecord
    facts: list[Fact] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unmapped: dict[str, list[Entry]] = field(default_factory=dict)

    def take(self, facts: Iterable[Fact]) -> bool:
        """Keep the facts that say something new; tell whether there was any."""
        known = {f.says for f in self.facts}
        new = list({f.says: f for f in reversed(list(facts)) if f.says not in known}.values())[::-1]
        self.facts.extend(new)
        return bool(new)

    def leave_out(self, rule: Rule, entry: Entry, code: str, message: str) -> None:
        """Note a value from which no claim is made."""
        self.findings.append(
            Finding(
                code, message, where=rule.name, about=self.record.number, pointer=entry.pointer, value=entry.text[:80]
            )
        )


def narrowest(found: Sequence[tuple[str, Place]], vocabulary: Vocabulary) -> list[tuple[str, Place]]:
    """The first place of each term, without terms that are broader than another one found."""
    first: dict[str, Place] = {}
    for term, place in found:
        first.setdefault(term, place)
    broader = {up for t in first for up in vocabulary.ancestors(t) if up != t}
    return [(t, place) for t, place in first.items() if t not in broader]
