"""What judging needs to know of statements and of those who make them: values, no nodes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kg.conflict.quantity import QUANTITY, Interval, interval
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind, Shape

_TOPIC = tuple(STEMMA + name for name in ("subject", "relation", "object", "of"))
_UNLIKE = STEMMA + "population"
_CACHED = 4096
"""How many statements are held as they were read."""


@dataclass(frozen=True)
class Stated:
    """A statement as far as statements are compared: properties and their values.

    :param values: property to values; none is empty.
    """

    values: Mapping[str, tuple[str, ...]]

    def atoms(self, path: str) -> tuple[str, ...]:
        """The values of a property."""
        return self.values.get(path, ())

    def one(self, path: str) -> str | None:
        """The first value of a property, or ``None``."""
        found = self.values.get(path)
        return found[0] if found else None

    @cached_property
    def interval(self) -> Interval | None:
        """The interval of the quantity."""
        return interval(self)


@dataclass(frozen=True, slots=True)
class Stance:
    """What claims have in common that say the same thing in the same way.

    :param source: number of their source, and ``published`` its date where known; both only where a rule asks for it.
    """

    stated: Stated
    polarity: str
    certainty: str
    source: int | None = None
    published: str | None = None


class Form:
    """Which properties of a statement are compared, and how they are written in short.

    :param shape: the shape of statements; ``None`` if the profile knows none.
    """

    def __init__(self, shape: Shape | None) -> None:
        fields = shape.fields if shape else ()
        self.terms = tuple(f.path for f in fields if f.identifies and f.kind is Kind.TERM)
        """Properties that take terms and are part of the normal form."""
        self.parting = frozenset(p for p in self.terms if p not in _TOPIC and p != _UNLIKE)
        """Qualifiers that can keep two statements apart."""
        self.read = lru_cache(_CACHED)(self._read)
        """Gives the statement of a text that :meth:`write` made."""
        self._kept = tuple(dict.fromkeys((*self.terms, *_TOPIC, _UNLIKE, *QUANTITY)))

    def of(self, statement: Node) -> Stated:
        """A statement as far as it is compared."""
        return Stated({path: atoms for path in self._kept if (atoms := statement.atoms(path))})

    def write(self, stated: Stated) -> str:
        """The statement as one short text."""
        places = {path: str(place) for place, path in enumerate(self._kept)}
        return json.dumps({places[p]: vs for p, vs in stated.values.items()}, separators=(",", ":"))

    def _read(self, text: str) -> Stated:
        return Stated({self._kept[int(place)]: tuple(values) for place, values in json.loads(text).items()})
