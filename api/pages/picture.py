"""Pictures of the entity graph as plain SVG: laid out here, the same for the same claims, no script.

Labels are boxes, and a picture that cannot be read is none: so the layouts move boxes, not points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from networkx import MultiDiGraph

Href = Callable[[str], str | None]

HEIGHT, PAD, LETTER = 26.0, 10.0, 6.7
"""A box's height, its inner margin, and the mean width of a letter, in units of the picture."""
MOST = 30
"""Longest label in letters; the rest is cut, and told in full as the box's title."""


@dataclass(slots=True)
class Box:
    """An entity in a picture; ``x`` and ``y`` are its middle."""

    iri: str
    label: str
    title: str
    href: str | None
    width: float
    note: str = ""
    kind: str = ""
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        """Its height; a note stands on a second line."""
        return HEIGHT + (16.0 if self.note else 0.0)


@dataclass(frozen=True, slots=True)
class Line:
    """What claims say between two entities, folded."""

    path: str
    polarity: str
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and lines, with the numbers that say what they are of."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Line]
    claims: int
    entities: int
    left_out: int


@dataclass(slots=True)
class Tie:
    """The claims between two entities: how many, by relation and polarity."""

    start: str
    end: str
    claims: int = 0
    polarities: set[str] = field(default_factory=set)
    says: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def polarity(self) -> str:
        """Their polarity, or ``mixed``."""
        return next(iter(self.polarities)) if len(self.polarities) == 1 else "mixed"


def ties(graph: MultiDiGraph) -> list[Tie]:
    """The edges of an entity graph, those between the same two ends in one; quantities are left out."""
    found: dict[tuple[str, str], Tie] = {}
    for start, end, data in graph.edges(data=True):
        if start == end or graph.nodes[end]["kind"] != "entity":
            continue
        tie = found.setdefault((start, end), Tie(start, end))
        tie.claims += data["claims"]
        tie.polarities.add(data["polarity"])
        tie.says.append((data["claims"], data["label"], data["polarity"]))
    for tie in found.values():
        tie.says.sort(key=lambda said: (-said[0], said[1]))
    return list(found.values())


def overview(graph: MultiDiGraph, href: Href, most: int = 40) -> Picture:
    """The entities with the most claims between them, and their ties.

    :param graph: the view ``entities`` of :func:`kg.export.network.network`.
    :param most: how many entities at most.
    """
    all_ties = ties(graph)
    weight: dict[str, int] = {}
    for tie in all_ties:
        for end in (tie.start, tie.end):
            weight[end] = weight.get(end, 0) + tie.claims
    chosen = sorted(weight, key=lambda iri: (-weight[iri], iri))[:most]
    kept = [t for t in all_ties if t.start in chosen and t.end in chosen]
    tied = {end for t in kept for end in (t.start, t.end)}
    boxes = {iri: _box(graph, iri, href, claims=weight[iri]) for iri in chosen if iri in tied}
    width = 1080.0
    height = max(260.0, min(760.0, 130.0 + 18.0 * len(boxes)))
    spread(boxes, [(t.start, t.end) for t in kept], width, height)
    lines = [_straight(boxes[t.start], boxes[t.end], t, graph) for t in sorted(kept, key=lambda t: -t.claims)]
    claims = sum(t.claims for t in kept)
    return Picture(int(width), int(height), list(boxes.values()), lines, claims, len(boxes), len(weight) - len(boxes))


def neighbourhood(graph: MultiDiGraph, iri: str, href: Href, most: int = 9) -> Picture | None:
    """One entity, what is said of it on the right, and what is said to act on it on the left.

    :param most: how many neighbours on each side at most.
    :returns: ``None`` if no claim ties it to another entity.
    """
    mine = sorted((t for t in ties(graph) if iri in (t.start, t.end)), key=lambda t: (-t.claims, t.start, t.end))
    sides = {"left": [t for t in mine if t.end == iri], "right": [t for t in mine if t.start == iri]}
    if not mine:
        return None
    shown = {side: found[:most] for side, found in sides.items()}
    centre = _box(graph, iri, href, kind="centre")
    rows = max(len(found) for found in shown.values())
    width, height = 1080.0, max(150.0, rows * 54.0 + 30.0)
    centre.x, centre.y = width / 2, height / 2
    boxes, lines = [centre], []
    for side, found in shown.items():
        for place, tie in enumerate(found):
            other = _box(graph, tie.start if side == "left" else tie.end, href, note=_said(tie))
            other.x = other.width / 2 + 8 if side == "left" else width - other.width / 2 - 8
            other.y = height / 2 + (place - (len(found) - 1) / 2) * 54.0
            boxes.append(other)
            lines.append(_curve(other, centre, tie, graph, side))
    claims = sum(t.claims for found in shown.values() for t in found)
    return Picture(int(width), int(height), boxes, lines, claims, len(boxes) - 1, len(mine) - len(lines))


# ---- layout


def spread(boxes: Mapping[str, Box], ends: Iterable[tuple[str, str]], width: float, height: float) -> None:
    """Place boxes so that those that are tied are near and none lies on another.

    Forces after Fruchterman and Reingold (1991) from a spiral, the first box in the middle; then
    boxes that overlap push each other away. No chance is in it.
    """
    listed = list(boxes.values())
    pairs = [(boxes[a], boxes[b]) for a, b in ends]
    for place, box in enumerate(listed):
        angle, reach = place * math.pi * (3 - math.sqrt(5)), math.sqrt(place / max(len(listed), 1))
        box.x, box.y = width * (0.5 + 0.46 * reach * math.cos(angle)), height * (0.5 + 0.44 * reach * math.sin(angle))
    rest = 0.8 * math.sqrt(width * height / max(len(listed), 1))
    for step in range(160):
        _pull(listed, pairs, rest, heat=0.1 * width * (1 - step / 160) ** 2 + 1, middle=(width / 2, height / 2))
        _fit(listed, width, height)
    for _ in range(400):
        if not _part(listed):
            break
        _fit(listed, width, height)


def _pull(
    boxes: Sequence[Box], pairs: Sequence[tuple[Box, Box]], rest: float, heat: float, middle: tuple[float, float]
) -> None:
    moves = {id(b): [(middle[0] - b.x) * 0.02, (middle[1] - b.y) * 0.05] for b in boxes}

    def add(a: Box, b: Box, force: float, dx: float, dy: float) -> None:
        for box, sign in ((a, 1), (b, -1)):
            moves[id(box)][0] += sign * dx * force
            moves[id(box)][1] += sign * dy * force

    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            # Boxes are wide and flat, so a step down counts for more than a step aside.
            dx, dy = a.x - b.x, (a.y - b.y) or 0.01
            distance = max(math.hypot(dx * 0.6, dy * 1.5), 1.0)
            add(a, b, rest * rest / distance**2, dx * 0.6, dy * 1.5)
    for a, b in pairs:
        dx, dy = a.x - b.x, a.y - b.y
        add(a, b, -math.hypot(dx, dy) / rest * 0.5, dx, dy)
    for box in boxes:
        dx, dy = moves[id(box)]
        length = max(math.hypot(dx, dy), 0.01)
        box.x += dx / length * min(length, heat)
        box.y += dy / length * min(length, heat)


def _part(boxes: Sequence[Box], gap: float = 8.0) -> bool:
    """Push apart boxes that overlap, each pair along its shorter way; whether any did."""
    moved = False
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            over_x = (a.width + b.width) / 2 + gap - abs(a.x - b.x)
            over_y = (a.height + b.height) / 2 + gap - abs(a.y - b.y)
            if over_x <= 0 or over_y <= 0:
                continue
            moved = True
            if over_x < over_y:
                push = over_x / 2 + 0.5
                sign = 1 if a.x >= b.x else -1
                a.x, b.x = a.x + sign * push, b.x - sign * push
            else:
                push = over_y / 2 + 0.5
                sign = 1 if a.y >= b.y else -1
                a.y, b.y = a.y + sign * push, b.y - sign * push
    return moved


def _fit(boxes: Sequence[Box], width: float, height: float) -> None:
    for b in boxes:
        b.x = min(max(b.x, b.width / 2 + 4), width - b.width / 2 - 4)
        b.y = min(max(b.y, b.height / 2 + 4), height - b.height / 2 - 4)


# ---- drawing


def _box(graph: MultiDiGraph, iri: str, href: Href, *, claims: int = 0, note: str = "", kind: str = "") -> Box:
    title = str(graph.nodes[iri]["label"])
    label = title if len(title) <= MOST else title[: MOST - 1].rstrip() + "…"
    letters = max(len(label) * (1.12 if kind else 1.0), len(note) * 0.88)
    told = f"{title}: {_claims(claims)}" if claims else title
    return Box(iri, label, told, href(iri), letters * LETTER + 2 * PAD, note, kind)


def _said(tie: Tie) -> str:
    relation = tie.says[0][1]
    more = f" +{len(tie.says) - 1}" if len(tie.says) > 1 else ""
    return f"{relation if len(relation) <= 26 else relation[:25] + '…'}{more} · {_claims(tie.claims)}"


def _title(tie: Tie, graph: MultiDiGraph) -> str:
    ends: list[Any] = [graph.nodes[end]["label"] for end in (tie.start, tie.end)]
    says = "; ".join(f"{relation}, {_claims(n)} ({polarity})" for n, relation, polarity in tie.says)
    return f"{ends[0]} → {ends[1]}: {says}"


def _claims(number: int) -> str:
    return f"{number:,} claim{'' if number == 1 else 's'}"


def _thickness(tie: Tie) -> float:
    return round(min(1.4 + 1.1 * math.log2(tie.claims), 6.0), 2)


def _straight(start: Box, end: Box, tie: Tie, graph: MultiDiGraph) -> Line:
    """From middle to the edge of the other box, where the arrow's tip stands."""
    dx, dy = end.x - start.x, end.y - start.y
    reach = min(
        (end.width / 2 + 5) / abs(dx) if dx else math.inf,
        (end.height / 2 + 5) / abs(dy) if dy else math.inf,
        1.0,
    )
    x, y = end.x - dx * reach, end.y - dy * reach
    path = f"M{start.x:.1f} {start.y:.1f}L{x:.1f} {y:.1f}"
    return Line(path, tie.polarity, _thickness(tie), _title(tie, graph))


def _curve(other: Box, centre: Box, tie: Tie, graph: MultiDiGraph, side: str) -> Line:
    sign = 1 if side == "left" else -1
    far = other.x + sign * (other.width / 2 + (0 if side == "left" else 5))
    near = centre.x - sign * (centre.width / 2 + (5 if side == "left" else 0))
    bend = (far + near) / 2
    ends = [(far, other.y), (near, centre.y)]
    (x1, y1), (x2, y2) = ends if side == "left" else ends[::-1]
    path = f"M{x1:.1f} {y1:.1f}C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    return Line(path, tie.polarity, _thickness(tie), _title(tie, graph))
