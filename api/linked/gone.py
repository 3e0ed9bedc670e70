"""A retracted claim: 410, with who took it back, when and why, in every format."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from fastapi import Request
from pyoxigraph import NamedNode, Triple

from api.chronicle import Chronicle
from api.documents import Document, Maker, alternates, rdf_makers
from api.linked.telling import COLLECTION, address
from api.pages.site import Site
from api.problems import MEDIA_TYPE, Problem
from api.void import licensed
from kg.model.node import Node
from kg.schema.names import STEMMA
from kg.store.records import WITHHELD_RECORD

GONE = STEMMA + "retracted"
"""The review status of a claim that is answered with 410."""


def is_gone(node: Node) -> bool:
    """Whether a record was taken back."""
    return node.shape.record == "claim" and node.one(STEMMA + "reviewStatus") == GONE


def tombstone(request: Request, site: Site, chronicle: Chronicle, node: Node, name: str) -> Document:
    """What is told of a claim that was retracted: its state and the reason, not its content."""
    record, here = site.workspace.claim_json(node), address(name)
    review: dict[str, Any] = record["review"]
    reason = site.word("reason", str(review.get("reason", "")))
    why = f": {reason.label}" if reason else ""
    short = node.id.rsplit("/", 1)[-1]
    problem = Problem.of(
        request,
        410,
        "gone",
        f"this claim was retracted{why}",
        where=node.id,
        hint=f"What it said is kept at /api/v1/claims/{short}.",
    )

    def body() -> bytes:
        told = {**asdict(problem), "reason": review.get("reason"), "review": review}
        return json.dumps(told, ensure_ascii=False).encode("utf-8")

    def page() -> bytes:
        word = site.word_label("status", str(review["status"]))
        told: dict[str, Any] = {
            "told": problem,
            "review": review,
            "reason": reason,
            "status_label": word,
            "iri": node.id,
        }
        return bytes(site.render("tombstone.html", **told, alternates=alternates(here)).body)

    makers: dict[str, Maker] = {
        "html": page,
        "json": body,
        **rdf_makers(lambda: _triples(site, node), site.workspace.profile.prefixes, node.id),
    }
    return Document(
        node.id,
        here,
        makers,
        modified=chronicle.modified(node.id),
        links=(*licensed(site.workspace), COLLECTION),
        status=410,
        medias={"json": MEDIA_TYPE},
    )


def _triples(site: Site, node: Node) -> list[Triple]:
    """What the store tells of it: status, reason, time and version."""
    quads = site.workspace.store.quads(graph=NamedNode(node.id))
    return sorted((q.triple for q in quads if q.predicate.value != WITHHELD_RECORD), key=str)
