"""What describes the records: ontology, shapes, JSON-LD context and JSON Schema, as the workspace has them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api.deps import WorkspaceDep
from api.negotiate import choose
from kg import __version__
from kg.errors import NotFound, UsageError
from kg.schema.context import context
from kg.schema.jsonschema import json_schema

router = APIRouter(tags=["Schema"])

TURTLE = {"text/turtle": "ttl"}


@router.get("/ontology", operation_id="readOntology", summary="The ontology and vocabulary in Turtle")
def ontology(request: Request, workspace: WorkspaceDep) -> Response:
    """The Turtle files of the profile's ontology, one after the other."""
    return _turtle(request, workspace.profile.ontology_files)


@router.get("/shapes", operation_id="readShapes", summary="The shapes in Turtle")
def shapes(request: Request, workspace: WorkspaceDep) -> Response:
    """The Turtle files of the profile's shapes, one after the other."""
    return _turtle(request, workspace.profile.shapes_files)


@router.get("/shapes/{record}.schema.json", operation_id="readSchema", summary="The JSON Schema of a record")
def schema(record: str, workspace: WorkspaceDep) -> JSONResponse:
    """The JSON Schema (2020-12) of claims, sources, snapshots or statements, made from the shapes."""
    try:
        found = json_schema(workspace.profile, record)
    except UsageError as e:
        raise NotFound(e.message, where=record, hint=e.hint) from None
    return JSONResponse(found, media_type="application/schema+json")


@router.get("/context.jsonld", operation_id="readContext", summary="The JSON-LD context of a record")
def jsonld_context(
    workspace: WorkspaceDep, record: str = Query("claim", description="Which kind of record.")
) -> JSONResponse:
    """The JSON-LD 1.1 context of claims, or of another kind of record, made from the shapes."""
    found = context(workspace.profile, record, base=workspace.iris.base)
    return JSONResponse(found, media_type="application/ld+json")


@router.get("/health", operation_id="readHealth", summary="Whether it works")
def health(workspace: WorkspaceDep) -> dict[str, str | int]:
    """That the store answers, and how far it is."""
    return {
        "status": "ok",
        "version": __version__,
        "workspace": workspace.name,
        "profile": workspace.profile.name,
        "commit": workspace.committer.number,
        "claims": len(workspace.records.ids("claim")),
    }


def _turtle(request: Request, files: Iterable[Path]) -> Response:
    media, _ = choose(request.headers.get("accept"), request.query_params.get("format"), TURTLE)
    return Response("\n".join(path.read_text("utf-8") for path in files), media_type=media)
