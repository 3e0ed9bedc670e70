"""SPARQL 1.1 Update as explicit quads: what would go and what would come.

The engine judges the text, answers the patterns and fills the templates; nothing here reads SPARQL
beyond the borders that :mod:`kg.sparql.operations` finds. The store must be private to the caller:
it is written while an update of several operations is evaluated, and is as it was afterwards. If the
process ends in between, throw the store away.
(SPARQL 1.1 Update, section 3; SPARQL 1.1 Protocol, section 2.2.)
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Protocol

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store, Triple

from kg.errors import QueryError
from kg.sparql.ledger import GraphName, Ledger
from kg.sparql.operations import MAX_UPDATE, GraphRef, Kind, Operation, Request, split

MAX_QUADS = 500_000
"""How many quads an update may change."""

_CHUNK = 2000
"""How many solutions are filled into templates at a time."""
_NEVER = "DROP GRAPH <urn:stemma:never> ;"
"""An operation that fails before anything behind it runs, but not before all of it was parsed."""
_VARIABLE = re.compile(r"[?$]([\w\u00b7\u0300-\u036f\u203f\u2040]+)")
_MAKES_NODES = re.compile(r"_:|[\[(]")
_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)

Row = tuple[object, ...]


class Using(Protocol):
    """The dataset of a request; empty: as the text says."""

    @property
    def default(self) -> tuple[str, ...]:
        """The graphs of ``using-graph-uri``."""

    @property
    def named(self) -> tuple[str, ...]:
        """The graphs of ``using-named-graph-uri``."""


@dataclass(frozen=True)
class AsWritten:
    """No dataset but that of the text."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def evaluate(
    store: Store,
    text: str,
    *,
    using: Using = AsWritten(),
    union: bool = False,
    prefixes: Mapping[str, str] | None = None,
    base: str | None = None,
    most: int = MAX_QUADS,
    length: int = MAX_UPDATE,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an update would change.

    :param store: private to the caller; left as it was.
    :param using: the dataset of the request, for every WHERE.
    :param union: whether a pattern outside GRAPH means all graphs; quads of templates and data
        outside GRAPH are the default graph's in any case.
    :param prefixes: what the text need not declare.
    :param base: what relative IRIs are resolved against.
    :param most: how many quads it may change; ``length``: how many characters it may have.
    :returns: the quads that would go and those that would come, as sorted N-Quads lines; a graph
        that is left empty, or made empty, comes as its mark (:mod:`kg.sparql.ledger`).
    :raises QueryError: with line and column, if it is no update; or if it is not allowed, fails or
        is too much.
    """
    request = split(text, most=length)
    engine = _Engine(dict(prefixes or {}), base)
    engine.judge(request)
    _check_using(request, using)
    ledger = Ledger(store, most)
    run = _Run(engine, ledger, using, union=union)
    try:
        for operation in request.operations:
            run.do(operation)
        return ledger.net()
    finally:
        ledger.undo()


def _check_using(request: Request, using: Using) -> None:
    given = using.default or using.named
    for operation in request.operations:
        if given and (operation.using or operation.into):
            raise QueryError(
                "the request names a dataset, and so does the text",
                where=operation.kind.value,
                hint="Use either using-graph-uri or USING and WITH.",
            )


@dataclass(frozen=True)
class _Engine:
    """The engine, on stores in memory that nobody else sees."""

    prefixes: dict[str, str]
    base: str | None

    def judge(self, request: Request) -> None:
        """Have the engine read the whole text, without running any of it."""
        whole = not request.operations or len(request.prologues) < 2 or not any(s < e for s, e in request.prologues[1:])
        if whole:
            self._judge(request.text, request.operations[0].start if request.operations else len(request.text))
            return
        for i, operation in enumerate(request.operations):  # the engine takes no declaration behind the first ;
            kept = [*request.prologues[: i + 1], (operation.start, operation.end)]
            self._judge(_only(request.text, kept), operation.start)
        last = request.operations[-1]
        bodies = " ;\n".join(request.text[o.start : o.end] for o in request.operations)
        declared = f"{last.prologue}\n"
        self._judge(declared + bodies, len(declared))

    def _judge(self, text: str, place: int) -> None:
        try:
            Store().update(text[:place] + _NEVER + text[place:], base_iri=self.base, prefixes=self.prefixes)
        except SyntaxError as e:
            raise _syntax(e, text, place) from None
        except (RuntimeError, ValueError, OSError):
            return

    def fill(
        self, operation: Operation, template: str, rows: Sequence[Row], variables: Sequence[str]
    ) -> Iterator[Quad]:
        """The quads of a template, once for each row; what no RDF could hold is left out."""
        blank = f"urn:stemma:{secrets.token_hex(8)}:"
        into = f"WITH {operation.into} " if operation.into else ""
        if not _MAKES_NODES.search(template):
            rows = list(dict.fromkeys(rows))
        head = f"{operation.prologue}\n{into}INSERT {template}\nWHERE {{ VALUES ({' '.join(variables)}) {{\n"
        cells = "\n".join("(" + " ".join(_cell(t, blank) for t in row) + ")" for row in rows)
        for quad in self.quads(f"{head}{cells}\n}} }}"):
            kept = _unblank(quad, blank)
            if kept is not None:
                yield kept

    def quads(self, text: str) -> Iterator[Quad]:
        """What an update leaves in an empty store."""
        scratch = Store()
        with _Failing():
            scratch.update(text, base_iri=self.base, prefixes=self.prefixes)
        return iter(scratch)

    def name(self, operation: Operation, written: str) -> NamedNode:
        """The IRI of a graph, as the text names it."""
        node = "<urn:stemma:node>"
        data = f"{operation.prologue}\nINSERT DATA {{ GRAPH {written} {{ {node} {node} {node} }} }}"
        name = next(self.quads(data)).graph_name
        assert isinstance(name, NamedNode)
        return name


@dataclass
class _Run:
    """One request under way."""

    engine: _Engine
    ledger: Ledger
    using: Using
    union: bool = field(kw_only=True)

    def do(self, operation: Operation) -> None:
        match operation.kind:
            case Kind.INSERT_DATA:
                self.ledger.change((), self._data(operation))
            case Kind.DELETE_DATA:
                self.ledger.change(self._data(operation), ())
            case Kind.DELETE_WHERE:
                self._modify(operation, operation.data, "", operation.data)
            case Kind.MODIFY:
                self._modify(operation, operation.delete, operation.insert, operation.where)
            case Kind.CLEAR | Kind.DROP:
                self._clear(operation)
            case Kind.CREATE:
                graph = self._graph(operation, operation.graphs[0])
                assert isinstance(graph, NamedNode)
                if self.ledger.has(graph) and not operation.silent:
                    raise QueryError("this graph is there already", where=str(graph), hint="Write CREATE SILENT.")
                self.ledger.create(graph)
            case Kind.ADD | Kind.COPY | Kind.MOVE:
                self._transfer(operation)
            case Kind.LOAD:  # nothing is fetched: it fails, and SILENT says that this is no fault
                return

    def _data(self, operation: Operation) -> list[Quad]:
        return list(self.engine.quads(f"{operation.prologue}\nINSERT DATA {operation.data}"))

    # ---- patterns and templates

    def _modify(self, operation: Operation, delete: str, insert: str, where: str) -> None:
        used = dict.fromkeys(v for t in (delete, insert) for v in _VARIABLE.findall(t))
        gone: dict[Quad, None] = {}
        come: dict[Quad, None] = {}
        answer = self._answer(operation, where, list(used))
        variables = [f"?{v.value}" for v in answer.variables]
        while True:
            with _Failing():
                rows: list[Row] = [tuple(s) for s in islice(answer, _CHUNK)]
            if not rows:
                break
            rows = self._with_new_nodes(rows)
            for template, into in ((delete, gone), (insert, come)):
                if template:
                    into.update(dict.fromkeys(self.engine.fill(operation, template, rows, variables)))
        self.ledger.change(gone, come)

    def _with_new_nodes(self, rows: list[Row]) -> list[Row]:
        """The rows with a new blank node for each that no quad holds: BNODE gives a node to one solution."""
        nodes = {t for row in rows for t in row if isinstance(t, BlankNode)}
        new = {n for n in nodes if not self._is_known(n)}
        if not new:
            return rows
        renamed = []
        for row in rows:
            names = {t: BlankNode() for t in row if t in new}
            renamed.append(tuple(names.get(t, t) for t in row))
        return renamed

    def _is_known(self, node: BlankNode) -> bool:
        store = self.ledger.settled()
        found = chain(store.quads_for_pattern(node, None, None, None), store.quads_for_pattern(None, None, node, None))
        return next(iter(found), None) is not None

    def _answer(self, operation: Operation, where: str, used: Sequence[str]) -> QuerySolutions:
        columns = " ".join(f"?{v}" for v in used) or "*"
        froms = " ".join(f"FROM {'NAMED ' if u.named else ''}{u.name}" for u in operation.using)
        text = f"{operation.prologue}\nSELECT {columns} {froms} WHERE {where}"
        default: list[NamedNode | BlankNode | DefaultGraph] | None = None
        named: list[NamedNode | BlankNode] | None = None
        if self.using.default or self.using.named:
            default = [_iri(g) for g in self.using.default]
            named = [_iri(g) for g in self.using.named]
        elif operation.into and not operation.using:
            default = [self.engine.name(operation, operation.into)]
        with _Failing():
            answer = self.ledger.settled().query(
                text,
                base_iri=self.engine.base,
                prefixes=self.engine.prefixes,
                use_default_graph_as_union=self.union and default is None and not operation.using,
                default_graph=default,
                named_graphs=named,
            )
        assert isinstance(answer, QuerySolutions)
        return answer

    # ---- whole graphs

    def _clear(self, operation: Operation) -> None:
        ref = operation.graphs[0]
        graphs: list[GraphName] = [DefaultGraph()] if ref.word in ("DEFAULT", "ALL") else []
        if ref.word in ("NAMED", "ALL"):
            graphs += self.ledger.settled().named_graphs()
        elif ref.word == "GRAPH":
            graphs += [graph for graph in [self._graph(operation, ref)] if self._is_there(operation, graph)]
        self._empty(graphs, drop=operation.kind is Kind.DROP)

    def _empty(self, graphs: Sequence[GraphName], *, drop: bool) -> None:
        self.ledger.change(self.ledger.quads(*graphs), ())
        for graph in graphs:
            if drop and not isinstance(graph, DefaultGraph):
                self.ledger.drop(graph)

    def _transfer(self, operation: Operation) -> None:
        source, target = (self._graph(operation, ref) for ref in operation.graphs)
        if not self._is_there(operation, source) or source == target:
            return
        moved = self.ledger.quads(source)
        if operation.kind is not Kind.ADD:
            self._empty([target], drop=True)
        self.ledger.change((), (Quad(q.subject, q.predicate, q.object, target) for q in moved))
        if operation.kind is Kind.MOVE:
            self.ledger.change(moved, ())
            if isinstance(source, NamedNode):
                self.ledger.drop(source)

    def _graph(self, operation: Operation, ref: GraphRef) -> NamedNode | DefaultGraph:
        return self.engine.name(operation, ref.name) if ref.word == "GRAPH" else DefaultGraph()

    def _is_there(self, operation: Operation, graph: NamedNode | DefaultGraph) -> bool:
        """Whether a graph is there; if it is not, SILENT says that this is no fault."""
        there = isinstance(graph, DefaultGraph) or self.ledger.has(graph)
        if not there and not operation.silent:
            hint = f"Write {operation.kind.value} SILENT."
            raise QueryError("there is no such graph", where=str(graph), hint=hint)
        return there


# ---- terms and errors


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError:
        raise QueryError("the name of a graph is an absolute IRI", where=text[:200]) from None


def _cell(term: object, blank: str) -> str:
    """A term as data of a query; a blank node under a name that nobody else can know."""
    if term is None:
        return "UNDEF"
    if isinstance(term, Triple):
        raise QueryError("triple terms are not taken", where=str(term)[:200])
    return f"<{blank}{term.value}>" if isinstance(term, BlankNode) else str(term)


def _unblank(quad: Quad, blank: str) -> Quad | None:
    """A quad with its blank nodes back; none if one stands where none may."""
    if quad.predicate.value.startswith(blank):
        return None
    if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(blank):
        return None
    subject, object = quad.subject, quad.object
    if isinstance(subject, NamedNode) and subject.value.startswith(blank):
        subject = BlankNode(subject.value.removeprefix(blank))
    if isinstance(object, NamedNode) and object.value.startswith(blank):
        object = BlankNode(object.value.removeprefix(blank))
    return Quad(subject, quad.predicate, object, quad.graph_name)


def _only(text: str, kept: Sequence[tuple[int, int]]) -> str:
    """The text with all but some stretches blanked out, so that places stay where they are."""
    out, place = [], 0
    for start, end in kept:
        out += [re.sub(r"[^\n]", " ", text[place:start]), text[start:end]]
        place = end
    return "".join(out)


def _syntax(error: SyntaxError, text: str, inserted: int) -> QueryError:
    """The engine's words with the place in the text that came."""
    found = _PLACE.match(str(error))
    if found is None:
        return QueryError(f"this is no SPARQL update: {error}")
    line, column = int(found[1]), int(found[2])
    if line == text.count("\n", 0, inserted) + 1:
        start = inserted - (text.rfind("\n", 0, inserted) + 1)
        column = column - len(_NEVER) if column > start + len(_NEVER) else min(column, start + 1)
    return QueryError(f"this is no SPARQL update: {found[3]}", where=f"line {line}, column {column}")


class _Failing:
    """What the engine raises while it evaluates, as an error of ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, SyntaxError):
            raise QueryError(f"the update cannot be taken apart: {error}", hint="Write it more plainly.") from None
        if isinstance(error, ValueError | RuntimeError | OSError):
            raise QueryError(f"the update failed: {error}") from None
