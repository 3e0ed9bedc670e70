"""The lexical spaces of the XSD datatypes that records use (XSD 1.1 part 2, section 3.3).

Years have four digits and midnight is 00:00:00: that far every engine here reads the same.
"""

from __future__ import annotations

from kg.schema.names import XSD

_ZONE = r"(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
_DAY_TIME = r"T([0-9]+H([0-9]+M)?([0-9]+(\.[0-9]+)?S)?|[0-9]+M([0-9]+(\.[0-9]+)?S)?|[0-9]+(\.[0-9]+)?S)"
_YEAR_DAY = r"([0-9]+Y([0-9]+M)?([0-9]+D)?|[0-9]+M([0-9]+D)?|[0-9]+D)"

_LEXICAL = {
    "integer": r"[+-]?[0-9]+",
    "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "boolean": r"true|false|1|0",
    "date": f"{_DATE}{_ZONE}?",
    "dateTime": f"{_DATE}T{_TIME}{_ZONE}?",
    "duration": f"-?P({_YEAR_DAY}({_DAY_TIME})?|{_DAY_TIME})",
    "gYear": f"[0-9]{{4}}{_ZONE}?",
}


def lexical_pattern(datatype: str) -> str | None:
    """A regular expression for the whole of a literal's text, or ``None`` if any text will do.

    It reads the same in Python and in ECMA-262, as JSON Schema wants.

    :param datatype: IRI of the datatype.
    """
    found = _LEXICAL.get(datatype.removeprefix(XSD))
    return f"^({found})$" if found else None


def is_known(datatype: str) -> bool:
    """Whether records may hold literals of this datatype."""
    return datatype in (XSD + "string", XSD + "anyURI") or lexical_pattern(datatype) is not None
