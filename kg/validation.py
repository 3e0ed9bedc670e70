"""Judge everything that is stored, record by record, on every core.

Each process reads its share of the graphs from a hard-linked copy of the store's files and names those
that want a second look (:mod:`kg.gate.sweep`); these the gate judges here, so that what is told is what
it would tell. Memory does not grow with the store, but for eight bytes a claim and a statement.
"""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Protocol

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat

from kg.document.library import Library
from kg.errors import Damaged, WorkspaceError
from kg.gate.closed_world import ABOUT, Lookup
from kg.gate.facts import Record, gather, split
from kg.gate.gate import Gate
from kg.gate.sweep import Seen, Sweep, Within
from kg.model.iris import Iris
from kg.model.node import Node
from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.report import Finding, Report
from kg.schema.names import RDF_TYPE
from kg.store.commit import mark_graph
from kg.store.oxigraph import OxigraphStore
from kg.store.records import WITHHELD, WITHHELD_RECORD, Records

Progress = Callable[[int], None]
"""Told how many more records were judged."""

BATCH = 200
"""How many records are judged at a time; some engines take longer than twice as long for twice as many."""
_SMALL = 20_000
"""How many quads are judged without the help of other processes."""


class Kept(Lookup, Protocol):
    """A workspace, as far as it is validated."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def profile(self) -> Profile:
        """What its records are."""

    @property
    def iris(self) -> Iris:
        """The IRIs of its records."""

    @property
    def library(self) -> Library:
        """Its texts."""

    @property
    def store(self) -> OxigraphStore:
        """Its quads."""

    @property
    def records(self) -> Records:
        """Its records."""


@dataclass(frozen=True)
class Job:
    """What one process does.

    :param share: which of ``shares`` equal shares of the graphs.
    """

    profile: str
    base: str
    library: str
    store: str
    engine: str | None
    share: int
    shares: int
    missing: frozenset[int] = frozenset()


def validate(
    workspace: Kept, *, engine: str | None = None, jobs: int | None = None, progress: Progress | None = None
) -> Report:
    """Judge everything that is stored, as if it came in now.

    :param engine: a SHACL engine that judges every record; ``None`` for compiled checks first, and the
        fastest engine for what they leave in doubt.
    :param jobs: how many processes; default one a core, and none beside this one for a small store.
    :raises UsageError: if there is no such engine here.
    :raises WorkspaceError: if a process ends before its work is done.
    """
    if workspace.profile.admits_any:
        return Report()
    gate = Gate(workspace.profile, workspace.iris, engine)
    _ = gate.judging
    tell = progress or (lambda _: None)
    wanted = max(1, jobs if jobs is not None else os.cpu_count() or 1)
    small = wanted == 1 or (jobs is None and _is_small(workspace.store))
    run = _alone if small else _together
    seen = run(workspace, gate, frozenset(), wanted, tell)
    missing = seen.missing()
    if missing:  # who refers to it is found by looking again
        seen = run(workspace, gate, missing, wanted, lambda _: None)
    return _second_look(workspace, gate, seen.doubtful)


def _is_small(store: OxigraphStore) -> bool:
    return next(islice(store.quads(), _SMALL, None), None) is None


def _second_look(workspace: Kept, gate: Gate, ids: Iterable[str]) -> Report:
    """What the gate says of records, in the order of their kinds and IRIs."""
    order = {word: i for i, word in enumerate(workspace.profile.shapes)}
    nodes: list[Node] = []
    findings: list[Finding] = []
    for id in sorted(set(ids)):
        try:
            node = workspace.records.get(id)
        except Damaged as e:
            findings.append(Finding("record-damaged", e.message, about=id, hint=e.hint))
            continue
        if node is None:
            message = f"no record: its graph or type is none of a record below {workspace.iris.base}"
            findings.append(Finding("record", message, about=id))
        else:
            nodes.append(node)
    known = _Known(workspace)
    nodes.sort(key=lambda n: (order[str(n.shape.record)], n.id))
    for i in range(0, len(nodes), BATCH):
        part = nodes[i : i + BATCH]
        report = gate.judge(part, known, known)
        findings.extend(report.findings)
    return Report.of(findings)


class _Known:
    """A lookup in which a record that is damaged is none, and a statement is claimed if the store says so."""

    def __init__(self, workspace: Kept) -> None:
        self._workspace = workspace
        self.about, self.text = workspace.about, workspace.text

    def get(self, id: str) -> Record | None:
        """A record that is in, or ``None``."""
        try:
            return self._workspace.get(id)
        except Damaged:
            return None

    def __contains__(self, statement: object) -> bool:
        return bool(self._workspace.records.claims_of(str(statement)))


# ---- in this process


def _alone(workspace: Kept, gate: Gate, missing: frozenset[int], jobs: int, progress: Progress) -> Seen:
    sweep = Sweep(gate, _Live(workspace), missing)
    grouped = groupby(workspace.store.quads(), key=lambda q: q.graph_name)
    _run(sweep, ((str(g), _within(_text(quads))) for g, quads in grouped), progress)
    return sweep.seen


class _Live:
    """What an open workspace holds."""

    def __init__(self, workspace: Kept) -> None:
        self._workspace = workspace

    def record(self, id: str) -> Within | None:
        quads = self._workspace.store.quads(graph=NamedNode(id))
        return _within(_text(quads)) or None

    def about(self, entity: str) -> Iterable[str]:
        return self._workspace.records.subjects(ABOUT, entity)

    def text(self, snapshot: str) -> str | None:
        return self._workspace.text(snapshot)


def _run(sweep: Sweep, graphs: Iterable[tuple[str, Within | None]], progress: Progress) -> None:
    """Judge graphs, each with its name as N-Quads writes it; what cannot be read is in doubt."""
    own = {f"<{ONTOLOGY_GRAPH}>", str(mark_graph(sweep.gate.iris))}
    rest = iter(graphs)
    while batch := list(islice(rest, BATCH)):
        kept = [(name.strip("<>"), within) for name, within in batch if name not in own]
        sweep.seen.doubtful += [name for name, within in kept if within is None]
        sweep.take((name, within) for name, within in kept if within is not None)
        progress(len(kept))


def _text(quads: Iterable[Quad]) -> str:
    return "".join(f"{q.triple} .\n" for q in quads)


def _within(text: str) -> Within | None:
    """The lines of one graph, gathered, those of a withheld claim as it was; ``None`` if they are no record's."""
    try:
        found = gather(text)
        for properties in found.values():
            if properties.get(RDF_TYPE) == [f"<{WITHHELD}>"]:
                return gather(split(properties[WITHHELD_RECORD][0])[0])
    except (ValueError, LookupError):
        return None
    return found


# ---- in other processes


def _together(workspace: Kept, gate: Gate, missing: frozenset[int], jobs: int, progress: Progress) -> Seen:
    folder = Path(tempfile.mkdtemp(prefix=".validate-", dir=workspace.path))
    try:
        workspace.store.backup(folder / "store")
        job = Job(
            profile=str(workspace.profile.directory or workspace.profile.name),
            base=workspace.iris.base,
            library=str(workspace.path / "library"),
            store=str(folder / "store"),
            engine=gate.engine,
            share=0,
            shares=jobs,
            missing=missing,
        )
        return _shared([replace(job, share=i) for i in range(jobs)], folder, progress)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _shared(jobs: Iterable[Job], folder: Path, progress: Progress) -> Seen:
    """What several processes see together."""
    whole = Seen()
    with (folder / "errors").open("w+", encoding="utf-8", errors="replace") as errors:
        running = [_Process(job, errors) for job in jobs]
        try:
            for process in _in_turn(running, progress):
                whole.take(process)
        except (EOFError, OSError, pickle.UnpicklingError):
            errors.seek(0)
            told = errors.read().strip().splitlines()
            raise WorkspaceError(
                "a process that validates ended before its work was done",
                where=told[-1] if told else "",
                hint="Try again with --jobs 1.",
            ) from None
        finally:
            for one in running:
                one.end()
    return whole


class _Process:
    """A process that does one job."""

    def __init__(self, job: Job, errors: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kg.validation"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
        assert self._process.stdin is not None
        pickle.dump(job.__dict__, self._process.stdin)
        self._process.stdin.close()

    def told(self) -> Seen | int:
        """How many more records it judged, or at last what it saw."""
        assert self._process.stdout is not None
        found: Seen | int = pickle.load(self._process.stdout)
        return found

    def end(self) -> None:
        """Let go of it, done or not."""
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.kill()
        self._process.wait()


def _in_turn(running: list[_Process], progress: Progress) -> Iterator[Seen]:
    going = list(running)
    while going:
        for process in list(going):
            found = process.told()
            if isinstance(found, int):
                progress(found)
            else:
                going.remove(process)
                yield found


class _Copied:
    """What a copy of a store holds, with the library beside it."""

    def __init__(self, job: Job, iris: Iris) -> None:
        self._store = pyoxigraph.Store.read_only(job.store)
        self._library, self._iris, self._job = Library(Path(job.library)), iris, job

    def graphs(self) -> Iterator[tuple[str, Within | None]]:
        """This process's share of the graphs; the first has what is in none."""
        mine = islice(self._store.named_graphs(), self._job.share, None, self._job.shares)
        for name in mine:
            yield str(name), self._read(name)
        if self._job.share == 0 and (stray := self._read(DefaultGraph())) != {}:
            yield str(DefaultGraph()), stray

    def record(self, id: str) -> Within | None:
        return self._read(NamedNode(id)) or None

    def about(self, entity: str) -> Iterable[str]:
        found: Iterator[Quad] = self._store.quads_for_pattern(None, NamedNode(ABOUT), NamedNode(entity), None)
        return sorted({q.graph_name.value for q in found if isinstance(q.graph_name, NamedNode)})

    def text(self, snapshot: str) -> str | None:
        return self._library.get(self._iris.snapshot_digest(snapshot))

    def _read(self, graph: NamedNode | BlankNode | DefaultGraph) -> Within | None:
        text = self._store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph)
        return _within((text or b"").decode("utf-8"))


def _serve() -> None:
    """Do the job that stands on standard input; the answer goes to standard output."""
    job = Job(**pickle.load(sys.stdin.buffer))
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing else may write there
    gate = Gate(Profile.load(job.profile), Iris(job.base), job.engine)
    gc.disable()  # nothing here holds itself
    held = _Copied(job, gate.iris)

    def tell(count: int) -> None:
        pickle.dump(count, out)
        out.flush()

    sweep = Sweep(gate, held, job.missing)
    _run(sweep, held.graphs(), tell)
    pickle.dump(sweep.seen, out)
    out.flush()


if __name__ == "__main__":
    _serve()
