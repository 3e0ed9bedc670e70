"""``/openapi.json``: what the code says of the routes, and what only the profile and the workspace know.

The filters, the schemas of the records and the examples are those of the workspace that is served.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.rest.claims import PAGING
from kg.browse import Browser, Filter
from kg.schema.jsonschema import json_schema
from kg.schema.names import STEMMA
from kg.trials.browse import read_slots
from kg.workspace import Workspace

Json = dict[str, Any]

_PROBLEM: Json = {
    "title": "Problem",
    "description": "What went wrong, where, and what to do (RFC 9457).",
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("type", "title", "detail", "instance", "code", "where", "hint")},
        "status": {"type": "integer"},
        "findings": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "where", "hint", "findings"],
}

_IDS: Json = {"type": "array", "items": {"type": "string"}}
_RECEIPT: Json = {
    "title": "Receipt",
    "description": "What a commit did: IRIs of records.",
    "type": "object",
    "properties": {
        "commit": {"type": "integer", "description": "Its number; the last one's if nothing changed."},
        "dryRun": {"type": "boolean"},
        **dict.fromkeys(("added", "changed", "same"), _IDS),
        "findings": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
    "required": ["commit", "dryRun", "added", "changed", "same", "findings"],
}


_READ: Json = {"anyOf": [{"$ref": "#/components/schemas/Claim"}, {"$ref": "#/components/schemas/ClaimFields"}]}
"""A claim as it is read: whole, or the members that were asked for."""


def describe(app: FastAPI, workspace: Workspace, browser: Browser) -> None:
    """Give an application its description, made when it is asked for."""

    def made() -> Json:
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        found.setdefault("components", {})["schemas"] = _schemas(workspace)
        _filters(found, browser)
        _trial_filters(found, workspace)
        _errors(found)
        _examples(found, workspace)
        return found

    app.openapi = made  # type: ignore[method-assign]


def _schemas(workspace: Workspace) -> Json:
    """The records as the shapes tell them, their parts beside them."""
    schemas: Json = {"Problem": _PROBLEM}
    for record in ("claim", "source", "snapshot", "statement"):
        schema = json_schema(workspace.profile, record)
        parts = schema.pop("$defs", {})
        name = record.capitalize()
        schema = {k: v for k, v in schema.items() if k not in ("$schema", "$id")}
        for part, body in {**{_part(name, p): b for p, b in parts.items()}, name: schema}.items():
            moved = _moved(body, name)
            schemas[part] = {**moved, "title": part} if isinstance(moved, dict) else moved
    schemas["Record"] = {"anyOf": [{"$ref": f"#/components/schemas/{n}"} for n in ("Claim", "Source", "Snapshot")]}
    schemas["Records"] = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Record"}}
    parts = schemas["Claim"]["properties"]
    schemas["ClaimPatch"] = {
        "title": "ClaimPatch",
        "description": "Members that are replaced; null takes one away.",
        "type": "object",
        "properties": {name: {"anyOf": [told, {"type": "null"}]} for name, told in parts.items()},
        "additionalProperties": False,
    }
    schemas["ClaimFields"] = {
        "title": "ClaimFields",
        "description": "The members of a claim that `fields` chose.",
        "type": "object",
        "properties": parts,
        "required": ["id"],
        "additionalProperties": False,
    }
    schemas["Receipt"] = _RECEIPT
    schemas["Decision"] = _decision(workspace)
    schemas["Claims"] = {
        "title": "Claims",
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": _READ},
            "total": {"type": "integer", "description": "How many were found in all."},
            "next": {"type": ["string", "null"], "description": "Cursor of the next page; null on the last."},
        },
        "required": ["items", "total", "next"],
    }
    return schemas


def _decision(workspace: Workspace) -> Json:
    """A decision on claims, with the words that the ontology has for it."""
    vocabulary = workspace.profile.vocabulary

    def words(name: str) -> list[str]:
        return sorted(str(t.notation) for t in vocabulary.members(STEMMA + name))

    return {
        "title": "Decision",
        "type": "object",
        "properties": {
            "claims": {**_IDS, "minItems": 1, "description": "IRIs, or the last part of them."},
            "status": {"enum": words("ReviewStatus")},
            "reason": {"enum": words("ReviewReason")},
            "comment": {"type": "string"},
        },
        "required": ["claims", "status"],
        "additionalProperties": False,
    }


def _moved(schema: Any, name: str) -> Any:
    """A schema whose own definitions have become components."""
    if isinstance(schema, dict):
        return {k: _part_of(v, name) if k == "$ref" else _moved(v, name) for k, v in schema.items()}
    return [_moved(v, name) for v in schema] if isinstance(schema, list) else schema


def _part(name: str, part: str) -> str:
    """The component of a part of a record; generators make classes of these names, so each is its own."""
    return f"{name}{part[0].upper()}{part[1:]}Part"


def _part_of(ref: str, name: str) -> str:
    part = ref.removeprefix("#/$defs/")
    return ref if part == ref else f"#/components/schemas/{_part(name, part)}"


def _filters(found: Json, browser: Browser) -> None:
    operation = found["paths"]["/api/v1/claims"]["get"]
    own = [p for p in operation["parameters"] if p["name"] in PAGING]
    operation["parameters"] = [*(_parameter(f) for _, f in sorted(browser.filters.items())), *own]


def _trial_filters(found: Json, workspace: Workspace) -> None:
    operation = found["paths"]["/api/v1/trials"]["get"]
    asked = (Filter(s.word, s.about, s.cls, below=True) for s in read_slots(workspace.profile.vocabulary) if s.cls)
    operation["parameters"] = [*map(_parameter, asked), *operation["parameters"]]


def _parameter(asked: Filter) -> Json:
    below = " Terms below it count too." if asked.below else ""
    item: Json = {"enum": list(asked.words)} if asked.words else {"type": "string"}
    return {
        "name": asked.name,
        "in": "query",
        "description": asked.about + below,
        "schema": {"type": "array", "items": item},
        "explode": True,
    }


def _errors(found: Json) -> None:
    body = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = {"description": "What went wrong.", **body}


def _examples(found: Json, workspace: Workspace) -> None:
    """Show a claim of the workspace itself, so that the example is never out of date."""
    claims = list(islice(workspace.claims(), 1))
    page = {"items": claims, "total": len(workspace.records.ids("claim")), "next": None}
    for path, schema, examples in (
        ("/api/v1/claims", {"$ref": "#/components/schemas/Claims"}, [page] if claims else []),
        ("/api/v1/claims/{id}", _READ, claims),
    ):
        content: Json = {"schema": schema}
        if examples:
            content["example"] = examples[0]
        found["paths"][path]["get"]["responses"]["200"]["content"] = {"application/json": content}
