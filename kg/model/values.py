"""IRIs and literals in the one spelling that is judged, hashed and stored."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.schema.datatypes import lexical_pattern
from kg.schema.names import XSD

Atom = NamedNode | Literal
"""What a property holds unless it holds a part."""

_DATED = (XSD + "date", XSD + "dateTime")
_PROBE = NamedNode("urn:stemma:probe")


@lru_cache(maxsize=65536)
def canonical(value: str, datatype: str) -> Literal:
    """A literal in its canonical lexical form, so that the store keeps it as it is.

    :raises ValueError: if the text is not in the lexical space of the datatype.

    >>> canonical("01.50", XSD + "decimal").value
    '1.5'
    """
    plain = Literal(value, datatype=NamedNode(datatype))
    if datatype == XSD + "string":
        return plain
    if not _is_lexical(value, datatype):
        raise ValueError(f"{value!r} is not a {datatype.removeprefix(XSD)}")
    # The store's own rewriting decides: what it would change on load is changed here first.
    store = Store()
    store.add(Quad(_PROBE, _PROBE, plain))
    stored = next(iter(store)).object
    assert isinstance(stored, Literal)
    return stored


def _is_lexical(value: str, datatype: str) -> bool:
    from rdflib import Literal as RdfLiteral
    from rdflib import URIRef

    pattern = lexical_pattern(datatype)
    if pattern is None:
        # rdflib says ill_typed only of datatypes that it knows; an unknown one is never in the shapes.
        return value == value.strip() and RdfLiteral(value, datatype=URIRef(datatype)).ill_typed is False
    # Not by rdflib: it takes NaN for a decimal and a day for a date and time.
    return re.fullmatch(pattern, value) is not None and (datatype not in _DATED or _is_day(value[:10]))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
