"""IRIs and literals in the one spelling that is judged, hashed and stored."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from kg.schema.datatypes import is_known, lexical_pattern
from kg.schema.names import XSD

Atom = NamedNode | Literal
"""What a property holds unless it holds a part."""

_DATED = (XSD + "date", XSD + "dateTime")
_PLAIN = (XSD + "string", XSD + "anyURI")
_TEXT = re.compile(r"[\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]*")
_AS_THEY_ARE = {
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
    XSD + "boolean": re.compile(r"true|false"),
    XSD + "dateTime": re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z"),
}
"""Spellings that the store keeps; what is spelled so need not be asked for."""
_PROBE = NamedNode("urn:stemma:probe")


@lru_cache(maxsize=65536)
def canonical(value: str, datatype: str) -> Literal:
    """A literal in its canonical lexical form, so that the store keeps it as it is.

    :raises ValueError: if the text is not in the lexical space of the datatype, or beyond what is
        held exactly: text of XML characters, integers of 64 bits, decimals of 18 digits on either
        side of the point.

    >>> canonical("01.50", XSD + "decimal").value
    '1.5'
    """
    if not is_known(datatype) or not _is_lexical(value, datatype) or not _is_held(value, datatype):
        raise ValueError(f"{value[:40]!r} is not a {datatype.removeprefix(XSD)}")
    plain = Literal(value, datatype=NamedNode(datatype))
    usual = _AS_THEY_ARE.get(datatype)
    if datatype in _PLAIN or (usual is not None and usual.fullmatch(value)):
        return plain
    # The store's own rewriting decides: what it would change on load is changed here first.
    store = Store()
    store.add(Quad(_PROBE, _PROBE, plain))
    stored = next(iter(store)).object
    assert isinstance(stored, Literal)
    return stored


def nquad(quad: Quad) -> str:
    """One canonical N-Quads line."""
    graph = "" if isinstance(quad.graph_name, DefaultGraph) else f"{quad.graph_name} "
    return f"{quad.subject} {quad.predicate} {quad.object} {graph}.\n"


def _is_lexical(value: str, datatype: str) -> bool:
    # Not by rdflib: it takes NaN for a decimal and a day for a date and time.
    pattern = lexical_pattern(datatype)
    return _TEXT.fullmatch(value) is not None if pattern is None else re.fullmatch(pattern, value) is not None


def _is_held(value: str, datatype: str) -> bool:
    """Whether a text of the lexical space is a value that the store holds exactly."""
    try:
        if datatype == XSD + "integer":
            return abs(int(value)) < 2**63
        if datatype == XSD + "decimal":
            whole, _, fraction = value.lstrip("+-").partition(".")
            return len(whole.lstrip("0")) <= 18 and len(fraction.rstrip("0")) <= 18
        if datatype in _DATED:
            date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True
