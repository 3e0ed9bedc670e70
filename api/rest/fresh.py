"""Answers that stay the same until something is committed: entity tags, and 304 (RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from kg.errors import UsageError
from kg.workspace import Workspace


def answer(request: Request, tag: str, make: Callable[[], Any]) -> Response:
    """What is made, as JSON under its tag; 304 without a body if the client has it already.

    :param make: makes what is written as JSON, or the JSON itself as bytes.
    """
    headers = {"ETag": f'"{tag}"'}
    known = (t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(","))
    if headers["ETag"] in known:
        return Response(status_code=304, headers=headers)
    made = make()
    if isinstance(made, bytes):
        return Response(made, media_type="application/json", headers=headers)
    return JSONResponse(made, headers=headers)


def commit_tag(workspace: Workspace) -> str:
    """A tag that changes with every commit and with the profile."""
    return f"{workspace.committer.number}-{workspace.profile.digest[-12:]}"


def refuse_unknown(request: Request, known: Mapping[str, Any] | Iterable[str]) -> None:
    """:raises UsageError: if the request has a parameter that nothing here reads."""
    names = sorted(known)
    for name in request.query_params:
        if name not in names:
            raise UsageError("no such filter", where=name, hint=f"Filters: {', '.join(names)}.")
