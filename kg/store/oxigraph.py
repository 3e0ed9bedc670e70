"""The embedded store: pyoxigraph, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph
from pyoxigraph import NamedNode, Quad

from kg.errors import QueryError, WorkspaceBusy, WorkspaceError
from kg.model.values import Atom
from kg.store.base import Answer
from kg.store.limits import check_text


class OxigraphStore:
    """A :class:`kg.store.base.Store` on pyoxigraph.

    :param path: directory of the store; ``None`` for one in memory.
    :raises WorkspaceBusy: if another process has it open.
    :raises WorkspaceError: if it cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            self._store = pyoxigraph.Store(str(path) if path else None)
        except OSError as e:
            if "lock" in str(e).lower():
                raise WorkspaceBusy(
                    "another process has this workspace open",
                    where=str(path),
                    hint="Stop it (a running `stemma serve`?) or ask it over HTTP.",
                ) from None
            raise WorkspaceError(f"the store cannot be opened: {e}", where=str(path)) from None

    def quads(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object: Atom | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that match; ``None`` matches anything."""
        return iter(self._store.quads_for_pattern(subject, predicate, object, graph))

    def apply(self, removes: Iterable[Quad], adds: Iterable[Quad]) -> None:
        """Remove and add quads in one update, which is atomic."""
        gone, new = list(removes), list(adds)
        if not gone:
            self._store.extend(new)
            return
        self._store.update(f"DELETE DATA {{\n{_data(gone)}}} ;\nINSERT DATA {{\n{_data(new)}}}")

    def query(self, text: str, prefixes: Mapping[str, str] | None = None) -> Answer:
        """Answer a SPARQL query; the default graph is the union of all graphs."""
        check_text(text)
        try:
            return self._store.query(text, prefixes=dict(prefixes or {}), use_default_graph_as_union=True)
        except SyntaxError as e:
            raise QueryError(f"this is no SPARQL query: {e}", hint="Mind the place that is named.") from None
        except (ValueError, RuntimeError, OSError) as e:
            raise QueryError(f"the query failed: {e}") from None

    def load(self, quads: Iterable[Quad]) -> None:
        """Add many quads fast."""
        self._store.bulk_extend(quads)

    def flush(self) -> None:
        """Write out what is still in memory."""
        self._store.flush()

    def close(self) -> None:
        """Let go of the files; the store cannot be used after it."""
        del self._store


def _data(quads: list[Quad]) -> str:
    return "".join(f"GRAPH {q.graph_name} {{ {q.subject} {q.predicate} {q.object} }}\n" for q in quads)
