"""Updates that are damaged at random: refused, or the same as the engine's own; never something else.

``UPDATE_MUTATIONS`` says how many are tried; the share of ``make test`` takes about two seconds.
"""

from __future__ import annotations

import os
import random

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Store

from kg.errors import QueryError
from kg.sparql.ledger import follow
from kg.sparql.update import evaluate

from .test_update import SAME_AS_ENGINE, held, quads, store_of

TRIED = int(os.environ.get("UPDATE_MUTATIONS", "3000"))
SEEDS = [
    *(u for u in SAME_AS_ENGINE if u and "LOAD" not in u),
    "PREFIX e: <urn:e#> INSERT DATA { e:a e:p 'x;}' , \"#\" , '''a'b''' . <http://x/'#> e:p\\;q e:r }",
    "INSERT { ?s <urn:n> '''}''' } WHERE { ?s ?p ?o FILTER(?o<'}'||?s<?o) # } ;\n }",
    "INSERT { ?s <urn:n> ?x } WHERE { ?s ?p ?o BIND((?s<?o) AS ?x) FILTER(?o>?s||(?s<?o&&?p>?s)||1<2) }",
    "INSERT { ?s <urn:n> 'a' } WHERE { ?s ?p ?o FILTER(?s<\"urn:b\") FILTER(?p != <http://x/y#z>) } # } c",
    "INSERT DATA { <urn:'#a> <urn:p> (1 <urn:#b> \"#\") . [] <urn:q> [ <urn:r> ''' } ''' ] } ; DROP DEFAULT",
]
PIECES = [
    *"'\"#<>{}();.\\\n @^:?$_[]|&!=,*/+-%",
    *("'''", '"""', "\\'", '\\"', "<urn:x", "<#", "<http://x/'>", "@en", "^^<urn:t>", "''", "\\u0027", "\\u003B"),
    *("; DROP ALL ;", "DROP ALL", "INSERT DATA {", "DELETE WHERE { ?s ?p ?o }", "COPY <urn:g> TO DEFAULT"),
    *("WHERE", "USING", "WITH <urn:g>", "GRAPH <urn:g> {", "SILENT", "PREFIX e: <urn:e#>", "BASE <http://b/'#>"),
    *("FILTER(?s<?o)", "?a<b>?c", "(?s<'x'", "<<", "e:a\\#b", "e:a#b", "_:b", "# c\n", "e:%3B", "?x;", "1.", "1e5"),
]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_update_never_does_something_else(seed: int) -> None:
    chance = random.Random(seed)
    taken = 0
    for _ in range(TRIED // 4):
        update = damaged(chance)
        store = store_of()
        try:
            removes, adds = evaluate(store, update)
        except QueryError:
            assert held(store) == held(store_of())
            continue
        taken += 1
        engine = by_engine(update)
        if engine is None:  # it takes no declaration behind the first ; as we do
            assert "PREFIX" in update or "BASE" in update, update
            continue
        follow(store, quads(removes), quads(adds))
        assert _named(store) == _named(engine), update
    assert taken > TRIED // 4 // 50


def damaged(chance: random.Random) -> str:
    """A text made of good ones, with a few pieces put in, taken out or doubled."""
    update = " ; ".join(chance.choices(SEEDS, k=chance.choice((1, 1, 2))))
    for _ in range(chance.choice((1, 1, 1, 2))):
        place = chance.randrange(len(update) + 1)
        end = min(len(update), place + chance.randint(1, 8))
        change = chance.choice("++++-*")
        if change == "+":
            update = update[:place] + chance.choice(PIECES) + update[place:]
        else:
            update = update[: place if change == "-" else end] + update[end if change == "-" else place :]
    return update


def by_engine(update: str) -> Store | None:
    store = store_of()
    try:
        store.update(update)
    except SyntaxError:
        return None
    return store


def _named(store: Store) -> Dataset:
    found = Dataset(store)
    found.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return found
