"""Names of terms in running text: exact words, longest first, with their places.

A name is found where its words stand one after the other, whole, in any case; a name of at most
four letters only as it is spelled. A space and a hyphen are the same between words, and so are
the two apostrophes. Nothing is stemmed and nothing is fuzzy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"[\s\-\u2010-\u2015]+")
_SHORT = 4
"""Names of so many letters or fewer are told apart by case: ALS is not als, MS is not ms."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: its term's IRI and the offsets of its words in code points."""

    term: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    term: str
    words: tuple[str, ...]
    between: tuple[str, ...]
    exact: bool


class Dictionary:
    """Names to look for.

    :param names: name to the IRI of its term; of two names that differ only in case, the first
        in order of spelling counts.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[_Name]] = {}
        self._whole: dict[str, str] = {}
        for text, term in sorted(names.items()):
            name = _name(text, term)
            if name is None:
                continue
            self._by_first.setdefault(name.words[0], []).append(name)
            self._whole.setdefault(_key(text), term)
        for listed in self._by_first.values():
            listed.sort(key=lambda n: (-len(n.words), -len(n.text), n.text))

    def whole(self, text: str) -> str | None:
        """The term that a whole text names, in any case."""
        return self._whole.get(_key(text))

    def find(self, text: str) -> Iterator[Found]:
        """Every name in a text from left to right, the longest at each place, none inside another."""
        words = list(_WORD.finditer(text))
        lowered = [w.group().casefold() for w in words]
        here = 0
        while here < len(words):
            name = next(
                (n for n in self._by_first.get(lowered[here], ()) if _stands(n, text, words, lowered, here)), None
            )
            if name is None:
                here += 1
                continue
            last = here + len(name.words)
            yield Found(name.term, (words[here].start(), words[last - 1].end()))
            here = last


def _name(text: str, term: str) -> _Name | None:
    words = list(_WORD.finditer(text))
    if not words:
        return None
    return _Name(
        text=text[words[0].start() : words[-1].end()],
        term=term,
        words=tuple(w.group().casefold() for w in words),
        between=tuple(_between(text, words)),
        exact=sum(c.isalpha() for c in text) <= _SHORT,
    )


def _stands(name: _Name, text: str, words: list[re.Match[str]], lowered: list[str], here: int) -> bool:
    """Whether a name stands in a text from a word on."""
    last = here + len(name.words)
    if tuple(lowered[here:last]) != name.words or tuple(_between(text, words[here:last])) != name.between:
        return False
    return not name.exact or _plain(text[words[here].start() : words[last - 1].end()]) == _plain(name.text)


def _between(text: str, words: list[re.Match[str]]) -> Iterable[str]:
    return (_plain(text[a.end() : b.start()]) for a, b in pairwise(words))


def _plain(text: str) -> str:
    return _SPACE.sub(" ", text).replace("\u2019", "'")


def _key(text: str) -> str:
    return _plain(text).strip().casefold()
