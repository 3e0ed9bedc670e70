"""``/api/v1/changes``: what was committed since a commit, as a list or as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from api.deps import WorkspaceDep
from api.rest.claims import next_link
from kg.errors import UsageError
from kg.store.journal import Entry
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["History"])

EVENTS = "text/event-stream"
_LOOK = 0.25
"""Seconds between two looks for a new commit."""
_ALIVE = 15.0
"""After so many seconds without one, a comment keeps the connection open."""

Since = Annotated[int | None, Query(description="Number of the last commit that is known; default 0.", ge=0)]
Most = Annotated[int, Query(description="How many commits, from 1 to 1000.", ge=1, le=1000)]


@router.get(
    "/changes",
    operation_id="listChanges",
    summary="What was committed since",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}, EVENTS: {}}}},
)
async def changes(request: Request, workspace: WorkspaceDep, since: Since = None, limit: Most = 100) -> Response:
    """The commits after `since`, oldest first: who, when, why, and which records became which version.

    With `Accept: text/event-stream` they come as events of the type `commit`, and later ones as they are
    made; `Last-Event-ID` goes on where a connection broke.
    """
    if EVENTS in request.headers.get("accept", ""):
        stream = _events(request, workspace, _last(request, since))
        return StreamingResponse(stream, media_type=EVENTS, headers={"Cache-Control": "no-store"})
    begun = since or 0
    last = workspace.committer.number
    told = await anyio.to_thread.run_sync(lambda: _told(workspace, begun, min(last, begun + limit)))
    after = begun + len(told)
    following = str(after) if told and after < last else None
    body = {"items": told, "last": last, "next": following}
    return JSONResponse(body, headers=next_link(request, following, name="since"))


def _told(workspace: Workspace, after: int, to: int) -> list[dict[str, Any]]:
    return [entry_json(e) for e in workspace.journal.entries(after, to)]


def entry_json(entry: Entry) -> dict[str, Any]:
    """A commit for JSON, without its quads."""
    touched = [{"id": t.id, "record": t.record, "before": t.before, "after": t.after} for t in entry.touched]
    return {"commit": entry.number, "at": entry.at, "agent": entry.agent, "why": entry.why, "records": touched}


def _last(request: Request, since: int | None) -> int:
    told = request.headers.get("last-event-id")
    if told is None:
        return since or 0
    if not told.isdecimal() or len(told) > 12:
        raise UsageError("this is no number of a commit", where="Last-Event-ID")
    return int(told)


async def _events(request: Request, workspace: Workspace, last: int) -> AsyncIterator[str]:
    quiet = 0.0
    yield ": from here on, every commit\n\n"
    while not await request.is_disconnected():
        now = workspace.committer.number
        if now > last:
            to = min(now, last + 100)
            for told in await anyio.to_thread.run_sync(_told, workspace, last, to):
                yield f"id: {told['commit']}\nevent: commit\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"
            last, quiet = to, 0.0
            continue
        if getattr(request.app.state, "stopping", False):
            return
        await asyncio.sleep(_LOOK)
        quiet += _LOOK
        if quiet >= _ALIVE:
            quiet = 0.0
            yield ": still here\n\n"
