"""A shapes graph compiled: for each class that it judges, what must hold of a record of that class.

A shape that uses what is not known here becomes a check that knows nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Container
from sys import maxsize

from pyoxigraph import Literal as OxLiteral
from pyoxigraph import NamedNode
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection as List
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Node as Term

from kg.gate import asks
from kg.gate.asks import all_of, one_of, some_of
from kg.gate.checks import (
    Check,
    Plan,
    Property,
    Value,
    every,
    is_member,
    may_lack,
    of_part,
    pair,
    remembering,
    some,
    surely,
    who_knows,
)
from kg.schema.names import local_name

_NOTES = frozenset(
    ["message", "severity", "name", "description", "order", "group", "defaultValue", "path", "targetClass"]
)
_COUNTS = frozenset(["minCount", "maxCount", "hasValue", "closed", "ignoredProperties"])


class Compiler:
    """Compiles one shapes graph.

    :param shapes: a shapes graph; never from the data.
    :param terms: the vocabulary, whose terms are of the same classes for ever.
    """

    def __init__(self, shapes: Graph, terms: Container[str]) -> None:
        self._graph, self._terms = Graph(), terms
        self._graph += shapes  # to read a list is to write it, with rdflib, and others read the same graph
        self._open: set[Term] = set()

    def plans(self) -> dict[str, Plan]:
        """What must hold of the records of each class; none if the graph finds what it judges otherwise."""
        classes = {str(c) for c in self._graph.objects(None, SH.targetClass)}
        return {c: self._plan(c) for c in classes} if self._is_plain() else {}

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
                if isinstance(path, URIRef) and self._value(field, SH.deactivated) is None and may_lack(one):
                    by_path.setdefault(str(path), []).append(one)
                    needed += [str(path)] if one.low else []
                else:
                    always.append(self._rule(field))
            always.append(self._rule(shape, leave=frozenset(["closed", *(["property"] if fields else [])])))
        properties = {path: tuple(of) for path, of in by_path.items()}
        return Plan(allowed, properties, tuple(needed), tuple(c for c in always if c is not surely))

    def _rule(self, shape: Term, *, leave: frozenset[str] = frozenset()) -> Check:
        """A shape as a function that remembers the combinations of terms of which it held."""
        check = self.shape(shape, leave=leave)
        paths = self._looks_at(shape, leave)
        return check if check is surely or paths is None else remembering(check, sorted(paths), self._terms)

    def _looks_at(self, shape: Term, leave: frozenset[str]) -> frozenset[str] | None:
        """The properties of a record that a shape looks at; ``None`` if that is not plain."""
        path = self._graph.value(shape, SH.path)
        if path is not None and not isinstance(path, URIRef):
            return None
        found = {str(path)} if path is not None else set[str]()
        for name, value in self._said(shape, leave):
            if name in asks.OF_A_SHAPE:
                members = [value] if name in ("node", "property", "not") else List(self._graph, value)
                inner = [self._looks_at(m, frozenset()) for m in members]
                if path is not None or None in inner:
                    return None  # it looks into parts
                found.update(*(i for i in inner if i is not None))
            elif name in asks.PAIRS:
                found.add(str(value))
            elif path is None and name != "deactivated":
                return None  # it looks at every property, or at the record's own IRI
        return frozenset(found)

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
            return who_knows  # a shape that is a part of itself
        if self._value(shape, SH.deactivated) == "true":
            return surely
        self._open.add(shape)
        try:
            path = self._graph.value(shape, SH.path)
            checks = self._node(shape, leave) if path is None else [self._values(shape, path)]
        finally:
            self._open.discard(shape)
        return surely if not checks else checks[0] if len(checks) == 1 else every(checks)

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
            return who_knows
        at, one = str(path), self._property(shape, str(path))
        return lambda seen: one.check(seen, seen.properties.get(at, ()))

    def _property(self, shape: Term, path: str) -> Property:
        tests, checks = list[Value](), list[Check]()
        said = self._said(shape, ("deactivated",))
        for name, value in said:
            if name == "hasValue":
                checks.append(some(path, self._test("in", value)))
            elif name in asks.PAIRS:
                checks.append(pair(path, str(value), asks.PAIRS[name]))
            elif name in asks.OF_A_SHAPE:
                tests.append(of_part(self._join(name, value)))
            elif name in asks.OF_A_VALUE:
                tests.append(self._test(name, value))
            elif name not in _COUNTS:
                checks.append(who_knows)
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
            return lambda v, seen: is_member(cls, seen.types(v[1:-1])) if v[0] == "<" else None
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
