"""The page of conflicts: pairs of claims by the rule that finds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.pages.lists import Choice, Facet
from api.pages.site import Site, url
from api.rest.conflicts import FILTERS, asked
from kg.browse import STANDING
from kg.conflict.desk import ALL, Asked, Conflict, Conflicts
from kg.errors import UsageError
from kg.schema.names import local_name

SHOWN = 4
"""How many pairs of one rule stand on the page of all rules."""
ON_A_PAGE = 20
SOURCES = 10
"""How many sources can be chosen at once."""

_ORDER = ("contradiction", "tension")

Counts = Mapping[tuple[str, str], int]
"""How many conflicts there are by rule and kind."""


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
    desk, wanted = site.workspace.clashes(), asked(site, filters)
    counts, every = desk.counts(wanted), sum(desk.counts().values())
    sources = site.conflicting() if wanted == ALL else desk.sources(wanted)
    rules = {rule for rule, _ in counts}
    page = desk.page(wanted, limit=ON_A_PAGE, cursor=cursor) if len(rules) == 1 else None
    shown = {rule: page.items if page else _first(desk, wanted, rule) for rule in rules}
    groups = [_group(site, rule, counts, shown[rule], filters) for rule in rules]
    return {
        "found": sum(counts.values()),
        "every": every,
        "kinds": _kinds(counts),
        "claims": desk.claims(wanted),
        "standing": site.browser.count({"status": STANDING}),
        "sources": len(sources),
        "rules": len(rules),
        "groups": sorted(groups, key=lambda g: (-dict(g.kinds).get(_ORDER[0], 0), -g.total, g.label)),
        "facets": [_facet(site, _told(name, counts, sources), filters, name) for name in FILTERS],
        "active": [_active(site, filters, n, v) for n in FILTERS for v in filters[n]],
        "next": url("/conflicts", **filters, cursor=page.next) if page and page.next else None,
        "first": url("/conflicts", **filters) if cursor else None,
    }


def _told(name: str, counts: Counts, sources: Mapping[str, int]) -> Mapping[str, int]:
    """In how many of the conflicts each value of a filter stands."""
    if name == "source":
        return sources
    found: dict[str, int] = {}
    for (rule, kind), n in counts.items():
        value = kind if name == "kind" else rule
        found[value] = found.get(value, 0) + n
    return found


def _first(desk: Conflicts, wanted: Asked, rule: str) -> Sequence[Conflict]:
    """The conflicts of one rule that stand on the page of all rules, contradictions first."""
    shown: list[Conflict] = []
    mine = replace(wanted, rules=frozenset((rule,)))
    for kind, _ in _kinds(desk.counts(mine)):
        if len(shown) < SHOWN:
            shown += desk.page(replace(mine, kinds=frozenset((kind,))), limit=SHOWN - len(shown)).items
    return shown


def _group(
    site: Site, rule: str, counts: Counts, shown: Sequence[Conflict], filters: Mapping[str, Sequence[str]]
) -> Group:
    mine = {key: n for key, n in counts.items() if key[0] == rule}
    records = site.records()
    return Group(
        iri=rule,
        label=site.teller.label(rule),
        definition=site.teller.definition(rule),
        kinds=_kinds(mine),
        total=sum(mine.values()),
        pairs=tuple(Pair(records[c.a], records[c.b], c.kind, _path(c)) for c in shown),
        href=url("/conflicts", **{**filters, "rule": local_name(rule)}),
    )


def _kinds(counts: Counts) -> tuple[tuple[str, int], ...]:
    found = _told("kind", counts, {})
    return tuple(sorted(found.items(), key=lambda k: (_ORDER.index(k[0]) if k[0] in _ORDER else 9, k[0])))


def _path(conflict: Conflict) -> str:
    """The steps from the one to the other, without what stands on the page already."""
    return conflict.explain.rpartition(" Path: ")[2] if " Path: " in conflict.explain else ""


def _facet(site: Site, counts: Mapping[str, int], filters: Mapping[str, Sequence[str]], name: str) -> Facet:
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
    rules = {local_name(rule): rule for rule, _ in site.workspace.clashes().counts()} if name == "rule" else {}
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
