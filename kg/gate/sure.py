"""Shapes as Python functions that say of a record: it holds, it does not, or who knows.

Most records are valid, and to see that takes a look at each value. So these functions come before an
engine: only a record that surely holds is let past it, and every other goes to the engine, which says
what is wrong. They are made from the shapes graph, whatever it says; a shape that uses what is not
known here holds of nothing surely.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import maxsize

from pyoxigraph import Literal as OxLiteral
from pyoxigraph import NamedNode
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection as List
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Node as Term

from kg.gate import asks
from kg.gate.asks import Sure, all_of, one_of, some_of
from kg.gate.facts import Properties
from kg.schema.names import RDF_TYPE, local_name

Types = Callable[[str], Collection[str]]
"""All classes of a term or record that a record refers to; none if they are not known."""


@dataclass(slots=True)
class Seen:
    """A node that is looked at.

    :param within: the subjects of the record, with their properties.
    """

    id: str
    properties: Properties
    within: Mapping[str, Properties]
    types: Types


Check = Callable[[Seen], Sure]
Value = Callable[[str, Seen], Sure]


def _surely(_: Seen) -> Sure:
    return True


def _who_knows(_: Seen) -> Sure:
    return None


_NOTES = frozenset(
    ["message", "severity", "name", "description", "order", "group", "defaultValue", "path", "targetClass"]
)
_COUNTS = frozenset(["minCount", "maxCount", "hasValue", "closed", "ignoredProperties"])


@dataclass(frozen=True)
class Plan:
    """What must hold of the records of one class.

    :param allowed: the properties that they may have; ``None`` for any.
    :param by_path: what to check of a record that has a property.
    :param always: what to check of every record.
    """

    allowed: frozenset[str] | None
    by_path: Mapping[str, tuple[Check, ...]]
    always: tuple[Check, ...]


class SureShapes:
    """The shapes of a profile, compiled.

    :param shapes: a shapes graph; never from the data.
    """

    def __init__(self, shapes: Graph) -> None:
        self._graph = shapes
        self._open: set[Term] = set()
        classes = {str(c) for c in shapes.objects(None, SH.targetClass)}
        self._plans = {c: self._plan(c) for c in classes} if self._is_plain() else {}

    def doubtful(self, records: Mapping[str, Mapping[str, Properties]], types: Types) -> list[str]:
        """The records that an engine must judge; the others surely hold to every shape.

        :param records: id of each record to its lines, gathered; a part's IRI is the record's with a fragment.
        :param types: the classes of what they refer to.
        """
        found: list[str] = []
        for id, within in records.items():
            if len(within) > 1 and not all(s == id or s.startswith(id + "#") for s in within):
                return list(records)  # a record that speaks of another may spoil it
            if not self.holds(id, within, types):
                found.append(id)
        return found

    def holds(self, id: str, within: Mapping[str, Properties], types: Types) -> bool:
        """Whether a record surely holds to every shape; if not, that is no verdict."""
        mine = within.get(id)
        if mine is None:
            return False
        kinds = mine.get(RDF_TYPE, ())
        plan = self._plans.get(kinds[0][1:-1]) if len(kinds) == 1 else None
        if plan is None or (len(within) > 1 and any(RDF_TYPE in p for s, p in within.items() if s != id)):
            return False
        seen = Seen(id, mine, within, types)
        for path in mine:
            if plan.allowed is not None and path not in plan.allowed:
                return False
            for check in plan.by_path.get(path, ()):
                if check(seen) is not True:
                    return False
        for check in plan.always:  # noqa: SIM110
            if check(seen) is not True:
                return False
        return True

    # ---- compiling

    def _is_plain(self) -> bool:
        """Whether shapes find what they judge by its class alone, and are of known components."""
        targets = (SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf, SH.target)
        other = any((None, p, None) in self._graph for p in (*targets, SH.parameter, SH.sparql, SH.validator))
        shapes = {s for k in (SH.NodeShape, SH.PropertyShape) for s in self._graph.subjects(RDF.type, k)}
        return not other and not any((s, RDF.type, RDFS.Class) in self._graph for s in shapes)

    def _plan(self, cls: str) -> Plan:
        by_path: dict[str, list[Check]] = {}
        always: list[Check] = []
        allowed: frozenset[str] | None = None
        absent = Seen("", {}, {}, lambda _: ())
        for shape in sorted(self._graph.subjects(SH.targetClass, URIRef(cls)), key=str):
            if self._value(shape, SH.deactivated) == "true":
                continue
            closed = self._allowed(shape)
            allowed = closed if allowed is None else allowed if closed is None else allowed & closed
            fields = [] if (shape, SH.path, None) in self._graph else list(self._graph.objects(shape, SH.property))
            for field in fields:
                path, check = self._graph.value(field, SH.path), self.shape(field)
                if isinstance(path, URIRef) and check(absent) is True:
                    by_path.setdefault(str(path), []).append(check)
                else:
                    always.append(check)
            always.append(self.shape(shape, leave=frozenset(["closed", *(["property"] if fields else [])])))
        return Plan(allowed, {p: tuple(cs) for p, cs in by_path.items()}, tuple(c for c in always if c is not _surely))

    def _allowed(self, shape: Term) -> frozenset[str] | None:
        """The properties that a closed shape lets be."""
        if self._value(shape, SH.closed) != "true":
            return None
        listed = self._graph.value(shape, SH.ignoredProperties)
        ignored = list(List(self._graph, listed)) if listed is not None else []
        paths = [self._graph.value(p, SH.path) for p in self._graph.objects(shape, SH.property)]
        return frozenset(str(p) for p in (*ignored, *paths) if isinstance(p, URIRef))

    def shape(self, shape: Term, *, leave: frozenset[str] = frozenset()) -> Check:
        """A shape as a function of a node.

        :param leave: constraints that are seen to elsewhere.
        """
        if shape in self._open or self._value(shape, SH.deactivated) not in (None, "false", "true"):
            return _who_knows  # a shape that is a part of itself
        if self._value(shape, SH.deactivated) == "true":
            return _surely
        self._open.add(shape)
        try:
            path = self._graph.value(shape, SH.path)
            checks = self._property(shape, path) if path is not None else self._node(shape, leave)
        finally:
            self._open.discard(shape)
        return _surely if not checks else checks[0] if len(checks) == 1 else _all(checks)

    def _said(self, shape: Term, leave: Collection[str] = ()) -> list[tuple[str, Term]]:
        """The constraints of a shape by the local names of their parameters."""
        return [
            (name, o)
            for p, o in sorted(self._graph.predicate_objects(shape), key=str)
            if str(p).startswith(str(SH)) and (name := local_name(str(p))) not in _NOTES and name not in leave
        ]

    def _node(self, shape: Term, leave: frozenset[str]) -> list[Check]:
        checks: list[Check] = []
        for name, value in self._said(shape, {*leave, "ignoredProperties", "deactivated"}):
            if name == "closed":
                allowed = self._allowed(shape)
                if allowed is not None:
                    checks.append(lambda seen, allowed=allowed: allowed.issuperset(seen.properties))  # type: ignore[misc]
            elif name in asks.OF_A_SHAPE:
                checks.append(self._join(name, value))
            else:
                test = self._test("in" if name == "hasValue" else name, value)
                checks.append(lambda seen, test=test: test(f"<{seen.id}>", seen))  # type: ignore[misc]
        return checks

    def _property(self, shape: Term, path: Term) -> list[Check]:
        if not isinstance(path, URIRef):
            return [_who_knows]
        at, every = str(path), list[Value]()
        said = self._said(shape, ("deactivated",))
        checks = [self._count(shape, at)] if any(name in ("minCount", "maxCount") for name, _ in said) else []
        for name, value in said:
            if name == "hasValue":
                checks.append(_some(at, self._test("in", value)))
            elif name in asks.PAIRS:
                checks.append(_pair(at, str(value), asks.PAIRS[name]))
            elif name in asks.OF_A_SHAPE:
                every.append(_below(self._join(name, value)))
            elif name in asks.OF_A_VALUE:
                every.append(self._test(name, value))
            elif name not in _COUNTS:
                checks.append(_who_knows)
        return [*checks, *([_each(at, every)] if every else [])]

    def _count(self, shape: Term, path: str) -> Check:
        least = [int(str(n)) for n in self._graph.objects(shape, SH.minCount)]
        most = [int(str(n)) for n in self._graph.objects(shape, SH.maxCount)]
        low, high = max(least, default=0), min(most, default=maxsize)
        return lambda seen: low <= len(seen.properties.get(path, ())) <= high

    def _join(self, name: str, value: Term) -> Check:
        """A constraint that holds a node to other shapes."""
        if name in ("node", "property"):
            return self.shape(value)
        if name == "not":
            inner = self.shape(value)
            return lambda seen: None if (told := inner(seen)) is None else not told
        members = [self.shape(s) for s in List(self._graph, value)]
        join = {"and": all_of, "or": some_of, "xone": one_of}[name]
        return lambda seen: join(m(seen) for m in members)

    def _test(self, name: str, value: Term) -> Value:
        """A constraint that looks at one value."""
        if name == "class":
            cls = str(value)
            return lambda v, seen: _is_member(cls, seen.types(v[1:-1])) if v[0] == "<" else None
        if name == "in":
            listed = [value] if not isinstance(value, BNode) and value != RDF.nil else List(self._graph, value)
            test = asks.is_in([self._written(v) for v in listed])
        else:
            test = asks.value_test(name, str(value), self._written(value) if isinstance(value, Literal) else None)
        return lambda v, _: test(v)

    def _written(self, term: Term) -> str:
        if isinstance(term, URIRef):
            return str(NamedNode(str(term)))
        if isinstance(term, Literal):
            if term.language:
                return str(OxLiteral(str(term), language=term.language))
            return str(OxLiteral(str(term), datatype=NamedNode(str(term.datatype or XSD.string))))
        return f"_:{term}" if isinstance(term, BNode) else ""

    def _value(self, shape: Term, predicate: URIRef) -> str | None:
        found = self._graph.value(shape, predicate)
        return None if found is None else str(found).lower()


def _is_member(cls: str, classes: Collection[str]) -> Sure:
    return cls in classes if classes else None


def _all(checks: Iterable[Check]) -> Check:
    held = tuple(checks)

    def whole(seen: Seen) -> Sure:
        told: Sure = True
        for check in held:
            found = check(seen)
            if found is False:
                return False
            if found is None:
                told = None
        return told

    return whole


def _each(path: str, tests: Iterable[Value]) -> Check:
    held = tuple(tests)

    def every(seen: Seen) -> Sure:
        told: Sure = True
        for value in seen.properties.get(path, ()):
            for test in held:
                found = test(value, seen)
                if found is False:
                    return False
                if found is None:
                    told = None
        return told

    return every


def _some(path: str, test: Value) -> Check:
    return lambda seen: some_of(test(v, seen) for v in seen.properties.get(path, ()))


def _pair(path: str, other: str, compare: Callable[[Sequence[str], Sequence[str]], Sure]) -> Check:
    return lambda seen: compare(seen.properties.get(path, ()), seen.properties.get(other, ()))


def _below(check: Check) -> Value:
    """A shape held against a value: a part of the record, or the record itself."""

    def below(value: str, seen: Seen) -> Sure:
        id = value[1:-1] if value[0] == "<" else ""
        properties = seen.within.get(id)
        return None if properties is None else check(Seen(id, properties, seen.within, seen.types))

    return below
