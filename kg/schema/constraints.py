"""What shapes may use of SHACL: what every engine here judges, and nothing that one would leave out.

A constraint that an engine skips lets everything pass. pySHACL, for one, skips ``sh:js`` and, unless
told otherwise, ``sh:rule`` and ``sh:target``. So a profile that uses more is refused when it is read.
"""

from __future__ import annotations

import re

from rdflib import Graph
from rdflib.namespace import OWL, SH

from kg.errors import ProfileError
from kg.schema.names import local_name
from kg.schema.patterns import fault

_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_PATHS = ("path", "inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")
_VALUES = ("nodeKind", "class", "datatype", "in", "hasValue", "pattern", "languageIn", "uniqueLang")
_RANGES = ("minCount", "maxCount", "minLength", "maxLength")
_LIMITS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
_PAIRS = ("equals", "disjoint", "lessThan", "lessThanOrEquals")
_SHAPES = ("property", "node", "and", "or", "xone", "not", "closed", "ignoredProperties")
_QUALIFIED = ("qualifiedValueShape", "qualifiedValueShapesDisjoint", "qualifiedMinCount", "qualifiedMaxCount")
_SPARQL = ("sparql", "select", "ask", "prefixes", "declare", "prefix", "namespace")
_NOTES = ("message", "severity", "deactivated", "name", "description", "order", "group", "defaultValue")

CORE = frozenset([*_TARGETS, *_PATHS, *_VALUES, *_RANGES, *_LIMITS, *_PAIRS, *_SHAPES, *_QUALIFIED, *_SPARQL, *_NOTES])
"""The properties of SHACL that shapes may use, by their local names."""

_OUTSIDE = re.compile(r"(?<![?$\w])(service|load|from)\b", re.IGNORECASE)


def check_constraints(graph: Graph) -> None:
    """Hold a shapes graph to what every engine judges, alike and in bounded time.

    :raises ProfileError: if it uses a property of SHACL that an engine would leave out, imports
        another graph, reaches out of the data by SERVICE, LOAD or FROM, or has a pattern that engines
        read differently or that a text could keep busy for ever.
    """
    for subject, predicate, value in sorted(graph):
        name = local_name(str(predicate))
        if predicate == OWL.imports:
            raise ProfileError("shapes import no other graph", where=str(subject), hint="Put the files into shapes/.")
        if not str(predicate).startswith(str(SH)):
            continue
        if name not in CORE:
            raise ProfileError(
                f"sh:{name} is not used here: an engine could leave it out, and what it forbids would pass",
                where=str(subject),
                hint="Say it with SHACL Core, or with sh:sparql.",
            )
        if name in ("select", "ask") and (found := _OUTSIDE.search(str(value))):
            raise ProfileError(
                f"a shape's query does not use {found[1].upper()}: it sees the record and what is around it",
                where=str(subject),
            )
        if name == "pattern" and (told := fault(str(value))):
            raise ProfileError(
                f"the pattern {value} is no regular expression for shapes: {told}",
                where=str(subject),
                hint="A pattern that every engine runs through a text once: docs/gate.md.",
            )
