"""Regular expressions of shapes: those that every engine reads alike and runs through a text once.

What is taken is the common part of XPath (which SHACL names), Rust and Python: characters, classes,
groups, ``|``, ``?``, ``*``, ``+`` and ``{n,m}``, with ``^`` at the beginning and ``$`` at the end. An
engine that backtracks needs time exponential in the text for an expression in which one character may
be read in two ways, such as ``^(a+)+$``; so a pattern must be *deterministic*: at each character there
is one way on. That is Glushkov's construction, with a step that two operators allow counted twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_MOST_OPEN = 100
"""A repeat that may go on longer than this is open-ended: it stands only after ``^``."""

_MOST_POSITIONS = 2000
"""How many characters a pattern may want, all fixed repeats written out."""

_ESCAPED = "sSdDtnr" + "\\|.-^?*+{}()[]$/"
_REPEAT = re.compile(r"\{([0-9]{1,4})(,([0-9]{0,4}))?\}")
_SAMPLE = frozenset([*map(chr, range(0x180)), "\u2028", "\u3000", "\ufffd", "\U0001f600"])


class _Odd(ValueError):
    """What is not taken, in words."""


@dataclass
class _Part:
    """A piece of an expression: whether it may be empty, and the positions it begins and ends with."""

    empty: bool
    first: tuple[int, ...]
    last: tuple[int, ...]
    open: bool = False
    size: int = 1


@dataclass
class _Reader:
    """Reads one pattern by recursive descent and notes which position may follow which."""

    text: str
    at: int = 0
    characters: list[frozenset[str]] = field(default_factory=list)
    follow: dict[int, list[int]] = field(default_factory=dict)

    def alternatives(self) -> Iterator[tuple[bool, _Part]]:
        """The branches of the whole pattern, each with whether it begins with ``^``."""
        while True:
            anchored = self._take("^")
            yield anchored, self._sequence(top=True)
            if self.at == len(self.text):
                return
            if not self._take("|"):
                raise _Odd(f"{self.text[self.at]!r} stands alone")

    def _take(self, sign: str) -> bool:
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def _sequence(self, *, top: bool = False) -> _Part:
        whole = _Part(True, (), (), size=0)
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            if self._take("$"):
                if not top or (self.at < len(self.text) and self.text[self.at] != "|"):
                    raise _Odd("$ stands at the end")
                break
            whole = self._joined(whole, self._repeated())
        return whole

    def _joined(self, a: _Part, b: _Part) -> _Part:
        self._lead(a.last, b.first)
        first = (*a.first, *b.first) if a.empty else a.first
        last = (*a.last, *b.last) if b.empty else b.last
        return _Part(a.empty and b.empty, first, last, a.open or b.open, a.size + b.size)

    def _lead(self, ends: Iterable[int], starts: Iterable[int]) -> None:
        starts = tuple(starts)
        for end in ends:
            self.follow.setdefault(end, []).extend(starts)

    def _repeated(self) -> _Part:
        part = self._atom()
        least, most = self._times()
        if self.at < len(self.text) and self.text[self.at] in "?*+{":
            raise _Odd("a repeat is not repeated, and not lazy or possessive")
        if part.empty and most != 1:
            raise _Odd("what may be empty is not repeated")
        if most is None or (most > 1 and (least != most or part.size > 1)):
            self._lead(part.last, part.first)
        is_open = most is None or (most > _MOST_OPEN and least != most)
        empty, size = part.empty or least == 0, part.size * max(most or least, 1)
        return _Part(empty, part.first, part.last, part.open or is_open, size)

    def _times(self) -> tuple[int, int | None]:
        """How often the part before stands, at least and at most."""
        if self._take("?"):
            return 0, 1
        if self._take("*"):
            return 0, None
        if self._take("+"):
            return 1, None
        found = _REPEAT.match(self.text, self.at)
        if found is None:
            return 1, 1
        self.at = found.end()
        if found[2] is None:
            return int(found[1]), int(found[1])
        return int(found[1]), int(found[3]) if found[3] else None

    def _atom(self) -> _Part:
        start = self.at
        if self._take("("):
            return self._group()
        if self._take("["):
            self._class()
        elif self._take("\\"):
            self._escape()
        elif self.text[start] in "?*+{}]^$":
            raise _Odd(f"{self.text[start]!r} is written as \\{self.text[start]}, and ^ stands at the beginning")
        else:
            self.at += 1
        try:
            one = re.compile(self.text[start : self.at], re.DOTALL if self.text[start] == "[" else 0)
        except re.error as e:
            raise _Odd(str(e)) from None
        sample = _SAMPLE | set(self.text)
        self.characters.append(frozenset(c for c in sample if one.fullmatch(c)))
        here = len(self.characters) - 1
        return _Part(False, (here,), (here,))

    def _group(self) -> _Part:
        if self.text.startswith("?", self.at) and not self._take("?:"):
            raise _Odd("a group is ( ) or (?: ), and looks neither ahead nor behind")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        if not self._take(")"):
            raise _Odd("a group is not closed")
        return _Part(
            any(b.empty for b in branches),
            tuple(p for b in branches for p in b.first),
            tuple(p for b in branches for p in b.last),
            any(b.open for b in branches),
            sum(b.size for b in branches) + (len(branches) > 1),
        )

    def _class(self) -> None:
        self._take("^")
        inside = self.at
        while not self._take("]"):
            if self.at >= len(self.text):
                raise _Odd("a class is not closed")
            if self._take("\\S"):
                raise _Odd("in a class, \\S is written as another class")
            if self._take("\\"):
                self._escape()
            elif self.text[self.at] == "[" or self.text[self.at : self.at + 2] in ("&&", "||", "~~", "--"):
                raise _Odd("in a class, [ is written as \\[, and no sign twice")
            else:
                self.at += 1
        if self.at == inside + 1:
            raise _Odd("a class is empty; ] is written as \\]")

    def _escape(self) -> None:
        if self.at >= len(self.text) or self.text[self.at] not in _ESCAPED:
            sign = self.text[self.at : self.at + 1]
            raise _Odd(f"\\{sign} does not mean the same to every engine; write the class out")
        self.at += 1


def fault(pattern: str) -> str | None:
    """Why a pattern of a shape is not taken, or ``None`` if it is.

    >>> fault("^[a-z]+$"), fault("^(a+)+$") is None
    (None, False)
    """
    reader = _Reader(pattern)
    try:
        branches = list(reader.alternatives())
        for anchored, part in branches:
            if part.open and not anchored:
                return "an open-ended repeat stands only in a pattern that begins with ^"
            if part.size > _MOST_POSITIONS:
                return f"it wants more than {_MOST_POSITIONS} characters"
        for after in (*(part.first for _, part in branches), *reader.follow.values()):
            if _is_ambiguous(after, reader.characters):
                return "a character can be read in two ways, so that a long text could take for ever"
    except _Odd as e:
        return str(e)
    return None


def _is_ambiguous(after: Iterable[int], characters: list[frozenset[str]]) -> bool:
    seen: set[str] = set()
    for position in after:
        if seen & characters[position]:
            return True
        seen |= characters[position]
    return False


_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Unicode calls white space; to Python, four control characters are as well."""


@lru_cache(maxsize=1024)
def python_form(pattern: str) -> str:
    r"""The pattern as Python's ``re`` reads it.

    There, ``$`` also stands before a last line break, and ``\s`` for more than white space.

    >>> python_form("^a$|^b[$]")
    '^a\\Z|^b[$]'
    """
    out, inside, at = [], False, 0
    while at < len(pattern):
        sign = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        if sign == r"\s":
            out.append(_SPACE if inside else f"[{_SPACE}]")
        elif sign == r"\S":
            out.append(f"[^{_SPACE}]")
        else:
            out.append(r"\Z" if sign == "$" and not inside else sign)
        inside = sign == "[" or (inside and sign != "]")
        at += len(sign)
    return "".join(out)
