"""The home page, the search, and the lists of sources and entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.site import Site, url
from api.rest.entities import named
from kg.browse import STANDING, Filter, Tally
from kg.schema.names import ENTITY

COUNTED = ("status", "verification", "polarity", "certainty", "category")
"""What the home page counts claims by."""

_FIRST = ("category", "polarity", "certainty", "status", "verification", "reviewer")
_LAST = ("relation", "source")
_NO_FACETS = ("text", "entity", "qualifier", "mention", "statement", "subject", "object", "of", "reason")

ON_A_PAGE = 25
VALUES = 8
"""How many values of a facet are shown at once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: how many of what was found hold it, and where choosing it leads."""

    label: str
    title: str
    found: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of one filter among the claims that were found."""

    name: str
    label: str
    choices: tuple[Choice, ...]


def home(site: Site) -> dict[str, Any]:
    """What the home page tells."""
    browser, workspace = site.browser, site.workspace
    sources, tallies = source_list(site), browser.facets({}, (*COUNTED, "entity"))
    return {
        "claims": browser.count({}),
        "counts": [(name, _counted(site, tallies[name], name)) for name in COUNTED],
        "by_software": browser.count({"status": "accepted", "reviewer": "software"}),
        "accepted": browser.count({"status": "accepted"}),
        "sources": sources,
        "newest": sorted(sources, key=lambda s: (s["published"] or "", s["id"]), reverse=True)[:6],
        "entities": len(tallies["entity"]),
        "vocabulary": len(workspace.profile.vocabulary.members(ENTITY)),
        "picture": site.drawn().picture,
    }


def _counted(site: Site, tally: Tally, name: str) -> list[Choice]:
    return [
        Choice(site.word_label(name, value), _title(site, name, value), n, url("/search", **{name: value}), False)
        for value, n in tally
    ]


def search(site: Site, told: Mapping[str, Sequence[str]], cursor: str | None) -> dict[str, Any]:
    """What the search page tells.

    :param told: filter name to values, with ``q`` for ``text``.
    """
    filters = {("text" if name == "q" else name): [v for v in values if v.strip()] for name, values in told.items()}
    filters = {name: values for name, values in filters.items() if values}
    page = site.browser.page(filters, limit=ON_A_PAGE, cursor=cursor)
    names = _facet_names(site)
    tallies = site.browser.facets(filters, names)
    text = " ".join(filters.get("text", ()))
    return {
        "text": text,
        "filters": filters,
        "active": [_active(site, filters, name, v) for name, values in filters.items() for v in values],
        "found": page.total,
        "claims": page.items,
        "facets": [f for f in (_facet(site, tallies[name], page.total, filters, name) for name in names) if f],
        "named": named(site.workspace, site.browser, text)[:6] if text else [],
        "next": url("/search", **_q(filters), cursor=page.next) if page.next else None,
        "first": url("/search", **_q(filters)) if cursor else None,
    }


def _facet_names(site: Site) -> list[str]:
    known = site.browser.filters
    rest = [n for n in known if n not in (*_FIRST, *_LAST, *_NO_FACETS)]
    return [n for n in (*_FIRST, *rest, *_LAST) if n in known]


def _facet(site: Site, counts: Tally, total: int, filters: Mapping[str, Sequence[str]], name: str) -> Facet | None:
    asked = site.browser.filters[name]
    chosen = filters.get(name, ())
    choices = [_choice(site, filters, asked, value, n) for value, n in counts]
    if not any(c.chosen for c in choices) and (not choices or (len(choices) == 1 and choices[0].found == total)):
        return None
    kept = [c for i, c in enumerate(choices) if i < VALUES or c.chosen] if not chosen else choices[: 2 * VALUES]
    return Facet(name, _facet_label(site, asked), tuple(kept))


def _choice(site: Site, filters: Mapping[str, Sequence[str]], asked: Filter, value: str, n: int) -> Choice:
    short = site.short(asked, value)
    chosen = bool({short, value} & set(filters.get(asked.name, ())))
    rest = [v for v in filters.get(asked.name, ()) if v not in (short, value)]
    to = {**_q(filters), asked.name: rest if chosen else [*rest, short]}
    return Choice(site.value_label(asked, value), _title(site, asked.name, value), n, url("/search", **to), chosen)


def _active(site: Site, filters: Mapping[str, Sequence[str]], name: str, value: str) -> tuple[str, str, str]:
    """Label, value and the address without it, of a filter that is on."""
    asked = site.browser.filters.get(name)
    rest = {**filters, name: [v for v in filters[name] if v != value]}
    if asked is None:
        return name, value, url("/search", **_q(rest))
    terms = site.browser.terms(value, asked.cls) if asked.cls else ()
    told = " or ".join(t.label for t in terms) or site.value_label(asked, value)
    return _facet_label(site, asked), told, url("/search", **_q(rest))


def _facet_label(site: Site, asked: Filter) -> str:
    path = site.browser.path(asked.name)
    return site.teller.label(path) if path else asked.name


def _title(site: Site, name: str, value: str) -> str:
    term = site.word(name, value) or site.workspace.profile.vocabulary.get(value)
    return term.definition if term else ""


def _q(filters: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    return {("q" if name == "text" else name): values for name, values in filters.items()}


def source_list(site: Site) -> list[dict[str, Any]]:
    """Every source as its record, with the number of its claims, sorted by title."""
    records, writer = site.workspace.records, site.workspace.writer
    counts = dict(site.browser.tally({}, "source"))
    told = [{"published": None, **writer.record(n), "claims": counts.get(n.id, 0)} for n in records.all("source")]
    return sorted(told, key=lambda s: (str(s.get("title", "")).casefold(), s["id"]))


def entity_list(site: Site, text: str) -> dict[str, Any]:
    """The entities in claims, or those whose names hold a text, by their class."""
    found = named(site.workspace, site.browser, text)
    groups: dict[str, list[dict[str, Any]]] = {}
    for term, n in found:
        own = sorted(site.classes(term)) or [""]
        groups.setdefault(own[0], []).append({**site.term(term.iri), "claims": n})
    listed = sorted(groups.items(), key=lambda g: -sum(e["claims"] for e in g[1]))
    return {"text": text, "found": len(found), "groups": listed, "standing": site.browser.count({"status": STANDING})}
