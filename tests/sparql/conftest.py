"""A store on disk with commits made by hand, and a pool of workers over it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.schema.names import XSD
from kg.sparql.pool import MARK, Pool
from kg.store.journal import Entry
from kg.store.oxigraph import OxigraphStore

BASE, GRAPH = NamedNode("http://e/"), NamedNode("http://e/graph/commit")
PREFIXES = {"e": "http://e/", "xsd": XSD}


@dataclass
class Live:
    """A store, its commits, and its pools."""

    folder: Path
    store: OxigraphStore
    entries: list[Entry] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)

    @property
    def number(self) -> int:
        return len(self.entries)

    def pool(self, **options: Any) -> Pool:
        settings = {"union": True, "prefixes": PREFIXES, **options}
        pool = Pool(self.store, self.number, self.folder / f"snapshots-{len(self.pools)}", **settings)
        self.pools.append(pool)
        return pool

    def commit(self, adds: str = "", removes: str = "", told: str = "") -> Entry:
        """Change the store as the committer does, then tell the pools.

        :param told: what they are told came, if not the truth.
        """
        gone, came = _quads(removes), _quads(adds)
        entry = Entry(self.number + 1, "", "", "", (), _lines(removes), _lines(told or adds))
        self.store.apply([*gone, *self._mark()], [*came, _mark(entry.number)])
        self.entries.append(entry)
        for pool in self.pools:
            pool.follow(entry)
        return entry

    def _mark(self) -> list[Quad]:
        return [_mark(self.number)] if self.entries else []

    def back(self, number: int) -> Callable[[int], Iterator[Entry]]:
        """The commits behind one, newest first."""
        return lambda last: reversed(self.entries[number:last])


def rows(pool: Pool, text: str, **options: Any) -> list[dict[str, str]]:
    """The rows that a pool answers."""
    bindings = json.loads(pool.ask(text, **options).read())["results"]["bindings"]
    return [{k: v["value"] for k, v in b.items()} for b in bindings]


def count(pool: Pool, text: str = "SELECT (COUNT(*) AS ?n) { ?s e:new ?o }", **options: Any) -> int:
    """The number that a pool answers; default: how many things are new."""
    return int(rows(pool, text, **options)[0]["n"])


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something holds, a minute at most."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to be")


def _quads(lines: str) -> list[Quad]:
    return list(parse(lines, RdfFormat.N_QUADS))


def _lines(lines: str) -> tuple[str, ...]:
    return tuple(f"{line}\n" for line in lines.splitlines() if line)


def _mark(number: int) -> Quad:
    return Quad(BASE, NamedNode(MARK), Literal(str(number), datatype=NamedNode(XSD + "integer")), GRAPH)


def _made(folder: Path) -> Live:
    """A store of 2,000 quads with one commit."""
    folder.mkdir(exist_ok=True)
    live = Live(folder, OxigraphStore(folder / "store"))
    lines = (f'<http://e/s{i}> <http://e/p{i % 7}> "{i}" <http://e/g{i % 50}> .\n' for i in range(1800))
    links = (f"<http://e/s{i}> <http://e/next> <http://e/s{i + 1}> <http://e/links> .\n" for i in range(200))
    live.commit("".join((*lines, *links)))
    return live


def _closed(live: Live) -> None:
    for pool in live.pools:
        pool.close()
    live.store.close()


@pytest.fixture
def make_live(tmp_path: Path) -> Iterator[Callable[[], Live]]:
    """Makes a store of a test's own."""
    made: list[Live] = []

    def make() -> Live:
        made.append(_made(tmp_path / f"live-{len(made)}"))
        return made[-1]

    yield make
    for live in made:
        _closed(live)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A store with a pool, shared by the tests of a module."""
    live = _made(tmp_path_factory.mktemp("live"))
    live.pool()
    yield live
    _closed(live)


@pytest.fixture(scope="module")
def pool(live: Live) -> Pool:
    return live.pools[0]


@pytest.fixture(scope="session", name="rows")
def _rows() -> Callable[..., list[dict[str, str]]]:
    """See :func:`rows`."""
    return rows


@pytest.fixture(scope="session", name="count")
def _count() -> Callable[..., int]:
    """See :func:`count`."""
    return count


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """See :func:`wait_for`."""
    return wait_for
