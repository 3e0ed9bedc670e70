"""Loading many records: read as a stream, judged by the whole gate, committed batch by batch.

What was loaded before is no change when it comes again, so a load that was cut short goes on where
it stopped when it is called once more. A batch stands or falls as one; the first that is refused
ends the load, and what was committed before it stays.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from pyoxigraph import NamedNode, RdfFormat, parse

from kg.admit import JSON_SUFFIXES, Admission, Batch
from kg.errors import DocumentError, UsageError
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind
from kg.store.commit import Committer, utc_now
from kg.store.plan import Changeset
from kg.store.records import Records

T = TypeVar("T")
STATEMENT = STEMMA + "statement"
BATCH = 5_000
"""How many records are committed at a time."""
OPTIMIZED_AFTER = 10_000
"""How many records a load brings before the store's files are compacted after it."""
_MANY = 5_000
"""After so many new records what is derived is made again at the end, which is faster than to follow each batch."""
_LONGEST = 1 << 20
"""Longest line, in bytes."""


@dataclass
class Loaded:
    """What a load did so far."""

    added: int = 0
    changed: int = 0
    same: int = 0
    commit: int = 0

    def as_dict(self) -> dict[str, int]:
        """The outcome for JSON."""
        return {"commit": self.commit, "added": self.added, "changed": self.changed, "same": self.same}


@dataclass(frozen=True)
class Loader:
    """Loads files into a workspace.

    :param agent: IRI of who loads.
    :param proposer: IRI of who proposes; ``None`` for each record's own.
    :param keep_review: keep the decisions, versions and places in history that the records carry.
    """

    admission: Admission
    records: Records
    committer: Committer
    agent: str
    proposer: str | None = None
    keep_review: bool = False
    size: int = BATCH

    def load(self, path: Path, progress: Callable[[int], None] = lambda done: None) -> Loaded:
        """Load one file: JSON lines, or N-Quads with each record's lines together.

        :param progress: told how many records were read.
        :raises Refused: if a batch is refused; those before it stay.
        """
        done, read, follows = Loaded(), 0, True
        waiting: Batch = Batch()
        with _collecting_seldom() as collect:
            for count, batch in _ahead(self._batches(path)):
                read += count
                ready, waiting = self._ready(batch, waiting)
                self._commit(ready, path, done)
                if follows and done.added > _MANY:
                    self.committer.fall_behind()
                    follows = False
                progress(read)
                collect()
            self._commit(waiting, path, done)
        return done

    def _commit(self, batch: Batch, path: Path, done: Loaded) -> None:
        if not batch.records and not batch.findings:
            return
        changes = self.admission.changes(batch.nodes, self.proposer, utc_now(), keep_review=self.keep_review)
        receipt = self.committer.commit(Changeset(changes, self.agent, f"load {path.name}"), findings=batch.findings)
        done.added += len(receipt.added)
        done.changed += len(receipt.changed)
        done.same += len(receipt.same)
        done.commit = receipt.number

    def _ready(self, batch: Batch, waiting: Batch) -> tuple[Batch, Batch]:
        """What can be committed now, and what must wait for records that are still to come.

        Claims wait for the claims that they link to, statements for a claim that makes them.
        """
        batch.take(waiting)
        claims = [n for n in batch.nodes if n.shape.record == "claim"]
        late = {n.id for n in claims if not self._linked(n, batch)}
        made_now = {n.one(STATEMENT) for n in claims if n.id not in late}
        made_late = {n.one(STATEMENT) for n in claims if n.id in late}
        ready, later = Batch(findings=batch.findings), Batch()
        for node in batch.nodes:
            where = batch.places[node.id]
            if node.id in late or (node.shape.record == "statement" and node.id not in made_now):
                later.put([node], where)
            else:
                ready.put([node], where)
                if node.id in made_late:  # the claims that wait make it too
                    later.put([node], where)
        return ready, later

    def _linked(self, claim: Node, batch: Batch) -> bool:
        iris = self.admission.iris
        targets = {iri for field, iri in claim.iris() if field.kind in (Kind.LINK, Kind.IRI)}
        wanted = {iri for iri in targets if iris.is_("claim", iri) and iri != claim.id}
        return all(iri in batch.records or self.records.get(iri) is not None for iri in wanted)

    # ---- reading

    def _batches(self, path: Path) -> Iterator[tuple[int, Batch]]:
        suffix = path.suffix.lower()
        if suffix in JSON_SUFFIXES:
            items: Iterable[tuple[str, object]] = _json_lines(path)
            read: Callable[[Sequence[tuple[str, object]]], Batch] = self.admission.json
        elif suffix == ".nq":
            items, read = _graphs(path), self._quads
        else:
            known = ", ".join((*JSON_SUFFIXES, ".nq"))
            raise UsageError("a file of this kind is not loaded as a stream", where=str(path), hint=f"Known: {known}.")
        part: list[tuple[str, object]] = []
        for item in items:
            part.append(item)
            if len(part) >= self.size:
                yield len(part), read(part)
                part = []
        if part:
            yield len(part), read(part)

    def _quads(self, graphs: Sequence[tuple[str, object]]) -> Batch:
        batch = Batch()
        for where, quads in graphs:
            assert isinstance(quads, list)
            batch.take(self.admission.quads(quads, where))
        return batch


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items of an iterator, each made while the one before it is in use."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


@contextmanager
def _collecting_seldom() -> Iterator[Callable[[], int]]:
    """Look for garbage between batches only: within one, nearly all that is made is still in use."""
    was = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if was:
            gc.enable()


def _json_lines(path: Path) -> Iterator[tuple[str, object]]:
    try:
        with path.open("rb") as f:
            for number, line in enumerate(f, start=1):
                if len(line) > _LONGEST:
                    raise DocumentError(f"this line is longer than {_LONGEST:,} bytes", where=f"{path} line {number}")
                if line.strip():
                    yield f"{path} line {number}", _decoded(line, path, number)
    except OSError as e:
        raise DocumentError(f"the file cannot be read: {e.strerror}", where=str(path)) from None


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as e:
        raise DocumentError(f"this is not UTF-8: byte {e.start}", where=f"{path} line {number}") from None


def _graphs(path: Path) -> Iterator[tuple[str, object]]:
    try:
        quads = parse(path=str(path), format=RdfFormat.N_QUADS)
        for name, found in groupby(quads, lambda q: q.graph_name):
            where = name.value if isinstance(name, NamedNode) else "the default graph"
            yield f"{path} {where}", list(found)
    except (SyntaxError, ValueError) as e:
        raise DocumentError(f"this is no N-Quads: {str(e).splitlines()[0]}", where=str(path)) from None
    except OSError as e:
        raise DocumentError(f"the file cannot be read: {e.strerror}", where=str(path)) from None
