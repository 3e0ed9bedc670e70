"""How fast lists, facets, roll-ups, conflicts and text are told, beside SPARQL on the optimized store.

Each kind of reading is asked of both in turns, in one run; what they find is held against each
other, so that no figure stands for an answer to another question.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pyoxigraph import QuerySolutions

from kg.bench.asking import Asking
from kg.bench.synthetic import fill
from kg.browse import STANDING, Browser
from kg.conflict.desk import Asked
from kg.errors import DataError
from kg.workspace import Workspace

ROUNDS = 7
PAGE = 50
"""Items on a page."""
FACETS = (
    "category",
    "polarity",
    "certainty",
    "status",
    "relation",
    "disease",
    "cellType",
    "route",
    "outcome",
    "source",
)
_JOINED = 20_000
"""Up to how many claims SPARQL is asked for every pair that clashes; of more, that takes minutes."""
_BY = ("subject", "relation", "object", "disease")
_COUNTED = ("polarity", "certainty")

Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Reading:
    """One kind of question, as both are asked it.

    :param ours: asks what is derived; ``theirs`` asks in SPARQL. Each gives something to compare.
    :param alike: whether the two must tell the same.
    """

    name: str
    ours: Callable[[], object]
    theirs: Callable[[], object] | None
    alike: bool = True


def reading(size: int, tell: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Fill a workspace with synthetic claims and time each kind of reading.

    :param size: how many claims.
    :param tell: told what is going on.
    :returns: a row for each kind: the medians in milliseconds, and how many times faster ours is.
    :raises DataError: if the two do not find the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        tell(f"filling a workspace with {size:,} synthetic claims")
        with fill(Workspace.init(Path(folder) / "w"), size) as workspace:
            tell("optimizing the store")
            workspace.store.optimize()
            tell("making the projection")
            begun = time.perf_counter()
            workspace.projection.ready()
            made = time.perf_counter() - begun
            yield {"claims": size, "reading": "projection made", "ours ms": round(made * 1000)}
            begun = time.perf_counter()
            workspace.clashes().kinds()
            judged = time.perf_counter() - begun
            yield {"claims": size, "reading": "conflicts judged for the first time", "ours ms": round(judged * 1000)}
            for each in (*_readings(workspace), *_conflicts(workspace, joined=size <= _JOINED)):
                tell(each.name)
                yield {"claims": size, "reading": each.name, **_timed(each)}


def _timed(each: Reading) -> dict[str, Any]:
    ours, theirs = list[float](), list[float]()
    for call in range(ROUNDS + 1):
        begun = time.perf_counter()
        mine = each.ours()
        between = time.perf_counter()
        told = each.theirs() if each.theirs else None
        done = time.perf_counter()
        if each.theirs and each.alike and mine != told:
            raise DataError(f"the projection and SPARQL do not tell the same: {each.name}")
        if call:  # the first one warms both
            ours.append(between - begun)
            theirs.append(done - between)
        if call >= 2 and sum(theirs) > 60:
            break
    if each.theirs is None:
        return {"ours ms": round(median(ours) * 1000, 2)}
    return {
        "ours ms": round(median(ours) * 1000, 2),
        "SPARQL ms": round(median(theirs) * 1000, 2),
        "times faster": round(median(theirs) / median(ours), 1),
    }


def _readings(workspace: Workspace) -> Iterator[Reading]:
    browser, ask = Browser(workspace), Asker(workspace)
    disease = browser.tally({}, "disease")[0][0]
    effect = browser.tally({}, "object")[0][0]
    every, ill = {"status": STANDING}, {"status": STANDING, "disease": disease}
    all_of: Values = {}
    in_one: Values = {"disease": frozenset((disease,))}
    on_one: Values = {"object": frozenset((effect,))}
    last = browser.page(every, limit=PAGE)
    middle = str(last.items[-1]["id"])

    def listed(asked: Mapping[str, Any], cursor: str | None = None) -> tuple[list[str], int]:
        page = browser.page(asked, limit=PAGE, cursor=cursor)
        return [str(r["id"]) for r in page.items], page.total

    yield Reading("list, first page of all", lambda: listed(every), lambda: ask.listed(all_of))
    yield Reading(
        "list, second page of all", lambda: listed(every, last.next), lambda: ask.listed(all_of, after=middle)
    )
    yield Reading("list in a disease and below", lambda: listed(ill), lambda: ask.listed(in_one))
    yield Reading("facets of all", lambda: _plain(browser.facets(every, FACETS)), lambda: ask.facets(all_of))
    yield Reading(
        "facets in a disease and below", lambda: _plain(browser.facets(ill, FACETS)), lambda: ask.facets(in_one)
    )
    yield Reading("roll-up of all", lambda: _folds(browser, every), lambda: ask.rollup(all_of))
    yield Reading(
        "roll-up of one object", lambda: _folds(browser, {**every, "object": effect}), lambda: ask.rollup(on_one)
    )
    yield Reading(
        "top sources",
        lambda: [(iri, n) for iri, _, n in browser.top_sources(every, 20)],
        lambda: ask.rows(ask.asking.sources(all_of, 20)),
    )
    yield Reading("text", lambda: _told(browser, "4242"), lambda: ask.told("-4242"))  # where a word begins


def _conflicts(workspace: Workspace, *, joined: bool) -> Iterator[Reading]:
    """Conflicts by every rule, with their explanations; SPARQL is asked for the plainest rule alone.

    :param joined: whether it is asked for all pairs, too.
    """
    ask, found = Asker(workspace), workspace.clashes
    first = found().page(limit=PAGE)
    kind = min(found().kinds().items(), key=lambda counted: counted[1], default=("", 0))[0]
    plain = " (SPARQL: by the plainest rule alone)"
    yield Reading(
        "conflicts, first page of all and how many" + plain * joined,
        lambda: found().page(limit=PAGE),
        (lambda: ask.denied()) if joined else None,
        alike=False,
    )
    yield Reading("conflicts, second page of all", lambda: found().page(limit=PAGE, cursor=first.next), None)
    rare = Asked(kinds=frozenset((kind,)))
    yield Reading("conflicts, first page of the rarer kind", lambda: found().page(rare, limit=PAGE), None)
    yield Reading("conflicts, counted by rule and kind", lambda: found().counts(), None)
    yield Reading("conflicts, all of them", lambda: workspace.conflicts(), None)
    if first.items:
        claim = first.items[0].a
        yield Reading(
            "conflicts of a claim" + plain, lambda: workspace.conflicts(claim), lambda: ask.clashing(claim), alike=False
        )


class Asker:
    """Asks the same in SPARQL, in the process that holds the store."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.asking = Asking(workspace.profile, workspace.projection.filters)

    def rows(self, text: str) -> list[tuple[str, int]]:
        """The rows of a query for values and counts; no row for no value."""
        return [(_value(r["x"]), int(r["n"].value)) for r in self._solutions(text) if r["x"] is not None]

    def listed(self, values: Values, after: str = "") -> tuple[list[str], int]:
        """A page of claims, and how many there are."""
        page = [str(r["c"].value) for r in self._solutions(self.asking.page(values, PAGE, after))]
        return page, int(next(iter(self._solutions(self.asking.count(values))))["n"].value)

    def ids(self, values: Values) -> list[str]:
        """Every claim that passes."""
        return [str(r["c"].value) for r in self._solutions(self.asking.page(values, 10**9))]

    def facets(self, values: Values, names: Sequence[str] = FACETS) -> dict[str, dict[str, int]]:
        """The counts of several filters."""
        return {name: self.tally(values, name) for name in names}

    def tally(self, values: Values, name: str) -> dict[str, int]:
        """The counts of a filter."""
        own: set[str] = set()
        if below := self._workspace.projection.filters.all[name].below:
            own = {_value(r["x"]) for r in self._solutions(self.asking.own(values, name))}
            if not own:
                return {}
        found = dict(self.rows(self.asking.tally(values, name, own)))
        return {self._word(name, value): n for value, n in found.items() if not below or value in own}

    def rollup(self, values: Values, by: Sequence[str] = _BY, count: Sequence[str] = _COUNTED) -> Any:
        """Claims folded by their values."""
        words = [self._word(name, iri) for name in count for iri in self.asking.words(name)]
        found = {}
        for row in self._solutions(self.asking.rollup(values, by, count)):
            key = tuple(None if (v := row[f"k{i}"]) is None else self._word(by[i], _value(v)) for i in range(len(by)))
            if int(row["claims"].value):
                told = {w: n for i, w in enumerate(words) if (n := int(row[f"n{i}"].value))}
                found[key] = (int(row["claims"].value), int(row["sources"].value), told)
        return found

    def told(self, word: str) -> list[str]:
        """Claims whose paraphrase holds a word."""
        return [str(r["c"].value) for r in self._solutions(self.asking.telling(word, PAGE))]

    def clashing(self, claim: str) -> list[str]:
        """Claims that clash with one."""
        return [str(r["c"].value) for r in self._solutions(self.asking.clashing(claim))]

    def denied(self) -> list[str]:
        """The first claims that are denied by others, and those."""
        return [f"{r['a'].value} {r['b'].value}" for r in self._solutions(self.asking.denied(PAGE))]

    def _solutions(self, text: str) -> QuerySolutions:
        found = self._workspace.store.query(text)
        assert isinstance(found, QuerySolutions)
        return found

    def _word(self, name: str, value: str) -> str:
        term = self._workspace.profile.vocabulary.get(value)
        return term.notation if term and term.notation and self._workspace.projection.filters.all[name].words else value


def _value(term: Any) -> str:
    return str(term.value)


def _plain(tallies: Mapping[str, Sequence[tuple[str, int]]]) -> dict[str, dict[str, int]]:
    return {name: dict(tally) for name, tally in tallies.items()}


def _folds(browser: Browser, asked: Mapping[str, Any], by: Sequence[str] = _BY, count: Sequence[str] = _COUNTED) -> Any:
    return {
        tuple(f.by[n] for n in by): (f.claims, f.sources, {w: n for c in f.counts.values() for w, n in c.items()})
        for f in browser.rollup(asked, by, count)
    }


def _told(browser: Browser, word: str) -> list[str]:
    return sorted(str(h.record["id"]) for h in browser.search(word, {"status": STANDING}, limit=PAGE).items)
