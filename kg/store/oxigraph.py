"""The embedded store: pyoxigraph, in memory or on disk."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryTriples, RdfFormat

from kg.errors import Damaged, QueryError, WorkspaceBusy, WorkspaceError, WorkspaceFull
from kg.model.values import Atom
from kg.store.base import Answer
from kg.store.limits import check_text

_AGAIN = "Free some space; what is in the journal is not lost, and writing comes back by itself."
_RESERVE = 8 << 20
"""Bytes that the engine needs for its own files."""
_AROUND = 8
"""How many bytes a byte of quads takes in the engine's indexes, before they are compacted."""
_MANY = 1000
"""How many quads come by the engine's own call, which is faster than an update's text."""
_TRIES = 100
"""How often the lock of the files is asked for, until the last reader of the old ones has ended."""

_MAKE_AGAIN = "Move its folder away and open the workspace again; it is made from the journal."


class OxigraphStore:
    """A :class:`kg.store.base.Store` on pyoxigraph.

    :param path: directory of the store; ``None`` for one in memory.
    :raises WorkspaceBusy: if another process has it open.
    :raises Damaged: if its files are not as they were written.
    :raises WorkspaceError: if it cannot be opened; later, if it was closed or cannot be written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._open: pyoxigraph.Store | None = _opened(path)

    @property
    def path(self) -> Path | None:
        """Its directory; ``None`` in memory."""
        return self._path

    def quads(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Atom | BlankNode | None = None,
        graph: NamedNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; ``None`` matches anything."""
        return iter(self._store.quads_for_pattern(subject, predicate, object, graph))

    def lines_of(self, graphs: Iterable[str]) -> str:
        """What stands in some graphs, as lines of N-Triples without their graphs, in no order.

        Many are read by one call of the engine, while other threads go on.
        """
        named = " ".join(str(NamedNode(iri)) for iri in graphs)
        text = f"CONSTRUCT {{ ?s ?p ?o }} {{ VALUES ?g {{ {named} }} GRAPH ?g {{ ?s ?p ?o }} }}"
        found = self._store.query(text)
        assert isinstance(found, QueryTriples)
        return (found.serialize(format=RdfFormat.N_TRIPLES) or b"").decode("utf-8")

    def has(self, quad: Quad) -> bool:
        """Whether a quad is there."""
        return quad in self._store

    def apply(self, removes: Iterable[Quad], adds: Iterable[Quad]) -> None:
        """Remove and add quads in one update, which is atomic; graphs that are left empty go.

        Quads with blank nodes, which no update can name, go and come one step before the others, and
        so do many that come to graphs which lose nothing. Doing it again does no harm, so what is cut
        short is made whole by doing it again.
        """
        gone, new = list(removes), list(adds)
        try:
            if gone and len(new) > _MANY:
                losing = {q.graph_name for q in gone}
                self._store.extend(q for q in new if q.graph_name not in losing)
                new = [q for q in new if q.graph_name in losing]
            if gone:
                drops = "".join(f" ;\nDROP SILENT GRAPH {g}" for g in self._emptied(gone, new))
                for quad in filter(_is_blank, gone):
                    self._store.remove(quad)
                self._store.extend(filter(_is_blank, new))
                removed, added = _data(gone), _data(new)
                self._store.update(f"DELETE DATA {{\n{removed}}} ;\nINSERT DATA {{\n{added}}}{drops}")
            else:
                self._store.extend(new)
        except OSError as e:
            raise WorkspaceFull(f"the store cannot be written: {e}", hint=_AGAIN) from None

    def _emptied(self, gone: list[Quad], new: list[Quad]) -> list[NamedNode]:
        """The graphs in which nothing is left once some quads are gone and others are there."""
        touched = {q.graph_name for q in gone} - {q.graph_name for q in new}
        going = set(gone)
        named = [g for g in touched if isinstance(g, NamedNode)]
        return [g for g in named if all(q in going for q in self._store.quads_for_pattern(None, None, None, g))]

    def query(self, text: str, prefixes: Mapping[str, str] | None = None) -> Answer:
        """Answer a SPARQL query; the default graph is the union of all graphs."""
        check_text(text)
        try:
            return self._store.query(text, prefixes=dict(prefixes or {}), use_default_graph_as_union=True)
        except SyntaxError as e:
            line, column, told = _told(str(e))
            where = f"line {line}, column {column}" if line else ""
            raise QueryError(f"this is no SPARQL query: {told}", where=where) from None
        except (ValueError, RuntimeError, OSError) as e:
            raise QueryError(f"the query failed: {e}") from None

    def load(self, quads: Iterable[Quad]) -> None:
        """Add many quads fast."""
        try:
            self._store.bulk_extend(quads)
        except OSError as e:
            raise WorkspaceFull(f"the store cannot be written: {e}", hint=_AGAIN) from None

    def load_lines(self, lines: Iterable[str]) -> None:
        """Add many N-Quads lines fast; they hold no blank nodes, which would get other labels."""
        try:
            self._store.bulk_load(input="".join(lines).encode(), format=RdfFormat.N_QUADS)
        except OSError as e:
            raise WorkspaceFull(f"the store cannot be written: {e}", hint=_AGAIN) from None

    def check_room(self, size: int) -> None:
        """Whether the disk has room for so many bytes of quads, with what the engine needs around them.

        :raises WorkspaceFull: if it has not. An engine that runs out of space must be opened again.
        """
        if self._path is None:
            return
        disk = os.statvfs(self._path)
        if disk.f_bavail * disk.f_frsize < _RESERVE + _AROUND * size:
            hint = "Nothing was changed, and reading goes on. Free some space and try again."
            raise WorkspaceFull("the disk is full", where=str(self._path), hint=hint)

    def reopen(self) -> None:
        """Open the files again after the engine gave up writing to them.

        While that cannot be, the store goes on reading what it has.

        :raises WorkspaceFull: if there is still no room.
        """
        if self._path is None:
            return
        self.check_room(0)
        self._open = None  # its lock goes with the last reader
        for _ in range(_TRIES):
            try:
                self._open = _opened(self._path)
                return
            except WorkspaceBusy:
                time.sleep(0.05)
            except WorkspaceError:
                break
        self._open = pyoxigraph.Store.read_only(str(self._path))
        raise WorkspaceFull("the store cannot be opened for writing", where=str(self._path), hint=_AGAIN)

    def optimize(self) -> None:
        """Compact the files, which makes queries several times faster after a bulk load."""
        self._store.optimize()

    def backup(self, target: Path) -> None:
        """Copy the files, by hard links where that can be, into a new directory.

        :raises WorkspaceError: if it cannot be written.
        """
        try:
            self._store.backup(str(target))
        except (OSError, RuntimeError) as e:
            raise WorkspaceError(f"the store cannot be copied: {e}", where=str(target)) from None

    def flush(self) -> None:
        """Write out what is still in memory."""
        self._store.flush()

    def close(self) -> None:
        """Write out what is in memory and let go of the files. Closing twice is no harm."""
        if self._open is not None:
            with suppress(OSError):  # no room, or opened for reading: the journal has it all
                self._open.flush()
        self._open = None

    @property
    def _store(self) -> pyoxigraph.Store:
        if self._open is None:
            raise WorkspaceError("the store is closed", hint="Open the workspace again.")
        return self._open


def _opened(path: Path | None) -> pyoxigraph.Store:
    try:
        return pyoxigraph.Store(str(path) if path else None)
    except OSError as e:
        if "lock" in str(e).lower():
            raise WorkspaceBusy(
                "another process has this workspace open",
                where=str(path),
                hint="Stop it (a running `stemma serve`?) or ask it over HTTP.",
            ) from None
        raise WorkspaceError(f"the store cannot be opened: {e}", where=str(path), hint=_MAKE_AGAIN) from None
    except RuntimeError as e:  # what the engine says of files that are not as it wrote them
        raise Damaged(f"the store is not as it was written: {e}", where=str(path), hint=_MAKE_AGAIN) from None


def _told(message: str) -> tuple[str, str, str]:
    """The line, the column and the rest of the engine's message; the line is empty if it names none."""
    found = re.match(r"error at (\d+):(\d+): (.*)", message, re.DOTALL)
    return (found[1], found[2], found[3]) if found else ("", "", message)


def _data(quads: list[Quad]) -> str:
    """Quads as an update names them; those with blank nodes are left out."""
    lines = []
    for q in quads:
        if not _is_blank(q):
            plain = isinstance(q.graph_name, DefaultGraph)
            lines.append(f"{q.triple} .\n" if plain else f"GRAPH {q.graph_name} {{ {q.triple} }}\n")
    return "".join(lines)


def _is_blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)
