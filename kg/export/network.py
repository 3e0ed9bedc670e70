"""The claims as a networkx graph, in three views.

``entities``: claims folded into edges from subject to object, one a relation. ``claims``: claims as
nodes between what they speak of and who makes them. ``sources``: which source goes back to which,
and to which trial or study. No edge says that something is so: each tells how many claims say it,
with which polarity and certainty, and which they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import networkx as nx

from kg.export.base import STATUS, Exportable, Selection, check_view, select
from kg.export.canvas import Canvas, counts
from kg.export.labels import Labels
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.schema.shapes import Kind

_SUBJECT, _OBJECT, _RELATION = STEMMA + "subject", STEMMA + "object", STEMMA + "relation"
_STATEMENT, _SOURCE = STEMMA + "statement", STEMMA + "source"
_RESTS_ON, _ROOT, _CITES = STEMMA + "restsOn", STEMMA + "root", STEMMA + "cites"


def network(workspace: Exportable, view: str = "entities", status: str | None = None) -> nx.MultiDiGraph:
    """Draw the claims as a graph.

    :param view: ``entities``, ``claims`` or ``sources``.
    :param status: a word of stemma:ReviewStatus; ``None`` for all claims in the view ``claims``,
        for proposed and accepted ones where claims are folded.
    :returns: a graph whose nodes are IRIs with ``name``, ``label``, ``kind`` and more, and whose
        edges carry ``relation``, ``polarity``, ``certainty``, counts and ``claim_ids``.
    :raises UsageError: if there is no such view or status.
    """
    check_view(view)
    selection = select(workspace, status, current=view != "claims")
    canvas = Canvas(Labels(workspace.profile.vocabulary, workspace.profile.prefixes))
    _VIEWS[view](canvas, workspace, selection)
    return canvas.graph()


def _entities(canvas: Canvas, workspace: Exportable, selection: Selection) -> None:
    for claim in selection.claims.values():
        statement = selection.statement(claim)
        start = canvas.term(str(statement.one(_SUBJECT)))
        end = statement.one(_OBJECT)
        if end is not None:
            canvas.term(end)
        else:
            of = statement.one(STEMMA + "of")
            label = canvas.labels.quantity(statement)
            end = canvas.node(statement.id, "quantity", label, {"of": canvas.labels.name(of) if of else None})
        canvas.edge(start, str(statement.one(_RELATION)), end, claim)


def _claims(canvas: Canvas, workspace: Exportable, selection: Selection) -> None:
    labels = canvas.labels
    for claim in selection.claims.values():
        statement, source = selection.statement(claim), selection.source(claim)
        about = {
            "polarity": labels.word(claim.one(STEMMA + "polarity")),
            "certainty": labels.word(claim.one(STEMMA + "certainty")),
            "category": labels.word(claim.one(STEMMA + "category")),
            "status": labels.word(claim.one(STATUS)),
            "verification": workspace.verifier.verify(claim).state,
        }
        canvas.node(claim.id, "claim", claim.one(STEMMA + "paraphrase") or claim.id, about)
        canvas.node(statement.id, "statement", labels.statement(statement))
        _source(canvas, source)
        canvas.edge(claim.id, _STATEMENT, statement.id, claim)
        canvas.edge(claim.id, _SOURCE, source.id, claim)
        for property in (_SUBJECT, _OBJECT):
            if end := statement.one(property):
                canvas.edge(claim.id, property, canvas.term(end), claim)
    for claim in selection.claims.values():
        for property, end in _leads(claim):
            if end in selection.claims or _other(canvas, workspace, selection, end):
                canvas.edge(claim.id, property, end, claim)


def _sources(canvas: Canvas, workspace: Exportable, selection: Selection) -> None:
    by_source: dict[str, list[Node]] = {iri: [] for iri in selection.sources}
    for claim in selection.claims.values():
        by_source[selection.source(claim).id].append(claim)
    for iri, claims in by_source.items():
        counted = {k: v for k, v in counts(claims, canvas.labels).items() if k != "sources"}
        _source(canvas, selection.sources[iri], counted)
    for claim in selection.claims.values():
        for property, end in _leads(claim):
            if end in selection.claims:
                end = selection.source(selection.claims[end]).id
            if _other(canvas, workspace, selection, end):
                canvas.edge(selection.source(claim).id, property, end, claim)


def _leads(claim: Node) -> list[tuple[str, str]]:
    """Where a claim leads: its links, what it rests on and what it cites, each with the property."""
    linked = [(f.path, iri) for f, iri in claim.iris() if f.kind is Kind.LINK]
    roots = [(_RESTS_ON, root) for part in claim.parts(_RESTS_ON) if (root := part.one(_ROOT))]
    return [*linked, *roots, *((_CITES, iri) for iri in claim.atoms(_CITES))]


def _other(canvas: Canvas, workspace: Exportable, selection: Selection, iri: str) -> bool:
    """Put the node that a claim leads to, unless it is a claim that was not chosen."""
    if workspace.iris.is_("claim", iri):
        return False
    if iri in selection.sources:
        _source(canvas, selection.sources[iri])
    else:
        canvas.term(iri)
    return True


def _source(canvas: Canvas, source: Node, counted: Mapping[str, str | int] | None = None) -> None:
    kind = source.one(STEMMA + "kind")
    about = {
        "class": canvas.labels.name(kind) if kind else None,
        "published": source.one(STEMMA + "published"),
        "publisher": source.one(STEMMA + "publisher"),
        "url": source.one(STEMMA + "url"),
        "interests": "; ".join(source.atoms(STEMMA + "interest")),
    }
    canvas.node(source.id, "source", canvas.labels.source(source), {**about, **(counted or {})})


_VIEWS: Mapping[str, Callable[[Canvas, Exportable, Selection], None]] = MappingProxyType(
    {"entities": _entities, "claims": _claims, "sources": _sources}
)
