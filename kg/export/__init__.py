"""Exports: every format in every view, the same bytes for the same records.

A format is a line in :data:`FORMATS`. The texts of snapshots are in none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kg.errors import UsageError
from kg.export.base import VIEWS, Exportable, check_view
from kg.export.graphs import cyjs, gexf, graphml
from kg.export.lines import jsonl
from kg.export.rdf import jsonld, nquads, trig, turtle
from kg.export.table import table


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write records down.

    :param write: called with the workspace, the view and the word of a review status or ``None``.
    """

    name: str
    media_type: str
    write: Callable[[Exportable, str, str | None], str]


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        f.name: f
        for f in (
            Format("jsonl", "application/jsonl", jsonl),
            Format("nq", "application/n-quads", nquads),
            Format("trig", "application/trig", trig),
            Format("ttl", "text/turtle", turtle),
            Format("jsonld", "application/ld+json", jsonld),
            Format("graphml", "application/graphml+xml", graphml),
            Format("gexf", "application/gexf+xml", gexf),
            Format("cyjs", "application/json", cyjs),
            Format("csv", "text/csv", table),
        )
    }
)


def export(workspace: Exportable, format: str, *, view: str = "claims", status: str | None = None) -> str:
    """Write the records of a workspace in a format.

    :param format: a name in :data:`FORMATS`.
    :param view: ``claims``, ``entities`` or ``sources``.
    :param status: a word of stemma:ReviewStatus: only claims of that status and what they refer
        to. ``None`` for all claims, except where they are folded or counted (the views entities
        and sources as graphs, and entities always): there, proposed and accepted ones.
    :raises UsageError: if there is no such format, view or status.
    """
    if format not in FORMATS:
        raise UsageError("there is no such export format", where=format, hint=f"Formats: {', '.join(FORMATS)}.")
    check_view(view)
    return FORMATS[format].write(workspace, view, status)


__all__ = ["FORMATS", "VIEWS", "Exportable", "Format", "export"]
