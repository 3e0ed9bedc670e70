"""Compiled shapes that say of a record: it surely holds, or an engine must look.

Most records are valid, and to see that takes a look at each value. So these functions come before an
engine: only a record that surely holds is let past it, and every other goes to the engine, which says
what is wrong. They are made from the shapes graph, whatever it says; a shape that uses what is not
known here holds of nothing surely.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from rdflib import Graph

from kg.gate.checks import REMEMBERED, Property, Seen, Types
from kg.gate.compiler import Compiler
from kg.model.node import Properties
from kg.schema.names import RDF_TYPE


class SureShapes:
    """The shapes of a profile, compiled.

    :param shapes: a shapes graph; never from the data.
    :param terms: the vocabulary, whose terms are of the same classes for ever.
    """

    def __init__(self, shapes: Graph, terms: Container[str] = ()) -> None:
        self._terms = terms
        self._plans = Compiler(shapes, terms).plans()

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
                if len(one.known) > REMEMBERED:
                    one.known.clear()
                if value[-1] != '"':
                    one.known.add(value)
        for check in one.checks:  # noqa: SIM110
            if check(seen) is not True:
                return False
        return True
