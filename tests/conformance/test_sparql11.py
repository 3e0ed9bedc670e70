"""The W3C SPARQL 1.1 query and update suites: no case worse than the engine itself.

The suite stands in ``../shared`` or where ``SPARQL_SUITE`` says, and is never committed. All ways are
gone: the engine and the quads of updates on all cases, a workspace and a live server on a share of
them; ``make conformance SUITE=DIR`` takes them all.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from api.auth.access import Access
from api.command import start
from api.settings import Settings
from kg.access.own import OWN

from .judge import Verdict, run
from .suite import Case, cases
from .transport import Engine, Http, InWorkspace, Pieces, Transport

EXCUSED = tomllib.loads((Path(__file__).parent / "excused.toml").read_text("utf-8"))
ENGINE, OURS = ({e["iri"]: e["because"] for e in EXCUSED[who]} for who in ("engine", "ours"))
SHARE = int(os.environ.get("SPARQL_SHARE", "7"))
"""Every so-manieth case goes through a workspace, and every so-manieth other one over HTTP."""

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def suite(request: pytest.FixtureRequest) -> list[Case]:
    named = os.environ.get("SPARQL_SUITE")
    return cases(Path(named) if named else request.getfixturevalue("shared") / "suites" / "rdf-tests" / "sparql11")


@pytest.fixture(scope="module")
def engine(suite: list[Case]) -> list[Verdict]:
    return [run(case, Engine()) for case in suite]


def test_the_suite_is_whole(suite: list[Case]) -> None:
    assert Counter(case.kind for case in suite) == {
        "query": 232,
        "csv": 3,
        "good query": 63,
        "bad query": 48,
        "update": 94,
        "good update": 42,
        "bad update": 13,
    }
    assert len({case.iri for case in suite}) == 495


def test_the_engine_is_as_we_know_it(engine: list[Verdict]) -> None:
    assert failed(engine) == set(ENGINE)


def test_updates_as_quads_are_no_worse(suite: list[Case]) -> None:
    verdicts = [run(case, Pieces()) for case in suite]
    assert failed(verdicts) == {*ENGINE, *OURS}
    report("as quads", verdicts)


def test_a_workspace_is_no_worse(suite: list[Case], tmp_path: Path) -> None:
    taken = suite[SHARE // 2 :: SHARE]
    with kg.init(tmp_path / "W", profile="open") as workspace:
        way = InWorkspace(workspace)
        verdicts = [run(case, way) for case in taken]
    assert failed(verdicts) == {*ENGINE, *OURS} & {case.iri for case in taken}
    report("a workspace", verdicts)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transport]:
    """A live server, or the one that ``PROTOCOL_URL`` and ``PROTOCOL_KEY`` name."""
    named = os.environ.get("PROTOCOL_URL")
    if named:
        yield Http(named, os.environ.get("PROTOCOL_KEY", ""))
        return
    with kg.init(tmp_path_factory.mktemp("conformance") / "W", profile="open") as workspace:
        Access.of(workspace, Settings()).own_key()
        key = (workspace.path / OWN).read_text("utf-8").strip()
        with start(workspace) as running:
            yield Http(running.url, key)


def test_a_server_is_no_worse(suite: list[Case], server: Transport) -> None:
    taken = suite[::SHARE]
    verdicts = [run(case, server) for case in taken]
    assert failed(verdicts) == {*ENGINE, *OURS} & {case.iri for case in taken}
    report("HTTP", verdicts)


def failed(verdicts: list[Verdict]) -> set[str]:
    for verdict in verdicts:
        if not verdict.passed and verdict.case.iri not in {**ENGINE, **OURS}:
            print(f"{verdict.case.kind} {verdict.case}: {verdict.told}")
    return {v.case.iri for v in verdicts if not v.passed}


def report(way: str, verdicts: list[Verdict]) -> None:
    passed = Counter(v.case.kind for v in verdicts if v.passed)
    listed = ", ".join(f"{kind} {passed[kind]}/{n}" for kind, n in Counter(v.case.kind for v in verdicts).items())
    print(f"{way}: {sum(passed.values())} of {len(verdicts)} cases ({listed})")
