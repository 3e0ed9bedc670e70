"""Records to the JSON that answers, exports and `add` share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal

from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.values import Atom
from kg.schema.names import XSD
from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Field, Kind
from kg.schema.vocabulary import Vocabulary

JsonObject = dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """Writes nodes of one profile as JSON objects; keys follow the shapes' order."""

    vocabulary: Vocabulary
    prefixes: Prefixes
    iris: Iris

    def record(self, node: Node) -> JsonObject:
        """A source or snapshot, or a statement or claim without what is computed."""
        out: JsonObject = {}
        if node.shape.record not in ("claim", "statement"):
            out["type"] = node.shape.record
        out["id"] = node.id
        if node.shape.record == "snapshot":
            out["digest"] = self.iris.snapshot_digest(node.id)
        out.update(self._body(node))
        return out

    def claim(self, claim: Node, statement: Node, source: Node, verification: Mapping[str, Any]) -> JsonObject:
        """A claim with its statement and source embedded.

        :param verification: what to add to the anchor: ``{"verification": "verified"}``.
        """
        out = self.body(claim, statement)
        out["source"] = self.teller(source)
        out["anchor"] = {**out.get("anchor", {}), **verification}
        return out

    def body(self, claim: Node, statement: Node) -> JsonObject:
        """A claim with its statement embedded, and only the IRI of its source."""
        return {**self.record(claim), "statement": self.record(statement)}

    def teller(self, source: Node) -> JsonObject:
        """A source as the claims that it makes tell it."""
        told = self.record(source)
        told["type"] = told.pop("kind", None)
        return {k: told[k] for k in ("id", "title", "type", "published", "interests") if told.get(k)}

    def term(self, iri: str) -> JsonObject:
        """A term as ``{id, curie, label}``; what is not known is left out.

        A term that no vocabulary holds, such as a trial known by its record, goes by its number.
        """
        curie = self.prefixes.compress(iri)
        out: JsonObject = {"id": iri}
        if curie:
            out["curie"] = curie
        if iri in self.vocabulary:
            out["label"] = self.vocabulary.label(iri)
        elif curie:
            out["label"] = curie.split(":", 1)[1]
        return out

    def _body(self, node: Node) -> JsonObject:
        out: JsonObject = {}
        for f in node.shape.fields:
            values = node.values.get(f.path, ())
            if not values:
                continue
            target = out
            for step in f.key[:-1]:
                target = target.setdefault(step, {})
            written = [self.value(f, v) for v in values]
            if f.kind is Kind.LINK:
                target.setdefault(f.key[-1], []).extend(written)
            else:
                target[f.key[-1]] = written if f.many else written[0]
        return out

    def value(self, field: Field, value: Atom | Node) -> Any:
        """A value of a field."""
        if isinstance(value, Node):
            return self._body(value)
        match field.kind:
            case Kind.LITERAL:
                assert isinstance(value, Literal)
                return literal(value.value, value.datatype.value)
            case Kind.TOKEN:
                term = self.vocabulary.get(value.value)
                return term.notation if term and term.notation else value.value
            case Kind.TERM:
                return self.term(value.value)
            case Kind.CURIE:
                return self.prefixes.compress(value.value) or value.value
            case Kind.DIGEST:
                return self.iris.snapshot_digest(value.value)
            case Kind.LINK:
                return {"type": field.link, "to": value.value}
            case _:
                return value.value


def literal(text: str, datatype: str) -> str | int | bool:
    """A literal by its lexical form and datatype."""
    if datatype == XSD + "integer":
        return int(text)
    if datatype == XSD + "boolean":
        return text == "true"
    return text
