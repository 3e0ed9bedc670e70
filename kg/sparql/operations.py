"""The operations of a SPARQL 1.1 Update request, as texts.

This is no parser: it finds by tokens where each operation and each part of it begins and ends, and
the engine judges and reads the parts. What it does not know is refused, so a text that the engine
would read in another way than this module can be refused, and never does something else.
(SPARQL 1.1 Update, sections 3 and 4; grammar rules 29 to 52.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from kg.errors import QueryError
from kg.store.limits import MAX_DEPTH, TOKEN, check_text, place_of, refuse_comparison, refuse_word

MAX_UPDATE = 8 * 1024 * 1024
"""Longest update, in characters."""
MAX_OPERATIONS = 1000
"""Most operations of one request."""

_CLOSES = {"(": ")", "[": "]", "{": "}"}


class Kind(Enum):
    """What an operation does, by its words."""

    INSERT_DATA = "INSERT DATA"
    DELETE_DATA = "DELETE DATA"
    DELETE_WHERE = "DELETE WHERE"
    MODIFY = "DELETE/INSERT"
    LOAD = "LOAD SILENT"
    CLEAR = "CLEAR"
    DROP = "DROP"
    CREATE = "CREATE"
    ADD = "ADD"
    MOVE = "MOVE"
    COPY = "COPY"


_KINDS = {k.value: k for k in Kind}


@dataclass(frozen=True, slots=True)
class GraphRef:
    """Which graphs a graph operation means.

    :param word: ``GRAPH``, ``DEFAULT``, ``NAMED`` or ``ALL``.
    :param name: the graph's name as it is written, for ``GRAPH``.
    """

    word: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Using:
    """One USING clause: the graph as it is written, and whether it is NAMED."""

    name: str
    named: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a request; every text is as written, blocks with their braces.

    :param prologue: all declarations that hold for it.
    :param start: place of its first character in the request; ``end``: behind its last one.
    :param data: the quads of INSERT DATA and DELETE DATA, or the pattern of DELETE WHERE.
    :param into: the graph of WITH.
    :param delete: template; ``insert`` likewise; empty if there is none.
    """

    kind: Kind
    prologue: str
    start: int
    end: int
    silent: bool = False
    graphs: tuple[GraphRef, ...] = ()
    data: str = ""
    into: str = ""
    delete: str = ""
    insert: str = ""
    using: tuple[Using, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Request:
    """A whole request.

    :param text: as it came.
    :param prologues: where its declarations begin and end; those before the first operation are
        the first pair.
    """

    text: str
    operations: tuple[Operation, ...]
    prologues: tuple[tuple[int, int], ...]


def split(text: str, *, most: int = MAX_UPDATE) -> Request:
    """Split an update request into its operations.

    :param most: how many characters are read at most.
    :raises QueryError: with line and column, if it is none, is too long or too deep, or holds
        SERVICE, triple terms, or LOAD without SILENT (a LOAD SILENT is one that always fails).
    """
    if len(text) > most:
        raise QueryError(f"the update has {len(text):,} characters; at most {most:,} are read")
    return _Splitter(text).request()


@dataclass
class _Splitter:
    """Goes through a text once, token by token."""

    text: str
    place: int = 0
    declared: list[str] = field(default_factory=list)

    def request(self) -> Request:
        operations: list[Operation] = []
        prologues: list[tuple[int, int]] = []
        while True:
            prologues.append(self._prologue())
            if self._at_end():
                return Request(self.text, tuple(operations), tuple(prologues))
            operations.append(self._operation())
            if len(operations) > MAX_OPERATIONS:
                raise self._wrong(f"the update has more than {MAX_OPERATIONS:,} operations")
            if self._at_end():
                return Request(self.text, tuple(operations), tuple(prologues))
            self._take(";")

    # ---- tokens between blocks

    def _peek(self) -> re.Match[str] | None:
        """The next token that is no comment; ``None`` at the end or before what is no token."""
        while True:
            found = TOKEN.search(self.text, self.place)
            gap = self.text[self.place : found.start() if found else len(self.text)]
            if gap.strip(" \t\r\n"):
                raise self._wrong("this is no SPARQL update", self.place + len(gap) - len(gap.lstrip(" \t\r\n")))
            if found is None or not found[0].startswith("#"):
                return found
            self.place = found.end()

    def _at_end(self) -> bool:
        return self._peek() is None

    def _word(self) -> str:
        """The next token if it is a word, in capitals, without taking it."""
        found = self._peek()
        return found[0].upper() if found is not None and found.lastgroup == "word" else ""

    def _taken(self, *words: str) -> bool:
        """Take these words if they come next."""
        before = self.place
        for word in words:
            if self._word() != word:
                self.place = before
                return False
            self._advance()
        return True

    def _advance(self) -> str:
        found = self._peek()
        if found is None:
            raise self._wrong("the update ends too early")
        self.place = found.end()
        return found[0]

    def _take(self, expected: str) -> None:
        found = self._peek()
        if found is None or found[0].upper() != expected:
            raise self._wrong(f"this is no SPARQL update: {expected} is expected here")
        self.place = found.end()

    def _name(self) -> str:
        """An IRI or a prefixed name, as it is written."""
        found = self._peek()
        if found is not None and found.lastgroup == "prefix":
            refuse_word(self.text, found)
        elif found is None or not (found[0].startswith("<") and found[0].endswith(">")):
            raise self._wrong("this is no SPARQL update: the name of a graph is expected here")
        return self._advance()

    def _wrong(self, message: str, place: int | None = None) -> QueryError:
        if place is None:
            found = TOKEN.search(self.text, self.place)
            place = found.start() if found else len(self.text)
        return QueryError(message, where=place_of(self.text, place))

    # ---- the grammar between blocks

    def _prologue(self) -> tuple[int, int]:
        start = end = self.place
        while (word := self._word()) in ("BASE", "PREFIX", "VERSION"):
            if start == end:
                start = self.place
            begin = self.place
            self._advance()
            if word == "PREFIX":
                found = self._peek()
                if found is None or found.lastgroup != "prefix" or not found[0].endswith(":"):
                    raise self._wrong("this is no SPARQL update: a prefix and its colon are expected here")
                refuse_word(self.text, found)
                self._advance()
            self._advance()
            end = self.place
            self.declared.append(self.text[begin:end])
        return start, end

    def _operation(self) -> Operation:
        self._peek()
        start, word, begin = self.place, self._word(), self.place
        found = TOKEN.search(self.text, self.place)
        start = found.start() if found else start
        made: dict[str, object]
        if word in ("INSERT", "DELETE", "WITH"):
            kind, made = self._of_quads(word)
        elif word in ("CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "LOAD"):
            kind, made = self._of_graphs(word)
        else:
            self.place = begin
            raise self._wrong("this is no SPARQL update: an operation is expected here")
        prologue = "\n".join(self.declared)
        return Operation(kind=kind, prologue=prologue, start=start, end=self.place, **made)  # type: ignore[arg-type]

    def _of_quads(self, word: str) -> tuple[Kind, dict[str, object]]:
        for words in (("INSERT", "DATA"), ("DELETE", "DATA"), ("DELETE", "WHERE")):
            if self._taken(*words):
                kind = _KINDS[" ".join(words)]
                return kind, {"data": self._block(pattern=kind is Kind.DELETE_WHERE)}
        into = delete = insert = ""
        if self._taken("WITH"):
            into = self._name()
        if self._taken("DELETE"):
            delete = self._template()
        if self._taken("INSERT"):
            insert = self._template()
        if not delete and not insert:
            raise self._wrong("this is no SPARQL update: DELETE or INSERT is expected here")
        using = []
        while self._taken("USING"):
            named = self._taken("NAMED")
            using.append(Using(self._name(), named))
        self._take("WHERE")
        where = self._block(pattern=True)
        return Kind.MODIFY, {"into": into, "delete": delete, "insert": insert, "using": tuple(using), "where": where}

    def _of_graphs(self, word: str) -> tuple[Kind, dict[str, object]]:
        found = self._peek()
        self._advance()
        silent = self._taken("SILENT")
        if word == "LOAD":
            if not silent and found is not None:
                refuse_word(self.text, found)
            self._name()
            graphs: tuple[GraphRef, ...] = ()
            if self._taken("INTO"):
                self._take("GRAPH")
                graphs = (GraphRef("GRAPH", self._name()),)
            return Kind.LOAD, {"silent": True, "graphs": graphs}
        if word in ("CLEAR", "DROP"):
            return _KINDS[word], {"silent": silent, "graphs": (self._graphs(),)}
        if word == "CREATE":
            self._take("GRAPH")
            return Kind.CREATE, {"silent": silent, "graphs": (GraphRef("GRAPH", self._name()),)}
        first = self._one_graph()
        self._take("TO")
        return _KINDS[word], {"silent": silent, "graphs": (first, self._one_graph())}

    def _graphs(self) -> GraphRef:
        for word in ("DEFAULT", "NAMED", "ALL"):
            if self._taken(word):
                return GraphRef(word)
        self._take("GRAPH")
        return GraphRef("GRAPH", self._name())

    def _one_graph(self) -> GraphRef:
        if self._taken("DEFAULT"):
            return GraphRef("DEFAULT")
        self._taken("GRAPH")
        return GraphRef("GRAPH", self._name())

    # ---- blocks

    def _template(self) -> str:
        block = self._block(pattern=False)
        check_text("INSERT " + block)
        return block

    def _block(self, *, pattern: bool) -> str:
        """Take a block in braces, as it is written.

        :param pattern: whether ``<`` in round brackets may be an operator; in quads it begins an IRI.
        """
        found = self._peek()
        if found is None or found[0] != "{":
            raise self._wrong("this is no SPARQL update: { is expected here")
        start, opened = found.start(), list[str]()
        while found is not None:
            self.place = self._step(found, opened, pattern=pattern)
            if not opened:
                block = self.text[start : self.place]
                if pattern:
                    check_text(block)
                return block
            found = TOKEN.search(self.text, self.place)
        raise self._wrong("this is no SPARQL update: a block is not closed", start)

    def _step(self, found: re.Match[str], opened: list[str], *, pattern: bool) -> int:
        """Take one token inside a block; where to go on."""
        kind = found.lastgroup
        if kind in ("word", "prefix"):
            refuse_word(self.text, found)
        elif kind == "open":
            opened.append(found[0])
            if len(opened) > MAX_DEPTH:
                raise self._wrong(f"the update is nested more than {MAX_DEPTH} deep", found.start())
        elif kind == "close":
            if found[0] != _CLOSES[opened.pop()]:
                raise self._wrong("this is no SPARQL update: brackets do not match", found.start())
        elif kind == "quoted":
            raise QueryError(
                "triple terms are not taken",
                where=place_of(self.text, found.start()),
                hint="Put a space after < if this is a comparison.",
            )
        elif kind == "iri" and pattern and opened[-1] == "(":
            refuse_comparison(self.text, found)
            return found.start() + 1
        return found.end()
