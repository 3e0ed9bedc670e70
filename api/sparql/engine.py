"""What the endpoints ask of the workspace, off the event loop: the one place that knows how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import anyio.to_thread
from pyoxigraph import DefaultGraph, Quad, serialize

from api.formats import used
from api.problems import Unreadable
from api.sparql.request import Asked
from kg.access.caller import Caller
from kg.door import parse_payload
from kg.errors import DocumentError
from kg.sparql.answer import GRAPHS, PREFIXED, Answer, Dataset, Limits
from kg.store.plan import Receipt
from kg.workspace import CURATOR, Workspace

T = TypeVar("T")

WRITES = "propose"
"""The permission of those who write."""


async def off_loop(call: Callable[[], T]) -> T:
    """Run what blocks in a thread."""
    return await anyio.to_thread.run_sync(call)


def ask(workspace: Workspace, asked: Asked, caller: Caller, rows: str | None, graph: str | None) -> Answer:
    """Answer a query.

    :param caller: who asks; a curator's query may take longer than anyone's.
    :param rows: the format of rows and truths; ``None`` if they are of no use.
    :param graph: the format of triples; likewise.
    """
    return workspace.quads.ask(
        asked.text,
        dataset=Dataset(asked.default, asked.named),
        rows=rows,
        graph=graph,
        limits=_limits(caller),
        stale=asked.stale,
        min_commit=asked.min_commit,
        at=asked.at,
        base=asked.base,
    )


def is_union(workspace: Workspace) -> bool:
    """Whether the default graph of a query is the union of all graphs."""
    return not workspace.profile.admits_any


def graph_names(workspace: Workspace, most: int) -> tuple[list[str], int]:
    """The names of some named graphs, sorted, and how many there are.

    :param most: how many names are given.
    """
    text = f"SELECT DISTINCT ?g {{ GRAPH ?g {{}} }} ORDER BY ?g LIMIT {most}"
    names = [str(row[0].value) for row in workspace.query(text).rows]
    if len(names) < most:
        return names, len(names)
    count = workspace.query("SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g {} }").rows[0][0]
    return names, int(count.value)


def update(workspace: Workspace, asked: Asked, caller: Caller) -> Receipt:
    """Make the change that a SPARQL UPDATE asks for.

    :param caller: who asks, and in whose name it is written.
    """
    dataset = Dataset(asked.default, asked.named)
    limits = _limits(caller)
    return workspace.quads.update(asked.text, dataset=dataset, base=asked.base, agent=caller.agent, limits=limits)


def _limits(caller: Caller) -> Limits:
    return CURATOR if caller.may(WRITES) else Limits()


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """What a change is answered with."""
    return {"commit": receipt.number, "findings": [f.as_dict() for f in receipt.report.findings]}


def read_graph(body: bytes, media: str, base: str) -> list[Quad]:
    """The triples of a graph that a client sent.

    :param media: one of :data:`kg.door.MEDIA`.
    :param base: what relative IRIs in it are resolved against.
    :raises Unreadable: if it is not of that type, names graphs of its own, or is beyond the limits.
    """
    try:
        found = parse_payload(body, media, base=base, dataset=True)
    except DocumentError as e:
        raise Unreadable(e.message, where=e.where or "body", hint=e.hint) from None
    if any(not isinstance(q.graph_name, DefaultGraph) for q in found):
        raise Unreadable("one graph is written here, and the body names others", where="body")
    return found


def write_graph(workspace: Workspace, quads: Sequence[Quad], format: str) -> bytes:
    """The triples of a graph in a format."""
    triples = [q.triple for q in quads]
    shorten = format in PREFIXED and not workspace.profile.admits_any
    names = used(triples, workspace.profile.prefixes) if shorten else None
    return serialize(triples, format=GRAPHS[format], prefixes=names) or b""
