"""The page of trials: a table with filters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from api.pages.lists import Choice, Facet
from api.pages.site import Site, url
from api.rest.trials import place
from kg.browse import cut
from kg.trials.browse import Trial, TrialSlot

ON_A_PAGE = 50
VALUES = 10
"""How many values of a filter can be chosen at once."""


def trials(site: Site, told: Mapping[str, Sequence[str]], cursor: str | None) -> dict[str, Any]:
    """What the page tells.

    :param told: filter word to values.
    :raises UsageError: if a filter or value is not known.
    """
    every = site.trials()
    filters = {name: kept for name, values in told.items() if (kept := [v for v in values if v.strip()])}
    found = every.select(filters, site.browser)
    shown, after = cut(found, place, ON_A_PAGE, cursor)
    return {
        "found": len(found),
        "every": len(every.items),
        "claims": len({c for t in found for values in t.values.values() for v in values for c in v.claims}),
        "slots": every.slots,
        "trials": shown,
        "facets": [f for s in every.slots if s.cls for f in [_facet(site, found, filters, s)] if f.choices],
        "active": [_active(site, every.filters()[n], filters, v) for n, values in filters.items() for v in values],
        "next": url("/trials", **filters, cursor=after) if after else None,
        "first": url("/trials", **filters) if cursor else None,
        "json": url("/api/v1/trials", **filters),
    }


def _facet(site: Site, found: Sequence[Trial], filters: Mapping[str, Sequence[str]], slot: TrialSlot) -> Facet:
    counts = Counter(str(v.told["id"]) for t in found for v in t.values[slot.word])
    order = sorted(counts, key=lambda iri: (-counts[iri], iri))
    choices = [_choice(site, filters, slot.word, iri, counts[iri]) for iri in order]
    return Facet(slot.word, slot.label, tuple(c for i, c in enumerate(choices) if i < VALUES or c.chosen))


def _choice(site: Site, filters: Mapping[str, Sequence[str]], word: str, iri: str, n: int) -> Choice:
    short = site.workspace.profile.prefixes.compress(iri) or iri
    on = bool({short, iri} & set(filters.get(word, ())))
    rest = [v for v in filters.get(word, ()) if v not in (short, iri)]
    to = url("/trials", **{**filters, word: rest if on else [*rest, short]})
    return Choice(site.teller.label(iri), site.teller.definition(iri), n, to, on)


def _active(site: Site, slot: TrialSlot, filters: Mapping[str, Sequence[str]], value: str) -> tuple[str, str, str]:
    rest = {**filters, slot.word: [v for v in filters[slot.word] if v != value]}
    terms = site.browser.terms(value, slot.cls or "")
    return slot.label, " or ".join(t.label for t in terms) or value, url("/trials", **rest)
