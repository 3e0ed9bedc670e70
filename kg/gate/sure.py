"""Shapes as Python functions that say of a record: it holds, it does not, or who knows.

Most records are valid, and to see that takes a look at each value. So these functions come before an
engine: only a record that surely holds is let past it, and every other goes to the engine, which says
what is wrong. They are made from the shapes graph, whatever it says; a shape that uses what is not
known here holds of nothing surely.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
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
_REMEMBERED = 20_000
"""How many values of a property are remembered as good."""
_COUNTS = frozenset(["minCount", "maxCount", "hasValue", "closed", "ignoredProperties"])


@dataclass(frozen=True)
class Property:
    """What must hold of one property of a record.

    :param low: how many values there are at least; ``high``: at most.
    :param tests: what must hold of each value.
    :param checks: what must hold of the node beside.
    :param known: values that passed and always will.
    :param lasts: whether a term of the vocabulary that passes always will; ``None``: whether any value does.
    """

    low: int
    high: int
    tests: tuple[Value, ...]
    checks: tuple[Check, ...]
    lasts: bool | None
    known: set[str] = dataclass_field(default_factory=set)

    def check(self, seen: Seen, values: Sequence[str]) -> Sure:
        """Whether it holds of the values that a node has."""
        if not self.low <= len(values) <= self.high:
            return False
        told: Sure = True
        for test in self.tests:
            for value in values:
                found = test(value, seen)
                if found is False:
                    return False
                told = told if found else None
        for check in self.checks:
            found = check(seen)
            if found is False:
                return False
            told = told if found else None
        return told


@dataclass(frozen=True)
class Plan:
    """What must hold of the records of one class.

    :param allowed: the properties that they may have; ``None`` for any.
    :param by_path: what must hold of a property that a record has.
    :param needed: the properties that every record has.
    :param always: what must hold beside.
    """

    allowed: frozenset[str] | None
    by_path: Mapping[str, tuple[Property, ...]]
    needed: tuple[str, ...]
    always: tuple[Check, ...]


class SureShapes:
    """The shapes of a profile, compiled.

    :param shapes: a shapes graph; never from the data.
    :param terms: the vocabulary, whose terms are of the same classes for ever.
    """

    def __init__(self, shapes: Graph, terms: Container[str] = ()) -> None:
        self._graph, self._terms = shapes, terms
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
        for path, values in mine.items():
            if plan.allowed is not None and path not in plan.allowed:
                return False
            for one in plan.by_path.get(path, ()):
                if not self._passes(one, values, seen):
                    return False
        for path in plan.needed:
            if path not in mine:
                return False
        for check in plan.always:  # noqa: SIM110
            if check(seen) is not True:
                return False
        return True

    def _passes(self, one: Property, values: Sequence[str], seen: Seen) -> bool:
        if not one.low <= len(values) <= one.high:
            return False
        for value in values:
            if value in one.known:
                continue
            for test in one.tests:
                if test(value, seen) is not True:
                    return False
            if one.lasts is None or (one.lasts and value[1:-1] in self._terms):
                if len(one.known) > _REMEMBERED:
                    one.known.clear()
                if value[-1] != '"':
                    one.known.add(value)
        for check in one.checks:  # noqa: SIM110
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
        by_path: dict[str, list[Property]] = {}
        needed: list[str] = []
        always: list[Check] = []
        allowed: frozenset[str] | None = None
        for shape in sorted(self._graph.subjects(SH.targetClass, URIRef(cls)), key=str):
            if self._value(shape, SH.deactivated) == "true":
                continue
            closed = self._allowed(shape)
            allowed = closed if allowed is None else allowed if closed is None else allowed & closed
            fields = [] if (shape, SH.path, None) in self._graph else list(self._graph.objects(shape, SH.property))
            for field in fields:
                path = self._graph.value(field, SH.path)
                one = self._property(field, str(path))
                if isinstance(path, URIRef) and self._value(field, SH.deactivated) is None and _may_lack(one):
                    by_path.setdefault(str(path), []).append(one)
                    needed += [str(path)] if one.low else []
                else:
                    always.append(self.shape(field))
            always.append(self.shape(shape, leave=frozenset(["closed", *(["property"] if fields else [])])))
        properties = {path: tuple(of) for path, of in by_path.items()}
        return Plan(allowed, properties, tuple(needed), tuple(c for c in always if c is not _surely))

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
            checks = self._node(shape, leave) if path is None else [self._values(shape, path)]
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

    def _values(self, shape: Term, path: Term) -> Check:
        """A property shape as a function of the node that has the property."""
        if not isinstance(path, URIRef):
            return _who_knows
        at, one = str(path), self._property(shape, str(path))
        return lambda seen: one.check(seen, seen.properties.get(at, ()))

    def _property(self, shape: Term, path: str) -> Property:
        tests, checks = list[Value](), list[Check]()
        said = self._said(shape, ("deactivated",))
        for name, value in said:
            if name == "hasValue":
                checks.append(_some(path, self._test("in", value)))
            elif name in asks.PAIRS:
                checks.append(_pair(path, str(value), asks.PAIRS[name]))
            elif name in asks.OF_A_SHAPE:
                tests.append(_below(self._join(name, value)))
            elif name in asks.OF_A_VALUE:
                tests.append(self._test(name, value))
            elif name not in _COUNTS:
                checks.append(_who_knows)
        names = {name for name, _ in said}
        return Property(
            low=max((int(str(n)) for n in self._graph.objects(shape, SH.minCount)), default=0),
            high=min((int(str(n)) for n in self._graph.objects(shape, SH.maxCount)), default=maxsize),
            tests=tuple(tests),
            checks=tuple(checks),
            lasts=False if names & asks.OF_A_SHAPE else True if "class" in names else None,
        )

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


def _may_lack(one: Property) -> bool:
    """Whether nothing is asked of a record that lacks the property, but how many values it has."""
    nothing = Seen("", {}, {}, lambda _: ())
    return all(check(nothing) is True for check in one.checks)


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
