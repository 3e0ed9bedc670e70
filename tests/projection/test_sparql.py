"""Every list, facet and roll-up tells what SPARQL tells over the store, and what the records say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kg
from kg.bench.reading import Asker
from kg.bench.synthetic import claims
from kg.browse import STANDING, Browser


def asked(browser: Browser, seed: int) -> dict[str, list[str]]:
    """Some filters with values that stand in claims, and sometimes one that stands in none."""
    rng = random.Random(seed)
    names = [n for n in browser.filters if n not in ("text", "verification", "reviewer", "status", "reason")]
    found: dict[str, list[str]] = {}
    for name in rng.sample(names, rng.choice([0, 1, 1, 2, 3])):
        held = [value for value, _ in browser.tally({}, name)]
        if held:
            found[name] = rng.sample(held, min(len(held), rng.choice([1, 1, 2])))
    return found


def same(workspace: kg.Workspace, filters: Mapping[str, list[str]], oracle: Any) -> None:
    browser, ask = Browser(workspace), Asker(workspace)
    values = {name: frozenset(vs) for name, vs in filters.items()}
    standing: dict[str, Any] = {**filters, "status": list(STANDING)}

    found = [r["id"] for r in browser.records(standing)]
    page = browser.page(standing, limit=7)
    assert ([r["id"] for r in page.items], page.total) == (found[:7], len(found))
    assert ask.ids(values) == found
    names = random.Random(str(filters)).sample(ask.asking.names, 6)
    facets = browser.facets(standing, names)
    assert {n: dict(t) for n, t in facets.items()} == ask.facets(values, names)
    assert all(t == sorted(t, key=lambda p: (-p[1], p[0])) for t in facets.values())

    records = oracle.select(filters)
    assert list(browser.records(filters)) == records, "withheld ones too, word for word"
    every = browser.facets(filters, [n for n in browser.filters if n != "text"])
    assert {n: dict(t) for n, t in every.items()} == {n: oracle.tally(records, n) for n in every}


def same_folds(workspace: kg.Workspace, filters: Mapping[str, list[str]]) -> None:
    browser, ask = Browser(workspace), Asker(workspace)
    values = {name: frozenset(vs) for name, vs in filters.items()}
    standing = browser.question({**filters, "status": list(STANDING)})
    counted = ("polarity", "certainty")
    for by in (("subject", "relation", "object", "disease"), ("route", "category"), ("source",), ("route", "outcome")):
        folds = browser.rollup(standing, by, counted)
        told = {tuple(f.by[n] for n in by): (f.claims, f.sources, _words(f.counts)) for f in folds}
        assert told == ask.rollup(values, by), by
        many = workspace.projection.ask(lambda reader, by=by: reader.folds(standing, by, counted), columns=True)  # type: ignore[misc]
        assert many == folds, "the columns tell the same, also what claims rest on"
    top = [(iri, n) for iri, _, n in browser.top_sources({**filters, "status": list(STANDING)}, 5)]
    assert top == ask.rows(ask.asking.sources(values, 5))


def _words(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {word: n for each in counts.values() for word, n in each.items()}


@settings(max_examples=2, deadline=None, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 10**6))
def test_the_corpus_that_ships(corpus: kg.Workspace, oracle: Callable[..., Any], seed: int) -> None:
    filters = asked(Browser(corpus), seed)
    same(corpus, filters, oracle(corpus))
    same_folds(corpus, filters)


def edit(workspace: kg.Workspace, rng: random.Random) -> None:
    """One commit: a new claim, an edit, a decision, a title or a text's date."""
    browser = Browser(workspace)
    one = rng.choice([r["id"] for r in browser.records({})])
    match rng.randrange(5):
        case 0:
            workspace.add(next(claims(workspace, seed=rng.randrange(10**6))))
        case 1:
            record = workspace.claim(one)
            other = next(claims(workspace, seed=rng.randrange(10**6)))
            workspace.add({**record, **{k: other[k] for k in ("statement", "polarity", "category", "certainty")}})
        case 2 if workspace.claim(one)["review"]["status"] == "proposed":
            workspace.review([one], "accepted", by=rng.choice(["agent:two", "agent:three"]))
        case 3 if workspace.claim(one)["review"]["status"] in STANDING:
            workspace.review([one], "rejected", by="agent:two", reason="wrong-span")
        case _:
            source = workspace.writer.record(workspace.get(workspace.claim(one)["source"]["id"]))  # type: ignore[arg-type]
            workspace.add({**source, "title": f"Called {rng.randrange(100)} now"})


@settings(max_examples=5, deadline=None, phases=[Phase.generate], database=None)
@given(seed=st.integers(0, 10**6))
def test_synthetic_claims_that_are_edited_meanwhile(
    synthetic: kg.Workspace, oracle: Callable[..., Any], seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(rng.choice([1, 1, 3, 8])):
        edit(synthetic, rng)
    filters = asked(Browser(synthetic), seed)
    same(synthetic, filters, oracle(synthetic))
    same_folds(synthetic, filters)


@pytest.mark.parametrize("name", ["corpus", "synthetic"])
def test_it_is_the_same_made_anew(request: pytest.FixtureRequest, name: str) -> None:
    workspace: kg.Workspace = request.getfixturevalue(name)
    browser = Browser(workspace)
    names = [n for n in browser.filters if n != "text"]
    kept = browser.facets({}, names), list(browser.records({})), browser.page({"text": "cells"}).total
    workspace.projection.rebuild()
    assert (browser.facets({}, names), list(browser.records({})), browser.page({"text": "cells"}).total) == kept
