"""What a query's text may be, judged before any parser sees it.

The engine's parser can be crashed by a few kilobytes of nesting, its planner takes seconds for a
hundred joined patterns, and SERVICE and LOAD do real network traffic, so these texts are refused by
a scan of their tokens. The scan must see the same strings, comments and IRIs as the engine, which
reads keywords without word boundaries and ``<`` as an operator or as the start of an IRI, whichever
fits; where it could be both, the text is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kg.errors import QueryError

MAX_LENGTH = 64 * 1024
"""Longest query, in characters."""
MAX_DEPTH = 64
"""Deepest nesting of brackets, and most triple terms."""
MAX_OPERATORS = 500
"""Most operators and pattern separators, outside the rows of VALUES."""
MAX_PATTERNS = 100
"""Most patterns that are joined in one group: triples, steps of paths, members of lists, groups."""

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
      |(?P<prefix>(?:[^\W\d][\w.-]{{0,255}}+)?+):(?:(?:[\w:]|%|\\.)(?:(?:[\w.:%-]|\\.)*(?:[\w:%-]|\\.))?)?
      |(?P<word>[^\W\d]\w*)
      |(?P<operator>\|\||&&|[!|/^*+.;,=<>-])""",
    re.VERBOSE | re.DOTALL,
)
"""One token of SPARQL, as far as nesting and keywords go; what lies between tokens does not matter."""
_REFUSED = re.compile("service|load", re.IGNORECASE)
_COUNTED = frozenset({"union", "optional", "minus", "exists", "filter", "bind"})
_UNJOINED = frozenset({"union", "insert", "delete", "construct", "minus", "exists"})
"""Words before a group that is not joined with what stands beside it."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a text holds, as far as its tokens tell.

    :param words: its keywords and names of functions, in small letters.
    :param patterns: how many patterns are joined in all.
    :param constants: in how many places IRIs, prefixed names or literals stand.
    :param repeats: whether something stands before ``*`` or ``+``, as in a path without an end.
    """

    words: frozenset[str]
    patterns: int
    constants: int
    repeats: bool


def check_text(text: str) -> None:
    """Refuse a text that no parser should see.

    :raises QueryError: if it is too long, too deep or too large, holds SERVICE or LOAD, or an IRI
        that the engine could read as something else.
    """
    scan(text)


def scan(text: str) -> Scan:
    """Go through the tokens of a text, and refuse it as :func:`check_text` does.

    :raises QueryError: as :func:`check_text`.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text):,} characters; at most {MAX_LENGTH:,} are read", where=place_of(text, MAX_LENGTH)
        )
    return _Scan(text).done()


@dataclass(slots=True)
class _Group:
    """A bracket that is open.

    :param data: whether rows of VALUES stand in it.
    :param joined: how many patterns of it the planner would have to bring into an order.
    """

    bracket: str
    data: bool = False
    joined: int = 0


@dataclass(slots=True)
class _Scan:
    text: str
    open: list[_Group] = field(default_factory=lambda: [_Group("")])
    before: str = ""
    after_term: bool = False
    values: bool = False
    operators: int = 0
    quoted: int = 0
    patterns: int = 1
    constants: int = 0
    repeats: bool = False
    words: set[str] = field(default_factory=set)

    def done(self) -> Scan:
        """Take every token."""
        search, place = TOKEN.search, 0
        while found := search(self.text, place):
            place = self._take(found)
        return Scan(frozenset(self.words), self.patterns, self.constants, self.repeats)

    def _take(self, found: re.Match[str]) -> int:
        """Take one token; where to go on."""
        kind, token = found.lastgroup, found[0]
        if kind == "iri" and self.open[-1].bracket == "(":
            refuse_comparison(self.text, found)
            self._term(found)
            return found.start() + 1
        if kind == "word":
            self._word(found, token.lower())
        elif kind == "open":
            self._open(found, token)
        elif kind == "close":
            if len(self.open) > 1:
                self.open.pop()
            self.after_term = True
        elif kind == "operator":
            self._operator(found, token)
        elif kind == "quoted":
            self.quoted += 1
            self._deep(found, self.quoted)
        elif token[0] != "#":
            if kind == "prefix":
                refuse_word(self.text, found)
            self._term(found)
        if token[0] != "#":
            self.before = token
        return found.end()

    def _word(self, found: re.Match[str], word: str) -> None:
        refuse_word(self.text, found)
        self.words.add(word)
        self.values = self.values or word == "values"
        self.after_term = False
        if word in _COUNTED:
            self._count(found)

    def _open(self, found: re.Match[str], bracket: str) -> None:
        group = self.open[-1]
        data = group.data or (self.values and bracket == "{")
        if bracket == "{":
            self.values = False
            if group.bracket == "{" and self.before.lower() not in _UNJOINED:
                self._join(found, 1)
        elif bracket == "(" and (self.before in "()" if group.bracket == "(" else self.after_term):
            self._join(found, 2)  # a list: its first and its rest
        self.open.append(_Group(bracket, data))
        self.after_term = False
        self._deep(found, len(self.open) - 1)

    def _operator(self, found: re.Match[str], token: str) -> None:
        self.repeats = self.repeats or (token in "*+" and self.after_term)
        self.after_term = False
        if self.open[-1].data:
            return
        self._count(found)
        if token in "/^" or (token in ".;," and self.open[-1].bracket != "("):
            self._join(found, 1)

    def _term(self, found: re.Match[str]) -> None:
        token = found[0]
        group = self.open[-1]
        self.constants += token[0] not in "?$"
        if self.after_term and group.bracket == "(":
            self._join(found, 2)
        if token[-1] == "." and token[0].isdigit() and group.bracket != "(":
            self._join(found, 1)
        self.after_term = True

    def _join(self, found: re.Match[str], patterns: int) -> None:
        """Count patterns of the group around."""
        group = next((g for g in reversed(self.open) if g.bracket == "{"), None)
        if group is None or group.data:
            return
        group.joined += patterns
        self.patterns += patterns
        if group.joined > MAX_PATTERNS:
            raise QueryError(
                f"more than {MAX_PATTERNS} patterns are joined in one group",
                where=place_of(self.text, found.start()),
                hint="Ask in several queries.",
            )

    def _count(self, found: re.Match[str]) -> None:
        self.operators += 1
        if self.operators > MAX_OPERATORS:
            raise QueryError(
                f"the query has more than {MAX_OPERATORS} operators and patterns",
                where=place_of(self.text, found.start()),
            )

    def _deep(self, found: re.Match[str], depth: int) -> None:
        if depth > MAX_DEPTH:
            raise QueryError(
                f"the query is nested more than {MAX_DEPTH} deep", where=place_of(self.text, found.start())
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


def syntax_error(message: str, kind: str = "query") -> QueryError:
    """What the engine says of a text that it cannot read, with the line and the column that it names."""
    found = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    where, told = (f"line {found[1]}, column {found[2]}", found[3]) if found else ("", message)
    return QueryError(f"this is no SPARQL {kind}: {told}", where=where)
