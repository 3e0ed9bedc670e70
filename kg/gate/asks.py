"""What a constraint asks of a value, in three words: ``True``, ``False``, and ``None`` for who knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal

from kg.gate.facts import plain, split
from kg.model.values import canonical
from kg.schema.names import XSD
from kg.schema.patterns import python_form

Sure = bool | None
Test = Callable[[str], Sure]
"""Takes a term as N-Triples writes it."""

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_PART = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_EXACT = frozenset(XSD + n for n in ("decimal", "dateTime", "date", "duration"))
OF_A_SHAPE = frozenset(["node", "property", "not", "and", "or", "xone"])
"""The parameters of SHACL that hold a node to other shapes."""
OF_A_VALUE = frozenset(
    (
        *("class", "in", "datatype", "nodeKind", "pattern", "minLength", "maxLength"),
        *("minInclusive", "maxInclusive", "minExclusive", "maxExclusive"),
    )
)
"""The parameters of SHACL that look at one value at a time."""


def all_of(told: Iterable[Sure]) -> Sure:
    """Whether all hold, as far as is known."""
    whole: Sure = True
    for one in told:
        if one is False:
            return False
        if one is None:
            whole = None
    return whole


def some_of(told: Iterable[Sure]) -> Sure:
    """Whether one or more hold, as far as is known."""
    whole: Sure = False
    for one in told:
        if one:
            return True
        if one is None:
            whole = None
    return whole


def one_of(told: Iterable[Sure]) -> Sure:
    """Whether exactly one holds, as far as is known."""
    found = list(told)
    return None if None in found else found.count(True) == 1


def is_in(listed: Collection[str]) -> Test:
    """Whether a term is one of a list.

    Another spelling of the same number may be it to an engine, so only IRIs and strings surely are not.
    """
    known = frozenset(listed)
    return lambda v: True if v in known else False if v[0] == "<" or v[-1] == '"' else None


def value_test(name: str, parameter: str, limit: str | None) -> Test:
    """The constraint of a parameter of SHACL that looks at one value.

    :param name: local name of the parameter, such as ``pattern``.
    :param parameter: its value as text.
    :param limit: its value as N-Triples writes it, if that is a literal.
    :returns: for a parameter that is not known here, a test that knows nothing.
    """
    if name == "datatype":
        return _datatype(parameter)
    if name == "nodeKind":
        kind = parameter.rsplit("#", 1)[-1]
        return lambda v: ("IRI" in kind) if v[0] == "<" else ("Literal" in kind) if v[0] == '"' else None
    if name == "pattern":
        search = re.compile(python_form(parameter)).search
        return lambda v: search(plain(v)) is not None if v[0] in '<"' else None
    if name in ("minLength", "maxLength") and parameter.isdecimal():
        size = int(parameter)
        is_least = name == "minLength"
        return lambda v: None if v[0] not in '<"' else len(plain(v)) >= size if is_least else len(plain(v)) <= size
    if name in _LIMITS and limit is not None and (at := _number(limit)) is not None:
        holds, edge = _LIMITS[name], at
        return lambda v: None if (n := _number(v)) is None else holds(n, edge)
    return lambda _: None


_LIMITS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "minInclusive": lambda n, edge: n >= edge,
    "maxInclusive": lambda n, edge: n <= edge,
    "minExclusive": lambda n, edge: n > edge,
    "maxExclusive": lambda n, edge: n < edge,
}


def _datatype(datatype: str) -> Test:
    """Literals of a datatype in canonical form surely are of it; of others, who knows."""
    if datatype == XSD + "string":
        return lambda v: True if v[0] == '"' and v[-1] == '"' else None
    tail = f'"^^<{datatype}>'
    size = len(tail)
    if datatype == XSD + "integer":
        return lambda v: True if v.endswith(tail) and _WHOLE.fullmatch(v, 1, len(v) - size) else None
    if datatype == XSD + "boolean":
        return lambda v: True if v.endswith(tail) and v[1:-size] in ("true", "false") else None
    if datatype in _EXACT:
        return lambda v: True if v.endswith(tail) and _is_canonical(v[1:-size], datatype) else None
    return lambda _: None


def _is_canonical(text: str, datatype: str) -> bool:
    try:
        return canonical(text, datatype).value == text
    except ValueError:
        return False


def _number(value: str) -> Decimal | None:
    """The number of an integer or decimal that every engine reads alike."""
    if value[0] != '"':
        return None
    text, datatype = split(value)
    if datatype == XSD + "integer" and _WHOLE.fullmatch(text):
        return Decimal(text)
    return Decimal(text) if datatype == XSD + "decimal" and _PART.fullmatch(text) else None


def _disjoint(mine: Sequence[str], others: Sequence[str]) -> Sure:
    return not set(mine) & set(others)


def _equal(mine: Sequence[str], others: Sequence[str]) -> Sure:
    return True if set(mine) == set(others) else None


def _ordered(holds: Callable[[Decimal, Decimal], bool]) -> Callable[[Sequence[str], Sequence[str]], Sure]:
    def compare(mine: Sequence[str], others: Sequence[str]) -> Sure:
        if not mine or not others:
            return True
        left, right = [_number(v) for v in mine], [_number(v) for v in others]
        if None in left or None in right:
            return None
        return all(holds(a, b) for a in left for b in right if a is not None and b is not None)

    return compare


PAIRS: dict[str, Callable[[Sequence[str], Sequence[str]], Sure]] = {
    "disjoint": _disjoint,
    "equals": _equal,
    "lessThan": _ordered(lambda a, b: a < b),
    "lessThanOrEquals": _ordered(lambda a, b: a <= b),
}
"""Constraints between the values of two properties."""
