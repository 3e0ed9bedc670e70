"""What a query's text may be, judged before any parser sees it.

The engine's parser can be crashed by a few kilobytes of nesting, and SERVICE and LOAD do real
network traffic, so these texts are refused by a scan of their tokens. The scan must see the same
strings, comments and IRIs as the engine, which reads keywords without word boundaries and ``<`` as
an operator or as the start of an IRI, whichever fits; where it could be both, the text is refused.
"""

from __future__ import annotations

import re

from kg.errors import QueryError

MAX_LENGTH = 64 * 1024
"""Longest query, in characters."""
MAX_DEPTH = 64
"""Deepest nesting of brackets, and most triple terms."""
MAX_OPERATORS = 500
"""Most operators and pattern separators."""

_IN_IRI = r"""(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*"""
TOKEN = re.compile(
    rf"""(?P<skip>"{{3}}(?:\\.|[^\\])*?"{{3}}|'{{3}}(?:\\.|[^\\])*?'{{3}}
        |"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*'
        |\#[^\n\r]*|\\.|@[A-Za-z]+(?:-[A-Za-z0-9]+)*|[?$]\w+
        |(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?
        |<[A-Za-z][A-Za-z0-9+.-]*://{_IN_IRI}>)
      |(?P<iri><{_IN_IRI}>)
      |(?P<quoted><(?=<))
      |(?P<open>[({{\[])|(?P<close>[)}}\]])
      |(?P<prefix>(?:[^\W\d][\w.-]*+)?+):(?:(?:[\w:]|%|\\.)(?:(?:[\w.:%-]|\\.)*(?:[\w:%-]|\\.))?)?
      |(?P<word>[^\W\d]\w*)
      |(?P<operator>\|\||&&|[!|/^*+.;,=<>-])""",
    re.VERBOSE | re.DOTALL,
)
"""One token of SPARQL, as far as nesting and keywords go; what lies between tokens does not matter."""
_REFUSED = re.compile("service|load", re.IGNORECASE)
_COUNTED = frozenset({"union", "optional", "minus", "exists", "filter", "bind"})


def check_text(text: str) -> None:
    """Refuse a text that no parser should see.

    :raises QueryError: if it is too long, too deep or too large, holds SERVICE or LOAD, or an IRI
        that the engine could read as something else.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text):,} characters; at most {MAX_LENGTH:,} are read", where=place_of(text, MAX_LENGTH)
        )
    brackets: list[str] = []
    quoted = operators = place = 0
    while found := TOKEN.search(text, place):
        place = found.end()
        kind = found.lastgroup
        if kind == "iri" and brackets[-1:] == ["("]:
            refuse_comparison(text, found)
            place = found.start() + 1
        elif kind in ("word", "prefix"):
            refuse_word(text, found)
        elif kind == "open":
            brackets.append(found[0])
        elif kind == "close":
            del brackets[-1:]
        quoted += kind == "quoted"
        operators += kind == "operator" or found[0].lower() in _COUNTED
        if len(brackets) > MAX_DEPTH or quoted > MAX_DEPTH:
            raise QueryError(f"the query is nested more than {MAX_DEPTH} deep", where=place_of(text, found.start()))
        if operators > MAX_OPERATORS:
            raise QueryError(
                f"the query has more than {MAX_OPERATORS} operators and patterns", where=place_of(text, found.start())
            )


def refuse_word(text: str, found: re.Match[str]) -> None:
    """Refuse the two keywords, also run into another word or into a prefix."""
    refused = _REFUSED.search(found[0] if found["word"] else found["prefix"])
    if refused:
        raise QueryError(
            f"{refused[0].upper()} is not allowed here",
            where=place_of(text, found.start() + refused.start()),
            hint="Ask the other endpoint by itself, and give no prefix that name.",
        )


def refuse_comparison(text: str, found: re.Match[str]) -> None:
    """Refuse, in round brackets, what is an IRI or a comparison with a string or a comment after it."""
    if "'" in found[0] or "#" in found[0]:
        raise QueryError(
            "this could be an IRI or a comparison",
            where=place_of(text, found.start()),
            hint="Put a space after <, or write the IRI with a prefix.",
        )


def place_of(text: str, at: int) -> str:
    """Line and column of a place in a text, for people."""
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"
