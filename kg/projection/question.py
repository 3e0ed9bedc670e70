"""What is asked of the claims: which values by which filter, and which words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from kg.projection.filters import Filters, Values
from kg.projection.rows import within, words

_FEW = 24
"""Up to how many values are looked for one by one; of more, all at once."""
_SHORT = 3
"""A word of up to so many letters is looked for whole, a longer one by its beginning."""


@dataclass(frozen=True, slots=True)
class Question:
    """Claims that pass every filter; of one filter, one value is enough.

    :param values: filter to IRIs and words; of a filter that takes terms below the given one, the
        given ones are enough.
    :param exact: filter to values that a claim must hold itself, none below them.
    :param either: likewise, but one of these filters is enough.
    :param without: likewise, but a claim may hold none of them.
    :param texts: for each time that words are asked for, the texts of which one must be told whole.
    """

    values: Values = field(default_factory=dict)
    exact: Values = field(default_factory=dict)
    either: Values = field(default_factory=dict)
    without: Values = field(default_factory=dict)
    texts: tuple[tuple[str, ...], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether every claim passes."""
        return not (self.needs_columns or self.texts)

    @property
    def needs_columns(self) -> bool:
        """Whether words alone do not decide."""
        return bool(self.values or self.exact or self.either or self.without)


Condition = tuple[str, Sequence[object]]
"""A condition in SQL, and what stands for its question marks."""


def condition(question: Question, filters: Filters) -> Condition:
    """What the columns of a claim must be; its words are not looked at."""
    every = [_held(filters, name, values, exact=False) for name, values in sorted(question.values.items())]
    every += [_held(filters, name, values) for name, values in sorted(question.exact.items())]
    either = [_held(filters, name, values) for name, values in sorted(question.either.items())]
    without = [_held(filters, name, values) for name, values in sorted(question.without.items())]
    told = [text for text, _ in every]
    if either:
        told.append(f"({' OR '.join(text for text, _ in either)})")
    told += [f"NOT coalesce({text}, false)" for text, _ in without]
    return " AND ".join(told) or "true", [v for _, given in (*every, *either, *without) for v in given]


def match(question: Question) -> str | None:
    """What a full-text index is asked, in the language of SQLite's FTS5; ``None`` if no words can pass."""
    every = [[m for text in texts if (m := _told(text))] for texts in question.texts]
    if not all(every):
        return None
    return " AND ".join(f"({' OR '.join(several)})" for several in every)


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _held(filters: Filters, name: str, values: Collection[str], *, exact: bool = True) -> Condition:
    below = filters.all[name].below and not exact
    given, column = sorted(values), quoted(within(name) if below else name)
    if not given:
        return "false", []
    if not below and name not in filters.lists:
        return f"{column} IN ({', '.join('?' * len(given))})", given
    if len(given) > _FEW:
        return f"list_has_any({column}, ?)", [given]
    return "(" + " OR ".join([f"list_contains({column}, ?)"] * len(given)) + ")", given


def _told(text: str) -> str:
    asked = [f'"{w}"' if len(w) <= _SHORT else f'"{w}"*' for w in words(text)]
    return f"({' AND '.join(asked)})" if asked else ""
