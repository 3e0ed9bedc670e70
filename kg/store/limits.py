"""What a query's text may be, judged before any parser sees it.

The engine's parser can be crashed by a few kilobytes of nesting, and SERVICE and LOAD do real
network traffic, so these texts are refused by a scan of their tokens.
"""

from __future__ import annotations

import re

from kg.errors import QueryError

MAX_LENGTH = 64 * 1024
"""Longest query, in characters."""
MAX_DEPTH = 64
"""Deepest nesting of brackets."""
MAX_OPERATORS = 500
"""Most operators and pattern separators."""

_TOKEN = re.compile(
    r"""(?P<skip>"{3}(?:\\.|[^\\])*?"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'
        |<[^<>"{}|^`\\\s]*>|\#[^\n]*)
      |(?P<open>[({\[]|<<)|(?P<close>[)}\]]|>>)
      |(?P<word>[?$]?[A-Za-z_][\w.:-]*|:[\w.-]+)
      |(?P<operator>\|\||&&|[!|/^*+.;,=-])""",
    re.VERBOSE | re.DOTALL,
)
_REFUSED = frozenset({"service", "load"})
_COUNTED = frozenset({"union", "optional", "minus", "exists", "filter", "bind"})


def check_text(text: str) -> None:
    """Refuse a text that no parser should see.

    :raises QueryError: if it is too long, too deep or too large, or holds SERVICE or LOAD.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query has {len(text):,} characters; at most {MAX_LENGTH:,} are read")
    depth = operators = 0
    for token in _TOKEN.finditer(text):
        word = (token["word"] or "").lower()
        if word in _REFUSED:
            raise QueryError(f"{word.upper()} is not allowed here", hint="Ask the other endpoint by itself.")
        depth += bool(token["open"]) - bool(token["close"])
        operators += bool(token["operator"]) or word in _COUNTED
        if depth > MAX_DEPTH:
            raise QueryError(f"the query is nested more than {MAX_DEPTH} deep")
    if operators > MAX_OPERATORS:
        raise QueryError(f"the query has {operators} operators and patterns; at most {MAX_OPERATORS} are read")
