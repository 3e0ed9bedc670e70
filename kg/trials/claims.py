"""Facts to records: the source, its snapshot and the claims that go through the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.model.digest import digest
from kg.model.iris import Iris
from kg.schema.shapes import Shape
from kg.trials.facts import Fact
from kg.trials.record import TrialRecord
from kg.trials.table import Table

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class ClaimWriter:
    """Writes what was read as records of the workspace.

    :param statement: shape of a statement: where its qualifiers stand in JSON.
    :param version: of this software, for its name as an agent.
    :param at: when, as xsd:dateTime.
    """

    table: Table
    iris: Iris
    statement: Shape
    version: str
    at: str

    @property
    def importer(self) -> str:
        """The agent that proposes every claim."""
        return f"{self.table.name}-importer-{self.version}"

    @property
    def rule(self) -> str:
        """The agent that accepts coded fields: the table of rules, in its version."""
        return f"{self.table.name}-coded-field-rule-{self.table.version}"

    def source_id(self, record: TrialRecord) -> str:
        """The IRI of a record as a source."""
        return self.iris.of("source", record.number)

    def source(self, record: TrialRecord) -> JsonObject:
        """The record as a source."""
        return {
            "type": "source",
            "id": self.source_id(record),
            "kind": self.table.kind,
            "title": self.table.title_form.format(number=record.number),
            "publisher": self.table.publisher,
            "published": record.updated,
            "url": self.table.namespace + record.number,
            "about": self.table.namespace + record.number,
        }

    def snapshot(self, record: TrialRecord) -> JsonObject:
        """The record as a snapshot of that source."""
        return {
            "type": "snapshot",
            "id": digest(record.text),
            "source": [self.source_id(record)],
            "length": len(record.text),
            "mediaType": "application/json",
            "extractor": f"canonical JSON (RFC 8785) by {self.importer}",
        }

    def claim(self, record: TrialRecord, fact: Fact) -> JsonObject:
        """A fact as a claim of that source, anchored in that snapshot."""
        anchor: JsonObject = {
            "snapshot": digest(record.text),
            "pointer": fact.entry.pointer,
            "exact": digest(fact.words),
        }
        if fact.span is not None:
            anchor |= {"start": fact.span[0], "end": fact.span[1]}
        accepted = {"status": "accepted", "by": [self.rule], "at": self.at}
        return {
            "category": fact.rule.category,
            "paraphrase": self._paraphrase(record, fact),
            "polarity": "affirmed",
            "certainty": "asserted",
            "statement": self._statement(record, fact),
            "source": {"id": self.source_id(record)},
            "anchor": anchor,
            "review": accepted if fact.rule.accepted else {"status": "proposed"},
            "provenance": {"agent": self.importer, "at": self.at, "activity": f"rule {fact.rule.name}"},
        }

    def superseded(self, claim: Mapping[str, Any]) -> JsonObject:
        """A claim of an older snapshot, as the newer one leaves it."""
        decision = {"status": "superseded", "by": [self.rule], "at": self.at, "reason": "newer-snapshot"}
        return {**claim, "review": decision}

    def _statement(self, record: TrialRecord, fact: Fact) -> JsonObject:
        told: JsonObject = {"subject": self.table.namespace + record.number, "relation": fact.relation}
        if fact.object is not None:
            told["object"] = fact.object
        if fact.quantity:
            told["quantity"] = dict(fact.quantity)
        for path, terms in fact.qualifiers.items():
            field = self.statement.field(path)
            if field is not None:
                told.setdefault(field.key[0], {})[field.key[1]] = list(terms) if field.many else terms[0]
        return told

    def _paraphrase(self, record: TrialRecord, fact: Fact) -> str:
        text = (fact.form or fact.rule.form).format(trial=record.number, value=fact.shown)
        return text if len(text) <= 500 else text[:499] + "…"
