"""Which claims hold what: for each value of a filter one number, in which each bit stands for a claim.

To narrow is to AND two numbers, to count is to count bits: at some ten thousand claims that is a matter
of microseconds, where any engine takes a millisecond to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress

from kg.projection.filters import TEXT, Filters, Tally
from kg.projection.question import Question

STATEMENT = "statement"
"""The filter by whose values nearly every claim differs from the others; it has no marks."""

Groups = dict[int, list[int]]
"""The code of a value to the numbers of the claims that hold it themselves."""


class Marks:
    """The claims by what they hold.

    :param stating: tells which claims make some statements.
    """

    def __init__(self, filters: Filters, stating: Callable[[Iterable[str]], int]) -> None:
        self._filters, self._stating = filters, stating
        self._below = frozenset(n for n, f in filters.all.items() if f.below)
        self.load((), {})

    def load(self, known: Iterable[tuple[str, str]], groups: Mapping[int, Sequence[int]]) -> None:
        """Begin anew.

        :param known: filter and value of each code, from 0.
        """
        self.known = list(known)
        self._codes = {pair: code for code, pair in enumerate(self.known)}
        names = [n for n in self._filters.all if n not in (TEXT, STATEMENT)]
        self._own: dict[str, dict[str, int]] = {n: {} for n in names}
        self._within: dict[str, dict[str, int]] = {n: {} for n in names if n in self._below}
        self.every = 0
        self.put(groups)

    # ---- writing

    def codes(self, held: Mapping[str, Iterable[str]]) -> list[int]:
        """The codes of what a claim holds, by filter and beside filters; a value that has none gets one."""
        found = []
        for name, values in held.items():
            if name != STATEMENT:
                for value in values:
                    code = self._codes.get((name, value))
                    if code is None:
                        code = self._codes[name, value] = len(self.known)
                        self.known.append((name, value))
                    found.append(code)
        return found

    def put(self, groups: Mapping[int, Sequence[int]]) -> None:
        """Mark claims that have no marks yet."""
        for code, numbers in groups.items():
            name, value = self.known[code]
            if name not in self._own:
                continue
            bits = marked(numbers)
            self.every |= bits
            own = self._own[name]
            own[value] = own.get(value, 0) | bits
            if name in self._below:
                within = self._within[name]
                for up in self._filters.within(value):
                    within[up] = within.get(up, 0) | bits

    def drop(self, groups: Mapping[int, Sequence[int]]) -> None:
        """Take all marks from claims.

        :param groups: all that they hold.
        """
        for code, numbers in groups.items():
            name, value = self.known[code]
            if name not in self._own:
                continue
            bits = marked(numbers)
            self.every &= ~bits
            self._own[name][value] &= ~bits
            if name in self._below:
                for up in self._filters.within(value):
                    self._within[name][up] &= ~bits

    def told_anew(self, name: str, states: Mapping[int, str]) -> None:
        """Give claims another value of a filter of which each holds one."""
        own = self._own[name]
        gone = ~marked(states)
        for value in own:
            own[value] &= gone
        for value in set(states.values()):
            own[value] = own.get(value, 0) | marked([n for n, v in states.items() if v == value])

    # ---- reading

    def passing(self, question: Question, among: int | None = None) -> int:
        """The claims that pass, whatever their words.

        :param among: only these; ``None`` for all.
        """
        bits = self.every if among is None else among & self.every
        for name, values in question.values.items():
            bits &= self._holding(name, values, below=name in self._below)
        for name, values in question.exact.items():
            bits &= self._holding(name, values)
        if question.either:
            either = 0
            for name, values in question.either.items():
                either |= self._holding(name, values)
            bits &= either
        for name, values in question.without.items():
            bits &= ~self._holding(name, values)
        return bits

    def tally(self, name: str, passing: int) -> Tally:
        """How many of some claims each of their values of a filter would find; most first."""
        counts: dict[str, int] = {}
        within = self._within.get(name)
        for value, bits in self._own[name].items():
            held = bits & passing
            if held:
                counts[value] = (held if within is None else within[value] & passing).bit_count()
        return ranked(counts)

    def of(self, name: str, values: Iterable[str]) -> int:
        """The claims that hold one of some values themselves."""
        return self._holding(name, values)

    def _holding(self, name: str, values: Iterable[str], *, below: bool = False) -> int:
        if name == STATEMENT:
            return self._stating(values)
        marks, bits = (self._within if below else self._own)[name], 0
        for value in values:
            bits |= marks.get(value, 0)
        return bits


def grouped(held: Iterable[tuple[int, Iterable[int]]]) -> Groups:
    """Claims by the codes that they hold.

    :param held: the number of each claim, and its codes.
    """
    groups: Groups = {}
    for number, codes in held:
        for code in codes:
            if code in groups:
                groups[code].append(number)
            else:
                groups[code] = [number]
    return groups


def marked(numbers: Iterable[int]) -> int:
    """Claims by their numbers, as bits.

    >>> bin(marked([0, 3]))
    '0b1001'
    """
    places = list(numbers)
    if len(places) == 1:
        return 1 << places[0]
    bits = bytearray(max(places, default=0) // 8 + 1)
    for n in places:
        bits[n >> 3] |= 1 << (n & 7)
    return int.from_bytes(bits, "little")


def numbers(bits: int) -> Iterator[int]:
    """The numbers of claims, from the lowest.

    >>> list(numbers(0b1001))
    [0, 3]
    """
    told = bin(bits)[:1:-1]
    return compress(range(len(told)), map("1".__eq__, told))


def ranked(counts: Mapping[str, int]) -> Tally:
    """Values with most claims first."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
