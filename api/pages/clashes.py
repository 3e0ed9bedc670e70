"""The page of conflicts: pairs of claims by the rule that finds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.lists import Choice, Facet
from api.pages.site import Site, url
from api.rest.conflicts import FILTERS, chosen, held, pair
from kg.browse import STANDING, cut
from kg.conflict.desk import Conflict
from kg.errors import UsageError
from kg.schema.names import local_name

SHOWN = 4
"""How many pairs of one rule stand on the page of all rules."""
ON_A_PAGE = 20
SOURCES = 10
"""How many sources can be chosen at once."""

_ORDER = ("contradiction", "tension")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that clash; ``path`` is how the rule joins them, empty if it needs no steps."""

    a: dict[str, Any]
    b: dict[str, Any]
    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Group:
    """The pairs that one rule finds, counted by kind."""

    iri: str
    label: str
    definition: str
    kinds: tuple[tuple[str, int], ...]
    total: int
    pairs: tuple[Pair, ...]
    href: str


def conflicts(site: Site, told: Mapping[str, Sequence[str]], cursor: str | None) -> dict[str, Any]:
    """What the page tells.

    :param told: filter name to values.
    :raises UsageError: if a filter is not known or takes no such value.
    """
    if unknown := [name for name in told if name not in FILTERS]:
        raise UsageError("no such filter", where=unknown[0], hint=f"Filters: {', '.join(FILTERS)}.")
    filters = {name: [v for v in told.get(name, ()) if v.strip()] for name in FILTERS}
    every = site.conflicts()
    found = chosen(site, every, filters)
    rules = Counter(c.because for c in found)
    one = len(rules) == 1
    shown, after = cut(found, pair, ON_A_PAGE, cursor) if one else (found, None)
    groups = [_group(site, rule, n, found, shown, filters, None if one else SHOWN) for rule, n in rules.most_common()]
    sources = {s for c in found for s in held(site, c, "source")}
    return {
        "found": len(found),
        "every": len(every),
        "kinds": _kinds(found),
        "claims": len({id for c in found for id in (c.a, c.b)}),
        "standing": site.browser.count({"status": STANDING}),
        "sources": len(sources),
        "rules": len(rules),
        "groups": sorted(groups, key=lambda g: (-dict(g.kinds).get(_ORDER[0], 0), -g.total, g.label)),
        "facets": [_facet(site, found, filters, name) for name in FILTERS],
        "active": [_active(site, filters, n, v) for n in FILTERS for v in filters[n]],
        "next": url("/conflicts", **filters, cursor=after) if after else None,
        "first": url("/conflicts", **filters) if cursor else None,
    }


def _group(
    site: Site,
    rule: str,
    total: int,
    found: Sequence[Conflict],
    shown: Sequence[Conflict],
    filters: Mapping[str, Sequence[str]],
    most: int | None,
) -> Group:
    mine = [c for c in shown if c.because == rule]
    first = sorted(mine, key=lambda c: _ORDER.index(c.kind) if c.kind in _ORDER else 9) if most else mine
    records = site.records()
    return Group(
        iri=rule,
        label=site.teller.label(rule),
        definition=site.teller.definition(rule),
        kinds=_kinds([c for c in found if c.because == rule]),
        total=total,
        pairs=tuple(Pair(records[c.a], records[c.b], c.kind, _path(c)) for c in first[:most]),
        href=url("/conflicts", **{**filters, "rule": local_name(rule)}),
    )


def _kinds(conflicts: Sequence[Conflict]) -> tuple[tuple[str, int], ...]:
    counts = Counter(c.kind for c in conflicts)
    return tuple(sorted(counts.items(), key=lambda k: (_ORDER.index(k[0]) if k[0] in _ORDER else 9, k[0])))


def _path(conflict: Conflict) -> str:
    """The steps from the one to the other, without what stands on the page already."""
    return conflict.explain.rpartition(" Path: ")[2] if " Path: " in conflict.explain else ""


def _facet(site: Site, found: Sequence[Conflict], filters: Mapping[str, Sequence[str]], name: str) -> Facet:
    counts = Counter(v for c in found for v in held(site, c, name))
    choices = [
        _choice(site, filters, name, value, n) for value, n in sorted(counts.items(), key=lambda p: (-p[1], p[0]))
    ]
    kept = [c for i, c in enumerate(choices) if c.chosen or name != "source" or i < SOURCES]
    return Facet(name, name, tuple(kept))


def _choice(site: Site, filters: Mapping[str, Sequence[str]], name: str, value: str, n: int) -> Choice:
    short = _short(site, name, value)
    on = bool({short, value} & set(filters[name]))
    rest = [v for v in filters[name] if v not in (short, value)]
    to = url("/conflicts", **{**filters, name: rest if on else [*rest, short]})
    title = site.teller.definition(value) if name == "rule" else ""
    return Choice(_label(site, name, value), title, n, to, on)


def _active(site: Site, filters: Mapping[str, Sequence[str]], name: str, value: str) -> tuple[str, str, str]:
    rest = {**filters, name: [v for v in filters[name] if v != value]}
    rules = {local_name(c.because): c.because for c in site.conflicts()} if name == "rule" else {}
    return name, _label(site, name, rules.get(value, value)), url("/conflicts", **rest)


def _label(site: Site, name: str, value: str) -> str:
    match name:
        case "kind":
            return site.word_label("conflict", value)
        case "rule":
            return site.teller.label(value)
        case _:
            return site.value_label(site.browser.filters["source"], value)


def _short(site: Site, name: str, value: str) -> str:
    match name:
        case "kind":
            return value
        case "rule":
            return local_name(value)
        case _:
            return site.short(site.browser.filters["source"], value)
