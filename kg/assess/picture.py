"""The evidence map: therapy variants against outcomes, as an SVG that stands on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt
from textwrap import wrap

from kg.assess.values import Assessment, Outcome

_CELL, _ROW, _RADIUS, _MARGIN = 104, 66, 22, 20
_LABELS = 300
_HEAD = 92
_LEGEND = 74
_LEAST = 3.0
_SHOWN = 0.005
_STRONG = 0.5
_FOR, _AGAINST, _EVEN = "for", "against", "even"

# The colours differ in lightness too, and every circle bears its score: none is told by hue alone.
_STYLE = """
.stemma-map text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;fill:#1f2328}
.stemma-map .ground{fill:#ffffff}.stemma-map .band{fill:#f4f5f7}.stemma-map .line{stroke:#d0d4da}
.stemma-map .quiet{fill:#57606a}
.stemma-map .for{stroke:#1f6fb5;fill:#1f6fb5}.stemma-map .against{stroke:#c4501b;fill:#c4501b}
.stemma-map .even{stroke:#6e7781;fill:#6e7781}.stemma-map .hollow{fill:none}
@media (prefers-color-scheme:dark){
.stemma-map text{fill:#e6e8eb}.stemma-map .ground{fill:#16191d}.stemma-map .band{fill:#1e2227}
.stemma-map .line{stroke:#3a4048}.stemma-map .quiet{fill:#a5adb6}
.stemma-map .for{stroke:#64b0ef;fill:#64b0ef}.stemma-map .against{stroke:#f08a54;fill:#f08a54}
.stemma-map .even{stroke:#9aa3ad;fill:#9aa3ad}.stemma-map .hollow{fill:none}}
"""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Rows, columns, and the weight that the largest circle stands for."""

    rows: tuple[Assessment, ...]
    columns: tuple[tuple[str, str], ...]
    heaviest: float

    @property
    def disease(self) -> str | None:
        """The disease that all rows share, if they do."""
        every = {_disease(row) for row in self.rows}
        return every.pop() if len(every) == 1 else None

    @property
    def width(self) -> int:
        return 2 * _MARGIN + _LABELS + _CELL * max(len(self.columns), 4)

    @property
    def height(self) -> int:
        return 2 * _MARGIN + 40 + _HEAD + _ROW * max(len(self.rows), 1) + _LEGEND

    @property
    def top(self) -> int:
        return _MARGIN + 40 + _HEAD


def evidence_map(assessments: Sequence[Assessment]) -> str:
    """Draw assessments: a row each, a column an outcome, a circle where something is said.

    The area of a circle is the weight, its colour the direction; it is hollow where no root stands
    behind the claims. No script, no font, no address: the file can be shown anywhere.

    :returns: an SVG document.
    """
    grid = _grid(assessments)
    size = f'width="{grid.width}" height="{grid.height}" viewBox="0 0 {grid.width} {grid.height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="stemma-map" role="img" {size} '
            'aria-labelledby="stemma-map-title stemma-map-desc">',
            '<title id="stemma-map-title">Evidence map: therapy variants by outcome</title>',
            f'<desc id="stemma-map-desc">{escape(_summary(grid))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{grid.width}" height="{grid.height}" fill="#ffffff"/>',
            *_heading(grid),
            *(line for i, row in enumerate(grid.rows) for line in _row(grid, i, row)),
            *_legend(grid),
            "</svg>\n",
        )
    )


def _grid(assessments: Sequence[Assessment]) -> _Grid:
    rows = tuple(a for a in assessments if a.outcomes)
    labels = {o.outcome.id: o.outcome.label for a in rows for o in a.outcomes}
    weights: Counter[str] = Counter()
    claims: Counter[str] = Counter()
    for a in rows:
        for o in a.outcomes:
            weights[o.outcome.id] += round(o.weight * 1000)
            claims[o.outcome.id] += len(o.claims)
    order = sorted(labels, key=lambda iri: (-weights[iri], -claims[iri], iri))
    heaviest = max((o.weight for a in rows for o in a.outcomes), default=1.0)
    return _Grid(rows, tuple((iri, labels[iri]) for iri in order), max(heaviest, 1.0))


def _heading(grid: _Grid) -> Iterator[str]:
    where = f" in {grid.disease}" if grid.disease else ""
    yield _text(_MARGIN, _MARGIN + 14, f"What speaks for and against which therapy{where}", size=16, weight=600)
    about = "Claims that count, by independent root; what a score rests on is listed with the assessment."
    yield _text(_MARGIN, _MARGIN + 33, about, size=12, cls="quiet")
    if not grid.rows:
        yield _text(_MARGIN, grid.top + 30, "Nothing is known here.", size=13)
    for i, (_, label) in enumerate(grid.columns):
        lines = _wrapped(label, 15, 4)
        for n, line in enumerate(lines):
            yield _text(_x(i), grid.top - 12 - 15 * (len(lines) - 1 - n), line, size=12, anchor="middle")


def _row(grid: _Grid, number: int, row: Assessment) -> Iterator[str]:
    top = grid.top + number * _ROW
    if number % 2 == 0:
        width = grid.width - 2 * _MARGIN
        yield f'<rect class="band" x="{_MARGIN}" y="{top}" width="{width}" height="{_ROW}" fill="#f4f5f7"/>'
    lines = _wrapped(row.variant.label, 46, 3 if grid.disease else 2)
    below = [] if grid.disease else _wrapped(_disease(row), 46, 1)
    first = top + _ROW / 2 - 8 * (len(lines) + len(below) - 1) + 4
    for n, line in enumerate([*lines, *below]):
        yield _text(_MARGIN + 8, first + 16 * n, line, size=12, cls="quiet" if n >= len(lines) else "")
    found = {o.outcome.id: o for o in row.outcomes}
    for i, (iri, _) in enumerate(grid.columns):
        if iri in found:
            yield from _circle(_x(i), top + _ROW / 2 - 6, found[iri], row, grid.heaviest)


def _circle(x: float, y: float, outcome: Outcome, row: Assessment, heaviest: float) -> Iterator[str]:
    radius = max(_LEAST, _RADIUS * sqrt(outcome.weight / heaviest))
    yield f"<g><title>{escape(_told(outcome, row))}</title>"
    yield _disc(x, y, radius, _direction(outcome.score), hollow=not outcome.roots.any, strength=abs(outcome.score))
    shown = f"{outcome.score:+.2f}".replace("-", "−") if abs(outcome.score) >= _SHOWN else "0"
    yield _text(x, y + radius + 13, shown, size=11, anchor="middle")
    yield "</g>"


def _legend(grid: _Grid) -> Iterator[str]:
    y = grid.top + _ROW * max(len(grid.rows), 1) + 36
    line = y - 22
    yield f'<line class="line" x1="{_MARGIN}" x2="{grid.width - _MARGIN}" y1="{line}" y2="{line}" stroke="#d0d4da"/>'
    x = _MARGIN + 12.0
    for label, word, hollow in (
        ("speaks for", _FOR, False),
        ("speaks against", _AGAINST, False),
        ("no root behind it", _EVEN, True),
    ):
        yield _disc(x, y, 8, word, hollow=hollow)
        yield _text(x + 15, y + 4, label, size=12)
        x += 40 + 6.6 * len(label)
    for weight in (1.0, 0.1):
        radius = _RADIUS * sqrt(weight / grid.heaviest)
        x += radius
        yield _disc(x, y, radius, _EVEN, hollow=False)
        yield _text(x + radius + 7, y + 4, f"weight {weight:g}", size=12)
        x += radius + 80
    below = "Number: score from −1 (against) to +1 (for); faint is near even. Interests are in no number."
    yield _text(_MARGIN, y + 38, below, size=12, cls="quiet")


def _disc(x: float, y: float, radius: float, word: str, *, hollow: bool, strength: float = 1.0) -> str:
    """A circle; the nearer to even, the fainter it is filled."""
    colour = {_FOR: "#1f6fb5", _AGAINST: "#c4501b", _EVEN: "#6e7781"}[word]
    opacity = min(1.0, 0.2 + strength / _STRONG * 0.8)
    fill = f'class="{word}" fill="{colour}" fill-opacity="{opacity:.2f}"'
    fill = f'class="{word} hollow" fill="none"' if hollow else fill
    place = f'cx="{x:g}" cy="{y:g}" r="{radius:.1f}"'
    return f'<circle {place} {fill} stroke="{colour}" stroke-width="1.5"/>'


def _text(x: float, y: float, text: str, *, size: int, anchor: str = "start", weight: int = 400, cls: str = "") -> str:
    marks = f' class="{cls}"' if cls else ""
    place = f'x="{x:g}" y="{y:g}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text {place} font-family="sans-serif"{marks}>{escape(text)}</text>'


def _x(column: int) -> float:
    return _MARGIN + _LABELS + _CELL * (column + 0.5)


def _direction(score: float) -> str:
    return _EVEN if abs(score) < _SHOWN else (_FOR if score > 0 else _AGAINST)


def _disease(row: Assessment) -> str:
    return row.disease.label if row.disease else "disease not stated"


def _wrapped(text: str, width: int, most: int) -> list[str]:
    lines = wrap(text, width) or [""]
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][: width - 1].rstrip(" ,") + "…"]


def _told(outcome: Outcome, row: Assessment) -> str:
    roots = outcome.roots
    behind = (
        f"roots {len(roots.roots_for)} for, {len(roots.roots_against)} against, {len(roots.mixed)} mixed"
        if roots.any
        else "no root behind it"
    )
    return (
        f"{row.variant.label}; {_disease(row)}; {outcome.outcome.label}: claims {outcome.favour} for, "
        f"{outcome.against} against; {behind}; score {outcome.score:+.2f}, weight {outcome.weight:g}"
    )


def _summary(grid: _Grid) -> str:
    """The map in words, for those who do not see it: what weighs most in each row."""
    if not grid.rows:
        return "Nothing is known here."
    told = [f"{len(grid.rows)} therapy variants, {len(grid.columns)} outcomes."]
    told += [f"{_told(row.outcomes[0], row)}." for row in grid.rows]
    return " ".join(told)
