"""What a compiled shape is made of: functions of a node, and what is asked of each property of a class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from kg.gate.asks import Sure, some_of
from kg.model.node import Properties

Types = Callable[[str], Collection[str]]
"""All classes of a term or record that a record refers to; none if they are not known."""


@dataclass(slots=True)
class Seen:
    """A node that is looked at.

    :param within: the subjects of the record, with their properties.
    """

    id: str
    properties: Properties
    within: Mapping[str, Properties]
    types: Types


Check = Callable[[Seen], Sure]
Value = Callable[[str, Seen], Sure]


def surely(_: Seen) -> Sure:
    """Holds of anything."""
    return True


def who_knows(_: Seen) -> Sure:
    """Is known of nothing."""
    return None


REMEMBERED = 20_000
"""How many values of a property, and how many combinations of terms, are remembered as good."""


@dataclass(frozen=True)
class Property:
    """What must hold of one property of a record.

    :param low: how many values there are at least; ``high``: at most.
    :param tests: what must hold of each value.
    :param checks: what must hold of the node beside.
    :param known: values that passed and always will.
    :param lasts: whether a term of the vocabulary that passes always will; ``None``: whether any value does.
    """

    low: int
    high: int
    tests: tuple[Value, ...]
    checks: tuple[Check, ...]
    lasts: bool | None
    known: set[str] = dataclass_field(default_factory=set)

    def check(self, seen: Seen, values: Sequence[str]) -> Sure:
        """Whether it holds of the values that a node has."""
        if not self.low <= len(values) <= self.high:
            return False
        told: Sure = True
        for test in self.tests:
            for value in values:
                found = test(value, seen)
                if found is False:
                    return False
                told = told if found else None
        for check in self.checks:
            found = check(seen)
            if found is False:
                return False
            told = told if found else None
        return told


@dataclass(frozen=True)
class Plan:
    """What must hold of the records of one class.

    :param allowed: the properties that they may have; ``None`` for any.
    :param by_path: what must hold of a property that a record has.
    :param needed: the properties that every record has.
    :param always: what must hold beside.
    """

    allowed: frozenset[str] | None
    by_path: Mapping[str, tuple[Property, ...]]
    needed: tuple[str, ...]
    always: tuple[Check, ...]


def remembering(check: Check, paths: Sequence[str], terms: Container[str]) -> Check:
    """A check that looks at some properties only, and remembers the terms in them of which it held."""
    known: set[tuple[tuple[str, ...], ...]] = set()

    def remembered(seen: Seen) -> Sure:
        get = seen.properties.get
        key = tuple([tuple(get(path, ())) for path in paths])
        if key in known:
            return True
        found = check(seen)
        if found and all(v[1:-1] in terms for values in key for v in values):
            if len(known) > REMEMBERED:
                known.clear()
            known.add(key)
        return found

    return remembered


def may_lack(one: Property) -> bool:
    """Whether nothing is asked of a record that lacks the property, but how many values it has."""
    nothing = Seen("", {}, {}, lambda _: ())
    return all(check(nothing) is True for check in one.checks)


def is_member(cls: str, classes: Collection[str]) -> Sure:
    """Whether a class is among those of a term; of a term without any, who knows."""
    return cls in classes if classes else None


def every(checks: Iterable[Check]) -> Check:
    """Holds where all of some checks do."""
    held = tuple(checks)

    def whole(seen: Seen) -> Sure:
        told: Sure = True
        for check in held:
            found = check(seen)
            if found is False:
                return False
            if found is None:
                told = None
        return told

    return whole


def some(path: str, test: Value) -> Check:
    """Holds where a test does of one value of a property."""
    return lambda seen: some_of(test(v, seen) for v in seen.properties.get(path, ()))


def pair(path: str, other: str, compare: Callable[[Sequence[str], Sequence[str]], Sure]) -> Check:
    """Compares the values of two properties."""
    return lambda seen: compare(seen.properties.get(path, ()), seen.properties.get(other, ()))


def of_part(check: Check) -> Value:
    """A shape held against a value: a part of the record, or the record itself."""

    def below(value: str, seen: Seen) -> Sure:
        id = value[1:-1] if value[0] == "<" else ""
        properties = seen.within.get(id)
        return None if properties is None else check(Seen(id, properties, seen.within, seen.types))

    return below
