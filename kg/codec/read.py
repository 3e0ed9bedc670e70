"""JSON to records, by the shapes. Every fault is a finding with its JSON Pointer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from pyoxigraph import NamedNode

from kg.codec.normal import PART, content_text, part_id, statement_id
from kg.errors import DataError
from kg.model.iris import Iris, is_iri
from kg.model.node import Node, named
from kg.model.values import Atom, canonical
from kg.report import Finding, Severity
from kg.schema.names import XSD
from kg.schema.prefixes import Prefixes
from kg.schema.shapes import Field, Kind, Shape
from kg.schema.vocabulary import Vocabulary

Json = object
Path = tuple[str | int, ...]


@dataclass
class Reader:
    """Reads records of one profile into nodes; findings gather in ``findings``.

    :param shapes: record word to shape.
    :param where: where the record came from (file and line), for the findings.
    """

    shapes: Mapping[str, Shape]
    vocabulary: Vocabulary
    prefixes: Prefixes
    iris: Iris
    where: str = ""
    findings: list[Finding] = dataclass_field(default_factory=list)
    about: str = ""

    def record(self, data: Json) -> list[Node]:
        """Read one record.

        :returns: its nodes: a source, a snapshot, or a statement and the claim that makes it.
            Empty if it is no record at all; the findings say why.
        """
        if not isinstance(data, dict):
            self._find("record", "a record is a JSON object", (), data)
            return []
        word = data.get("type", "claim")
        shape = self.shapes.get(word) if isinstance(word, str) and word != "statement" else None
        if shape is None:
            self._find("record", "a record's type is claim, source or snapshot", ("type",), word)
            return []
        self.about = data["id"] if isinstance(data.get("id"), str) else ""
        given = self._given_id(str(shape.record), data)
        body = {k: v for k, v in data.items() if k not in ("id", "type", "@context")}
        extra: list[Node] = []
        node = self._node(given or "urn:stemma:unnamed", shape, body, (), extra)
        if given is None and shape.record == "snapshot":
            if "id" not in data and "digest" not in data:
                self._find("digest", "a snapshot is named by sha256: and 64 hex digits", ("id",), None)
            return []
        if given is None:
            node = node.renamed(self.iris.minted(str(shape.record), content_text(node)))
            self.about = node.id
        return [*extra, node]

    # ---- ids

    def _given_id(self, record: str, data: Mapping[str, Json]) -> str | None:
        text = data.get("id", data.get("digest") if record == "snapshot" else None)
        if "id" not in data and text is None:
            return None
        if isinstance(text, str):
            if record == "snapshot" and text.startswith("sha256:"):
                return self._snapshot(text, ("id",))
            iri = text if ":" in text or "/" in text else self.iris.of(record, text)
            if self.iris.is_(record, iri):
                return iri
        self._find("id", f"the id of a {record} is an IRI below {self.iris.of(record, '')}", ("id",), text)
        return None

    def _snapshot(self, text: Json, at: Path) -> str | None:
        if isinstance(text, str):
            iri = text if self.iris.is_("snapshot", text) else None
            try:
                return iri or self.iris.snapshot(text)
            except ValueError:
                pass
        self._find("digest", "a snapshot is named by sha256: and 64 hex digits", at, text)
        return None

    # ---- objects

    def _node(self, id: str, shape: Shape, data: Mapping[str, Json], at: Path, extra: list[Node]) -> Node:
        values: dict[str, list[Atom | Node]] = {}
        flat = dict(self._leaves(shape, data, at))
        for key, fields in shape.by_key.items():
            if key in flat:
                self._property(id, fields, flat[key], (*at, *key), values, extra)
        return Node.of(id, shape, values)

    def _leaves(self, shape: Shape, data: Mapping[str, Json], at: Path) -> Iterable[tuple[tuple[str, ...], Json]]:
        """The values of an object by their dotted keys; unknown keys are findings."""
        keys = shape.by_key.keys()
        for name, value in data.items():
            if (name,) in keys:
                yield (name,), value
            elif (name,) in shape.computed:
                continue
            elif inner := shape.groups.get(name):
                if not isinstance(value, dict):
                    self._find("key", "this is an object", (*at, name), value)
                    continue
                for sub, subvalue in value.items():
                    if (name, sub) in keys:
                        yield (name, sub), subvalue
                    elif (name, sub) not in shape.computed:
                        known = ", ".join(sorted(k[1] for k in inner))
                        self._find("key-unknown", f"no such key; known here: {known}", (*at, name, sub), subvalue)
            else:
                known = ", ".join(sorted({k[0] for k in keys}))
                self._find("key-unknown", f"no such key; known here: {known}", (*at, name), value)

    def _property(
        self,
        owner: str,
        fields: Sequence[Field],
        value: Json,
        at: Path,
        values: dict[str, list[Atom | Node]],
        extra: list[Node],
    ) -> None:
        field = fields[0]
        if value is None:
            self._find(field.code, f"{field.message} null is no value; leave the key out.", at, value)
            return
        many = isinstance(value, list)
        if many and not field.many:
            self._find(field.code, f"{field.message} This is a list.", at, value)
            return
        items = [((*at, i), v) for i, v in enumerate(value)] if isinstance(value, list) else [(at, value)]
        for place, item in items:
            chosen = self._linked(fields, item, place) if field.kind is Kind.LINK else field
            made = self._value(owner, chosen, item, place, extra) if chosen else None
            if chosen is not None and made is not None:
                values.setdefault(chosen.path, []).append(made)

    def _value(self, owner: str, field: Field, item: Json, at: Path, extra: list[Node]) -> Atom | Node | None:
        match field.kind:
            case Kind.LITERAL:
                return self._literal(field, item, at)
            case Kind.PART:
                return self._part(owner, field, item, at, extra)
            case Kind.STATEMENT:
                return self._statement(field, item, at, extra)
            case Kind.TOKEN:
                return self._token(field, item, at)
            case Kind.DIGEST:
                iri = self._snapshot(item, at)
            case Kind.SOURCE:
                iri = self._iri(field, item.get("id") if isinstance(item, dict) else item, at)
            case Kind.TERM:
                iri = self._term(field, item, at)
            case Kind.LINK:
                iri = self._iri(field, item["to"] if isinstance(item, dict) else item, (*at, "to"))
            case _:
                iri = self._iri(field, item, at)
        return named(iri) if iri is not None else None

    def _part(self, owner: str, field: Field, item: Json, at: Path, extra: list[Node]) -> Node | None:
        assert field.part is not None
        if not isinstance(item, dict):
            self._find(field.code, f"{field.message} This is no object.", at, item)
            return None
        part = self._node(PART, field.part, item, at, extra)
        return part.renamed(part_id(part, owner, field, self.iris))

    def _statement(self, field: Field, item: Json, at: Path, extra: list[Node]) -> NamedNode | None:
        if not isinstance(item, dict):
            self._find(field.code, f"{field.message} This is no object.", at, item)
            return None
        node = self._node("urn:stemma:statement", self.shapes["statement"], item, at, extra)
        node = node.renamed(statement_id(node, self.iris))
        extra.append(node)
        return NamedNode(node.id)

    def _linked(self, fields: Sequence[Field], item: Json, at: Path) -> Field | None:
        """Which of the fields that share the key ``links`` a link's type names."""
        words = {str(f.link): f for f in fields}
        if isinstance(item, dict) and set(item) == {"type", "to"} and isinstance(item["type"], str):
            found = words.get(item["type"])
            if found is not None:
                return found
        self._find("links", f"a link is {{type, to}}; types: {', '.join(sorted(words))}", at, item)
        return None

    # ---- atoms

    def _literal(self, field: Field, item: Json, at: Path) -> Atom | None:
        text = _lexical(item, str(field.datatype))
        if text is not None:
            try:
                return canonical(text, str(field.datatype))
            except ValueError:
                pass
        hint = " Write decimals as strings." if isinstance(item, float) else ""
        self._find(field.code, field.message + hint, at, item)
        return None

    def _token(self, field: Field, item: Json, at: Path) -> NamedNode | None:
        words = self.vocabulary.words(str(field.cls))
        if isinstance(item, str) and item in words:
            return named(words[item])
        allowed = ", ".join(sorted(str(w) for w in words))
        self._find(field.code, f"{field.message} Allowed: {allowed}.", at, item)
        return None

    def _term(self, field: Field, item: Json, at: Path) -> str | None:
        if not isinstance(item, dict):
            return self._iri(field, item, at)
        unknown = set(item) - {"id", "curie", "label"}
        named = [n for n in ("id", "curie") if n in item]
        if unknown or not named or not isinstance(item.get("label", ""), str):
            self._find(field.code, "a term is a CURIE, or an object with id, curie and label", at, item)
            return None
        found = [self._iri(field, item[n], (*at, n)) for n in named]
        if len(set(found)) != 1:
            self._find(field.code, "id and curie name different terms", at, item)
            return None
        self._check_label(found[0], item.get("label"), at)
        return found[0]

    def _check_label(self, iri: str | None, label: Json, at: Path) -> None:
        term = self.vocabulary.get(iri) if iri else None
        if (
            term
            and isinstance(label, str)
            and label.casefold() not in {x.casefold() for x in (term.label, *term.synonyms)}
        ):
            finding = f"the label is not one of the term's, which is {term.label!r}; the id holds"
            self._find("label", finding, (*at, "label"), label, Severity.WARNING)

    def _iri(self, field: Field, item: Json, at: Path) -> str | None:
        if isinstance(item, str):
            text = item
            if field.default_prefix and ":" not in text:
                text = f"{field.default_prefix}:{text}"
            iri = self.prefixes.iri(text)
            if iri is not None and is_iri(iri):
                return iri
        known = "" if field.kind is Kind.IRI else " Known prefixes are in the ontology's prefix map."
        self._find(field.code, f"{field.message} This is no IRI and no CURIE with a known prefix.{known}", at, item)
        return None

    def _find(self, code: str, message: str, at: Path, value: Json, severity: Severity = Severity.VIOLATION) -> None:
        pointer = "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in at)
        about, place = _writable(self.about), _writable(pointer)
        self.findings.append(Finding(code, message, self.where, about, place, _shown(value), severity=severity))


def _lexical(item: Json, datatype: str) -> str | None:
    """The text of a JSON value for a datatype, or ``None`` if JSON writes that type otherwise."""
    if datatype == XSD + "boolean":
        return str(item).lower() if isinstance(item, bool) else None
    if isinstance(item, bool):
        return None
    if datatype == XSD + "integer":
        return str(item) if isinstance(item, int) and abs(item) < 2**63 else None
    if datatype == XSD + "decimal" and isinstance(item, int):
        return str(item)
    return item if isinstance(item, str) else None


def _shown(value: Json) -> str:
    """A value as JSON, shortened."""
    try:
        shown = json.dumps(value, ensure_ascii=True, default=str)
    except (TypeError, ValueError, RecursionError):  # what a caller in Python gave is no JSON
        shown = type(value).__name__
    return shown if len(shown) <= 120 else shown[:117] + "..."


def _writable(text: str) -> str:
    """A text that any output can take: JSON may hold half a character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def parse_json(text: str, where: str) -> Json:
    """Parse one JSON text strictly: no key twice, no NaN.

    :raises DataError: saying where and what.
    """
    try:
        return json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except RecursionError:
        raise DataError("the JSON is nested too deeply", where=where) from None
    except json.JSONDecodeError as e:
        raise DataError(f"this is no JSON: {e.msg} at column {e.colno}", where=where) from None
    except ValueError as e:
        raise DataError(f"this is no JSON: {e}", where=where) from None


def _no_twins(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [k for k, _ in pairs]
        twin = min(k for k in found if keys.count(k) > 1)
        raise ValueError(f"the key {twin!r} stands twice in one object")
    return found


def _no_constant(text: str) -> Json:
    raise ValueError(f"{text} is no JSON number")
