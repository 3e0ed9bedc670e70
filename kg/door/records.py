"""Quads that go and come, as changes of records.

One named graph is one record: what stands in it, less what goes, with what comes, is the record that
is asked for. Whatever lies elsewhere, takes a whole record away or decides in place of a review is a
finding; all else is for the gate to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.admit import Admission
from kg.door.quads import read
from kg.errors import KgError
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import Profile
from kg.report import Finding
from kg.schema.names import STEMMA
from kg.sparql.ledger import mark
from kg.store.base import Store
from kg.store.plan import STATEMENT, VERSION, Change, Changeset
from kg.store.records import Records, is_withheld

_STATUS = STEMMA + "reviewStatus"
_PROPOSED = STEMMA + "proposed"
_REVIEW = STEMMA + "review"
_BY_REVIEW = "review-by-update", "only a review changes this"
_BY_WORKSPACE = "kept-by-workspace", "the workspace itself keeps this"


def changes(
    removes: Iterable[str],
    adds: Iterable[str],
    store: Store,
    records: Records,
    profile: Profile,
    iris: Iris,
    *,
    agent: str,
    at: str,
    why: str,
) -> tuple[Changeset, list[Finding]]:
    """The changes of records that quads ask for.

    A record that tells its version is a change on that version, as in ``add``; otherwise it is one on
    the version that the store has. New claims are proposed by the caller, and so are edited ones.

    :param removes: N-Quads lines; ``adds``: likewise.
    :param store: what there is now; the quads were found on this state of it.
    :param agent: IRI of who asks.
    :param at: the time, as xsd:dateTime.
    :returns: the changeset, and what was found wrong on the way, for the gate to count as its own.
    """
    reader = _Reader(store, records, Admission(profile, iris), iris)
    gone = read(removes)
    left = {mark(q.graph_name) for q in gone if isinstance(q.graph_name, NamedNode)}  # a record is no empty graph
    nodes = list(reader.records(gone, [q for q in read(adds) if q not in left]))
    listed = reader.admission.changes(nodes, agent, at, keep_review=False)
    based = [Change(c.node, reader.versions.get(c.node.id) if c.base is None else c.base) for c in listed]
    return Changeset(based, agent, why), reader.findings


@dataclass
class _Reader:
    """Reads the records that a change of quads would leave."""

    store: Store
    known: Records
    admission: Admission
    iris: Iris
    findings: list[Finding] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    """The version in the store of each record that is changed."""

    def records(self, gone: Sequence[Quad], come: Sequence[Quad]) -> Iterator[Node]:
        touched = _by_graph(gone), _by_graph(come)
        emptied: list[str] = []
        made: dict[str, Node] = {}
        for graph in sorted({*touched[0], *touched[1]}):
            quads = self._quads(graph, touched[0].get(graph, []), touched[1].get(graph, []))
            if quads:
                for node in self._record(graph, quads):
                    made[node.id] = node
            elif quads is not None:
                emptied.append(graph)
        for graph in emptied:
            self._emptied(graph, made)
        yield from made.values()

    def _quads(self, graph: str, gone: list[Quad], come: list[Quad]) -> list[Quad] | None:
        """The quads that would stand in a record's graph; ``None`` if no record may be there."""
        if not any(self.iris.is_(word, graph) for word in self.admission.profile.shapes):
            self._add("graph-foreign", *_FOREIGN, about=graph, value=str((come or gone)[0])[:120])
            return None
        before = self._before(graph)
        if before is not None and is_withheld(before):
            message = "a claim that is rejected, retracted or superseded is changed by a review only"
            self._add("record-withheld", message, "Review the claim first.", about=graph)
            return None
        if before is not None and before.one(VERSION):
            self.versions[graph] = int(before.one(VERSION) or 0)
        leaving = set(gone)
        held = [q for q in self.store.quads(graph=NamedNode(graph)) if q not in leaving]
        return [*held, *come]

    def _record(self, graph: str, quads: list[Quad]) -> Iterator[Node]:
        batch = self.admission.quads(quads, "")
        self.findings.extend(batch.findings)
        for node in batch.nodes:
            before = self._before(node.id)
            stale = before is not None and node.one(VERSION) not in (None, before.one(VERSION))
            self.findings.extend(() if stale else _kept(node, before))  # the commit tells of what is stale
            yield node

    def _emptied(self, graph: str, made: Mapping[str, Node]) -> None:
        """A record whose quads would all go."""
        if self.iris.is_("statement", graph):
            claims = [c for c in self.known.claims_of(graph) if c not in made or made[c].one(STATEMENT) == graph]
            if claims:
                message, hint = "claims still make this statement", "It goes by itself with the last of them."
                self._add("statement-claimed", message, hint, about=graph, value=claims[0])
            return
        hint = "Retract a claim by a review; what was registered stays."
        self._add("record-removed", "a record is never removed", hint, about=graph)

    def _before(self, graph: str) -> Node | None:
        try:
            return self.known.get(graph)
        except KgError as e:
            self._add("record-damaged", e.message, e.hint, about=graph)
            return None

    def _add(self, code: str, message: str, hint: str = "", *, about: str = "", value: str = "") -> None:
        self.findings.append(Finding(code, message, about=about, value=value, hint=hint))


_FOREIGN = (
    "only the graphs of records change, and this is none",
    "Write each record into the graph that bears its IRI: GRAPH <its IRI> { … }.",
)


def _kept(node: Node, before: Node | None) -> Iterator[Finding]:
    """What only a review or the workspace itself writes, and this change would."""
    keeping = [f.path for f in node.shape.fields if f.bookkeeping and f.path != VERSION]
    if before is not None and node.one(VERSION) is None and not any(p in node.values for p in keeping):
        return  # the content alone, as `add` takes it
    for path in keeping:
        review = path.startswith(_REVIEW)
        new = node.values.get(path, ())
        if before is None:
            wrong = review and bool(new) and not (path == _STATUS and node.one(path) == _PROPOSED)
        else:
            wrong = new != before.values.get(path, ())
        if wrong:
            code, told = _BY_REVIEW if review else _BY_WORKSPACE
            shown = ", ".join(str(v) for v in new) or "nothing"
            yield Finding(code, told, about=node.id, pointer=path, value=shown[:120], hint="Leave it as it is.")


def _by_graph(quads: Iterable[Quad]) -> dict[str, list[Quad]]:
    found: dict[str, list[Quad]] = {}
    for q in quads:
        name = "the default graph" if isinstance(q.graph_name, DefaultGraph) else q.graph_name.value
        found.setdefault(name, []).append(q)
    return found
