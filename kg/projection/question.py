"""What is asked of the claims: which values by which filter, and which words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kg.projection.filters import VERIFICATION, Filters
from kg.projection.rows import within, words

_FEW = 24
"""Up to how many values are looked for one by one; of more, all at once."""
_SHORT = 3
"""A word of up to so many letters is looked for whole, a longer one by its beginning."""

Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Question:
    """Claims that pass every filter; of one filter, one value is enough.

    :param values: filter to IRIs and words; of a filter that takes terms below the given one, the
        given ones are enough.
    :param exact: filter to values that a claim must hold itself, none below them.
    :param texts: for each time that words are asked for, the texts of which one must be told whole.
    """

    values: Values = field(default_factory=dict)
    exact: Values = field(default_factory=dict)
    texts: tuple[tuple[str, ...], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether every claim passes."""
        return not (self.values or self.exact or self.texts)

    @property
    def needs_columns(self) -> bool:
        """Whether words alone do not decide."""
        return bool(self.values or self.exact)

    @property
    def needs_anchors(self) -> bool:
        """Whether it matters if anchors hold."""
        return VERIFICATION in self.values or VERIFICATION in self.exact


Condition = tuple[str, Sequence[object]]
"""A condition in SQL, and what stands for its question marks."""


def condition(question: Question, filters: Filters) -> Condition:
    """What the columns of a claim must be; its words are not looked at."""
    told: list[str] = []
    given: list[object] = []
    for asked, exact in ((question.values, False), (question.exact, True)):
        for name, values in sorted(asked.items()):
            listed = name in filters.lists
            below = filters.all[name].below and not exact
            text = _held(within(name) if below else name, values, listed=listed or below)
            told.append(text[0])
            given.extend(text[1])
    return " AND ".join(told) or "true", given


def match(question: Question) -> str | None:
    """What a full-text index is asked, in the language of SQLite's FTS5; ``None`` if no words can pass."""
    every = [[m for text in texts if (m := _told(text))] for texts in question.texts]
    if not all(every):
        return None
    return " AND ".join(f"({' OR '.join(several)})" for several in every)


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _held(column: str, values: Collection[str], *, listed: bool) -> Condition:
    given = sorted(values)
    name = quoted(column)
    if not given:
        return "false", []
    if not listed:
        return f"{name} IN ({', '.join('?' * len(given))})", given
    if len(given) > _FEW:
        return f"list_has_any({name}, ?)", [given]
    return "(" + " OR ".join([f"list_contains({name}, ?)"] * len(given)) + ")", given


def _told(text: str) -> str:
    asked = [f'"{w}"' if len(w) <= _SHORT else f'"{w}"*' for w in words(text)]
    return f"({' AND '.join(asked)})" if asked else ""
