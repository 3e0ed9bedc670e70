"""Fixtures that tests of every part share: a workspace, an article of our own, and claims on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import kg
from kg.document.anchor import Anchor
from kg.model.digest import digest, short_hash
from kg.model.iris import Iris
from kg.profile import ONTOLOGY_GRAPH
from kg.schema.names import DEFAULT_BASE

settings.register_profile(
    "house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("house")

Record = dict[str, Any]

ARTICLE = """Harbour Cell Clinic \u2014 cell therapy for ALS \U0001f9ec

At the Harbour Cell Clinic we prepare mesenchymal stem cells from the umbilical cord of healthy donors. \
Our doctors believe that the cells may slow ALS. Each bag is tested twice before it leaves the laboratory.\r
How are they given? Most guests receive three infusions into a vein, one week apart, and fly home on day 22. \
A needle into the spine is offered too, yet fewer people choose it.

What can you expect? Mesenchymal stem cells calm microglia in the dish. Some guests report firmer speech within \
a month. Results vary from person to person. Nobody has been cured of ALS at our clinic, and no drug reverses it.

A small study in Port Ellery enrolled 48 people with ALS. Half of them were given placebo. After half a year the \
two groups did not differ in their ALSFRS-R score. Headache was the most frequent complaint, na\u00efve or not.

Results vary from person to person. The cost is 9,400 crowns, which includes the room with a view of the pier. \
Why wait? Book before the end of the season and bring a friend for half the price. Our founder was a ship's cook \
before he discovered regenerative medicine \U0001f6a2, and he answers every letter himself.
"""


@dataclass(frozen=True)
class Article:
    """A text of our own about a clinic that does not exist, in a file."""

    path: Path
    text: str

    @property
    def digest(self) -> str:
        return digest(self.text)

    @property
    def source(self) -> str:
        """The IRI that ingest gives to its source."""
        return Iris(DEFAULT_BASE).of("source", short_hash(self.digest, 16))

    @property
    def snapshot(self) -> str:
        return Iris(DEFAULT_BASE).snapshot(self.digest)


@dataclass(frozen=True)
class State:
    """All that a workspace keeps, to be compared before and after."""

    journal: bytes
    quads: tuple[str, ...]
    library: tuple[tuple[str, bytes], ...]

    @staticmethod
    def of(workspace: kg.Workspace) -> State:
        journal = workspace.path / "journal.jsonl"
        library = workspace.path / "library"
        rows = workspace.store.query(f"SELECT * {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != <{ONTOLOGY_GRAPH}>) }}")
        return State(
            journal.read_bytes() if journal.exists() else b"",
            tuple(sorted(f"{r['s']} {r['p']} {r['o']} {r['g']} .\n" for r in rows)),
            tuple((p.name, p.read_bytes()) for p in sorted(library.glob("*"))),
        )


@dataclass
class Pages:
    """Makes sources and claims in a workspace, one commit each."""

    workspace: kg.Workspace
    count: int = 0
    read: dict[str, str] = field(default_factory=dict)

    def source(self, name: str, kind: str = "web-page", *, read: bool = True, **more: Any) -> str:
        """Register a source; with its snapshot, unless it is only cited."""
        id = self.workspace.iris.of("source", name)
        self.workspace.add({"type": "source", "id": id, "kind": kind, "title": f"The {name}", **more})
        if read:
            self.read[id] = digest(name)
            self.workspace.add({"type": "snapshot", "id": self.read[id], "source": [id], "length": 9000})
        return id

    def record(self, source: str, subject: str, relation: str, object: str, **more: Any) -> dict[str, Any]:
        """A claim of a source. ``rests_on``: CURIEs or IRIs, each with who says so; ``level``: of evidence."""
        self.count += 1
        start = 10 * self.count
        exact = digest(str(start))
        held = {"snapshot": self.read.get(source), "start": start, "end": start + 9, "exact": exact}
        statement = {"subject": subject, "relation": f"stemma:{relation}", "object": object}
        record = {
            "id": self.workspace.iris.of("claim", more.pop("id", f"c{self.count}")),
            "category": "efficacy",
            "paraphrase": f"What is said at {start}.",
            "polarity": "affirmed",
            "certainty": "asserted",
            "statement": {**statement, "qualifiers": more.pop("qualifiers", {})},
            "source": {"id": source},
            "anchor": held if source in self.read else {"cites": f"https://doi.org/10.1/{start}"},
            "restsOn": [
                {"id": to, "assertedBy": by, "because": f"The {by} says so."} for to, by in more.pop("rests_on", ())
            ],
            "provenance": {"agent": "tester"},
        }
        if "level" in more:
            record["evidence"] = {"level": more.pop("level")}
        return {**record, **more}

    def say(self, source: str, subject: str, relation: str, object: str, **more: Any) -> str:
        """Add a claim; see :meth:`record`."""
        return self.workspace.add(self.record(source, subject, relation, object, **more)).added[0]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real input beside the checkout."""
    path = Path(os.environ.get("STEMMA_SHARED", Path(__file__).parent.parent.parent / "shared"))
    if not (path / "seeds").is_dir():
        pytest.skip("no ../shared and no STEMMA_SHARED: the seeds are not ours to commit")
    return path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without records, closed: plain files that may be copied."""
    folder = tmp_path_factory.mktemp("made") / "W"
    kg.init(folder).close()
    return folder


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Iterator[kg.Workspace]:
    """A workspace without records, for one test."""
    with kg.open(shutil.copytree(made, tmp_path / "W")) as opened:
        yield opened


@pytest.fixture
def article(tmp_path: Path) -> Article:
    return write_article(tmp_path)


@pytest.fixture
def ingested(workspace: kg.Workspace, article: Article) -> kg.Workspace:
    """A workspace that holds the article."""
    workspace.ingest(article.path)
    return workspace


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kg.Workspace]:
    """A workspace with the article and one claim, shared by tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("filled")
    with kg.init(folder / "W") as opened:
        opened.ingest(write_article(folder).path)
        opened.add(make_claim("the cells may slow ALS"))
        yield opened


@pytest.fixture
def pages(workspace: kg.Workspace) -> Pages:
    return Pages(workspace)


@pytest.fixture(scope="session")
def make_pages() -> Callable[[kg.Workspace], Pages]:
    """For workspaces that live longer than one test."""
    return Pages


@pytest.fixture(scope="session")
def claim() -> Callable[..., Record]:
    """See :func:`make_claim`."""
    return make_claim


@pytest.fixture(scope="session")
def state() -> Callable[[kg.Workspace], State]:
    """Reads all that a workspace keeps."""
    return State.of


@pytest.fixture(scope="session")
def findings() -> Callable[..., tuple[kg.Finding, ...]]:
    """Calls something that must be refused, and gives what was found."""

    def refused(call: Callable[[], object]) -> tuple[kg.Finding, ...]:
        with pytest.raises(kg.Refused) as caught:
            call()
        return caught.value.report.violations

    return refused


def write_article(folder: Path) -> Article:
    path = folder / "article.txt"
    path.write_bytes(ARTICLE.encode("utf-8"))
    return Article(path, ARTICLE)


def make_claim(words: str, *, nth: int = 0, text: str = ARTICLE, without: str = "", **changes: Any) -> Record:
    """A valid record of a claim that words of the article make.

    :param nth: which of several places with these words.
    :param text: the text they stand in.
    :param without: a key to leave out, such as ``statement__object``.
    :param changes: values to set; ``anchor__end=5`` reaches inside.
    """
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    name = digest(text)
    anchor = Anchor.make(Iris(DEFAULT_BASE).snapshot(name), text, start, start + len(words))
    record: Record = {
        "category": "efficacy",
        "paraphrase": f"The clinic says so ({start}).",
        "polarity": "affirmed",
        "certainty": "hedged",
        "statement": {"subject": "CL:0000134", "relation": "stemma:slows", "object": "MONDO:0004976"},
        "source": {"id": Iris(DEFAULT_BASE).of("source", short_hash(name, 16))},
        "anchor": {
            "snapshot": name,
            "start": start,
            "end": start + len(words),
            "exact": anchor.exact,
            "before": anchor.before,
            "after": anchor.after,
        },
        "provenance": {"agent": "agent:pass-1", "at": "2026-01-31T12:00:00Z"},
    }
    for key, value in changes.items():
        _inside(record, key)[key.split("__")[-1]] = value
    if without:
        del _inside(record, without)[without.split("__")[-1]]
    return record


def _inside(record: Record, key: str) -> Record:
    for step in key.split("__")[:-1]:
        record = record.setdefault(step, {})
    return record
