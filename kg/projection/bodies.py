"""Records as JSON, from their lines: what :class:`kg.codec.write.Writer` writes of nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pyoxigraph import NamedNode

from kg.codec.write import JsonObject, Writer, literal
from kg.errors import Damaged
from kg.gate.facts import split
from kg.projection.walk import Lines, Told
from kg.schema.names import XSD
from kg.schema.shapes import Field, Kind, Shape

_INTEGER = f"^^<{XSD}integer>"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the values of a property stand in JSON, and how each is read."""

    path: str
    within: tuple[str, ...]
    key: str
    many: bool
    read: Callable[[str], Any]
    link: bool = False
    part: _Plan | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The places of a shape, and how many properties its records have beside them: their type."""

    places: tuple[_Place, ...]
    beside: int


class Bodies:
    """Writes claims; keys follow the shapes' order.

    :param claim: the shape of claims; ``statement`` that of statements.
    """

    def __init__(self, writer: Writer, claim: Shape, statement: Shape) -> None:
        self._writer = writer
        self._claim, self._statement = self._plan(claim), self._plan(statement)

    def body(self, told: Told) -> JsonObject:
        """A claim with its statement embedded, and only the IRI of its source.

        :raises Damaged: if it has properties that its shape does not name.
        """
        claim = _written(told.id, told.claim, self._claim)
        statement = _written(told.statement_id, told.statement, self._statement)
        return {"id": told.id, **claim, "statement": {"id": told.statement_id, **statement}}

    def _plan(self, shape: Shape) -> _Plan:
        return _Plan(tuple(self._place(field) for field in shape.fields), int(shape.target is not None))

    def _place(self, field: Field) -> _Place:
        return _Place(
            field.path,
            field.key[:-1],
            field.key[-1],
            field.many,
            self._reader(field),
            field.kind is Kind.LINK,
            self._plan(field.part) if field.part is not None else None,
        )

    def _reader(self, field: Field) -> Callable[[str], Any]:
        if field.kind is Kind.LITERAL:
            return _literal
        # the same few terms, sources and agents stand in most records
        return lru_cache(maxsize=20_000)(lambda token: self._writer.value(field, NamedNode(token[1:-1])))


def _written(subject: str, within: Lines, plan: _Plan) -> JsonObject:
    held, out, seen = within[subject], JsonObject(), plan.beside
    for place in plan.places:
        tokens = held.get(place.path)
        if tokens is None:
            continue
        seen += 1
        target = out
        for step in place.within:
            target = target.setdefault(step, {})
        values = _values(tokens, place, within)
        if place.link:
            target.setdefault(place.key, []).extend(values)
        else:
            target[place.key] = values if place.many else values[0]
    if seen != len(held):
        raise Damaged("the stored record does not fit its shape: it has properties of no field", where=subject)
    return out


def _values(tokens: list[str], place: _Place, within: Lines) -> list[Any]:
    if place.part is not None:
        return [_written(id, within, place.part) for id in sorted(t[1:-1] for t in tokens)]
    if len(tokens) == 1:
        return [place.read(tokens[0])]
    return [place.read(t) for t in sorted(tokens, key=_order)]


def _literal(token: str) -> str | int | bool:
    if token[-1] == '"' and "\\" not in token:
        return token[1:-1]
    return literal(*split(token))


def _order(token: str) -> tuple[int, str]:
    """As the values of a node are sorted."""
    return (int(split(token)[0]), "") if token.endswith(_INTEGER) else (1 << 63, token)
