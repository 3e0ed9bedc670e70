"""The structural core, typed: what every profile's records have.

Each class is a look at a :class:`kg.model.node.Node`; what a profile adds beyond it is in the node.
A test holds these against the shapes.
"""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, overload

from kg.model.node import Node
from kg.schema.names import STEMMA

T = TypeVar("T")


class Property(Generic[T]):
    """One property of a record, read from its node.

    :param path: IRI of the property.
    :param many: whether it may hold several values.
    """

    def __init__(self, path: str, *, many: bool = False, number: bool = False) -> None:
        self.path, self.many, self._number = path, many, number

    @overload
    def __get__(self, record: None, owner: type[Any]) -> Property[T]: ...
    @overload
    def __get__(self, record: Record, owner: type[Any]) -> T: ...
    def __get__(self, record: Record | None, owner: type[Any]) -> Any:
        if record is None:
            return self
        if self.many:
            return record.node.atoms(self.path)
        value = record.node.one(self.path)
        return int(value) if value is not None and self._number else value


def one(name: str) -> Property[str | None]:
    """A property that may hold one IRI or text."""
    return Property(STEMMA + name)


def needed(name: str) -> Property[str]:
    """A property that holds exactly one IRI or text."""
    return Property(STEMMA + name)


def number(name: str) -> Property[int | None]:
    """A property that may hold one whole number."""
    return Property(STEMMA + name, number=True)


def several(name: str) -> Property[tuple[str, ...]]:
    """A property that may hold several IRIs or texts."""
    return Property(STEMMA + name, many=True)


class Record:
    """A typed look at a node.

    :param node: the record, of the kind that ``record`` names.
    """

    record: ClassVar[str]

    def __init__(self, node: Node) -> None:
        self.node = node

    @property
    def id(self) -> str:
        """IRI of the record."""
        return self.node.id

    @classmethod
    def properties(cls) -> dict[str, Property[Any]]:
        """The properties that this class reads, by name."""
        return {name: p for name, p in vars(cls).items() if isinstance(p, Property)}


class Source(Record):
    """What speaks."""

    record = "source"
    kind = needed("kind")
    published = one("published")
    url = one("url")
    interests = several("interest")
    about = one("about")
    version = number("version")


class Snapshot(Record):
    """A frozen text of a source."""

    record = "snapshot"
    sources = several("ofSource")
    length = number("length")
    retrieved = one("retrieved")
    registered = number("registered")
    version = number("version")


class Statement(Record):
    """A proposition, free of who says it."""

    record = "statement"
    relation = needed("relation")
    subject = needed("subject")
    object = one("object")
    low = one("low")
    high = one("high")
    unit = one("unit")
    of = one("of")


class Claim(Record):
    """A source, at an anchor, makes a statement; with its review."""

    record = "claim"
    category = needed("category")
    paraphrase = needed("paraphrase")
    polarity = needed("polarity")
    certainty = needed("certainty")
    statement = needed("statement")
    source = needed("source")
    snapshot = one("snapshot")
    pointer = one("pointer")
    start = number("start")
    end = number("end")
    exact = one("exact")
    before = one("before")
    after = one("after")
    cites = one("cites")
    level = one("evidenceLevel")
    agent = needed("agent")
    at = needed("at")
    status = needed("reviewStatus")
    reviewers = several("reviewedBy")
    version = number("version")
