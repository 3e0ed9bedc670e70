"""Records on their way in: read a file, line by line, and make a changeset of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse

from kg.codec.normal import with_named_parts
from kg.codec.rdf import decode
from kg.codec.read import Reader, parse_json
from kg.document.read import read_bytes
from kg.errors import DataError, DocumentError, UsageError
from kg.model.iris import Iris
from kg.model.node import Node
from kg.model.values import canonical
from kg.profile import Profile
from kg.report import Finding
from kg.schema.names import STEMMA, XSD
from kg.store.plan import Change

RDF_SUFFIXES = {".nq": RdfFormat.N_QUADS, ".trig": RdfFormat.TRIG, ".ttl": RdfFormat.TURTLE, ".nt": RdfFormat.N_TRIPLES}
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")

_MOST_TRIPLE_TERMS = 1000
"""How often ``<<`` may stand in a file of RDF."""

_DECISION = ("reviewedBy", "reviewedAt", "reviewReason", "reviewComment")


@dataclass
class Batch:
    """What was read, and what was found wrong on the way.

    ``places`` tells for each record's IRI where it came from; ``quads`` are what came to a workspace
    that takes any RDF, where there are no records.
    """

    records: dict[str, Node] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    quads: list[Quad] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        """The records, in the order in which they came."""
        return list(self.records.values())

    def put(self, nodes: Iterable[Node], where: str) -> None:
        """Take the nodes of one record; the same record twice with other content is a finding."""
        for node in nodes:
            twin = self.records.get(node.id)
            if twin is not None and twin != node and node.shape.record != "statement":
                message = f"this record stands already at {self.places[node.id]}, with other content"
                self.findings.append(Finding("record-twice", message, where, node.id))
            elif twin is None:
                self.records[node.id] = node
                self.places[node.id] = where

    def take(self, other: Batch) -> None:
        """Take everything of another batch."""
        self.findings.extend(other.findings)
        self.quads.extend(other.quads)
        for node in other.nodes:
            self.put([node], other.places[node.id])

    def placed(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings, each told where its record came from."""
        return tuple(replace(f, where=f.where or self.places.get(f.about.split("#")[0], "")) for f in findings)


@dataclass(frozen=True)
class Admission:
    """Reads records of one profile and fills in who and when."""

    profile: Profile
    iris: Iris

    def file(self, path: Path) -> Batch:
        """Read a file of records: JSON lines, one JSON array or object, or RDF.

        :raises DocumentError: if it cannot be read at all.
        :raises UsageError: if its name ends in none of the known suffixes.
        """
        suffix = path.suffix.lower()
        if suffix in RDF_SUFFIXES:
            return self.rdf(read_bytes(path), RDF_SUFFIXES[suffix], str(path))
        if suffix in JSON_SUFFIXES:
            return self.json(_lines(path))
        known = ", ".join((*JSON_SUFFIXES, *RDF_SUFFIXES))
        raise UsageError("the kind of this file is not known", where=str(path), hint=f"Known: {known}.")

    def json(self, records: Iterable[tuple[str, object]]) -> Batch:
        """Take JSON values, each with the place it came from; a text is parsed first."""
        batch = Batch()
        for where, data in records:
            reader = Reader(self.profile.shapes, self.profile.vocabulary, self.profile.prefixes, self.iris, where)
            try:
                value = parse_json(data, where) if isinstance(data, str) else data
                batch.put(reader.record(value), where)
            except DataError as e:
                batch.findings.append(Finding("json", e.message, where, hint=e.hint))
            batch.findings.extend(reader.findings)
        return batch

    def rdf(self, data: bytes, format: RdfFormat, where: str) -> Batch:
        """Take RDF: with named graphs, one graph a record; without, one subject a record."""
        if data.count(b"<<") > _MOST_TRIPLE_TERMS:  # the parser can be crashed by nesting them
            raise DocumentError("the file is full of triple terms, which are not taken", where=where)
        quads: list[Quad] = []
        try:
            quads.extend(parse(input=data, format=format))
        except (SyntaxError, ValueError, OSError) as e:
            fault = Finding("rdf", f"this is no {format.name}: {str(e).splitlines()[0]}", where)
            return Batch(findings=[fault])
        if not quads:
            raise DocumentError("the file holds no record", where=where, hint="Write one named graph a record.")
        return self.quads(quads, where)

    def quads(self, quads: Iterable[Quad], where: str) -> Batch:
        """Take quads: those of one graph are one record; in the default graph, those of one subject."""
        batch = Batch()
        graphs: dict[str, list[Quad]] = {}
        for quad in dict.fromkeys(quads):
            problem = _odd_term(quad)
            if problem:
                batch.findings.append(Finding("term-kind", problem, where, value=str(quad)[:120]))
            else:
                graphs.setdefault(_record_of(quad), []).append(quad)
        for id, found in graphs.items():
            shape = next((s for w, s in self.profile.shapes.items() if self.iris.is_(w, id)), None)
            if shape is None:
                message = f"no record: its graph or subject is no IRI below {self.iris.base}"
                batch.findings.append(Finding("record", message, where, id, value=str(found[0])[:120]))
                continue
            node, findings = decode(id, found, shape)
            batch.put([with_named_parts(node, self.iris)], where)
            batch.findings.extend(replace(f, where=where) for f in findings)
        return batch

    def changes(self, nodes: Sequence[Node], agent: str | None, at: str, *, keep_review: bool) -> list[Change]:
        """The changes that a batch asks for.

        :param agent: who proposes; ``None`` for the record's own agent.
        :param at: the time, for records that tell none.
        :param keep_review: keep the records' decisions and their agents; otherwise every claim
            lands as proposed.
        """
        return [self._change(n, agent, at, keep_review=keep_review) for n in nodes]

    def _change(self, node: Node, agent: str | None, at: str, *, keep_review: bool) -> Change:
        version = node.one(STEMMA + "version")
        base = int(version) if version else None
        if node.shape.record == "claim":
            node = _claim(node, agent, at, keep_review=keep_review)
        return Change(node, base, keep=keep_review)


def _claim(claim: Node, agent: str | None, at: str, *, keep_review: bool) -> Node:
    values = dict(claim.values)
    own = claim.one(STEMMA + "agent")
    who = (own or agent) if keep_review else (agent or own)
    if who:
        values[STEMMA + "agent"] = (NamedNode(who),)
    if not claim.one(STEMMA + "at"):
        values[STEMMA + "at"] = (canonical(at, XSD + "dateTime"),)
    if not keep_review or not claim.one(STEMMA + "reviewStatus"):
        for name in _DECISION:
            values.pop(STEMMA + name, None)
        values[STEMMA + "reviewStatus"] = (NamedNode(STEMMA + "proposed"),)
    return Node.of(claim.id, claim.shape, values)


def _record_of(quad: Quad) -> str:
    graph = quad.graph_name
    subject = quad.subject.value  # type: ignore[union-attr]
    return subject.split("#")[0] if isinstance(graph, DefaultGraph) else graph.value


def _odd_term(quad: Quad) -> str | None:
    """What of a quad no record may hold."""
    if not isinstance(quad.subject, NamedNode):
        return "the subject is no IRI; blank nodes and triple terms are not taken"
    if type(quad.object).__name__ not in ("NamedNode", "Literal"):
        return "the object is no IRI and no literal; blank nodes and triple terms are not taken"
    if not isinstance(quad.graph_name, NamedNode | DefaultGraph):
        return "the graph is no IRI"
    return None


def _lines(path: Path) -> Iterator[tuple[str, object]]:
    text = _decode(read_bytes(path), path)
    if path.suffix.lower() == ".json":
        value = parse_json(text, str(path))
        records = value if isinstance(value, list) else [value]
        if not records:
            raise _no_record(path)
        yield from ((f"{path} record {i}", r) for i, r in enumerate(records, start=1))
        return
    found = False
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            found = True
            yield f"{path} line {number}", line
    if not found:
        raise _no_record(path)


def _no_record(path: Path) -> DocumentError:
    return DocumentError("the file holds no record", where=str(path), hint="Write one JSON object a line.")


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise DocumentError(
            f"the file is not UTF-8: byte {e.start} is 0x{data[e.start]:02x}",
            where=str(path),
            hint="Save it as UTF-8 first.",
        ) from None
