"""Operating the service: whether it lives, whether it is ready, what it counts, what it takes."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from api.auth import PersonDep, needs, open_to_all
from api.auth.rules import Rules
from api.deps import WorkspaceDep
from api.metrics import MEDIA_TYPE, Meters
from api.settings import Settings
from api.vitals import Vitals
from kg.version import __version__

router = APIRouter(tags=["Operating"])


def _vitals(request: Request) -> Vitals:
    return cast(Vitals, request.app.state.vitals)


VitalsDep = Annotated[Vitals, Depends(_vitals)]


@router.get("/health", operation_id="readHealth", summary="Whether it lives", dependencies=[open_to_all()])
def health(workspace: WorkspaceDep, vitals: VitalsDep, caller: PersonDep) -> dict[str, str | int]:
    """That it answers. Whoever may read is also told what it serves."""
    alive: dict[str, str | int] = {"status": "ok", "version": __version__, "sandbox": vitals.sandbox}
    if caller.may("read"):
        alive |= {
            "workspace": workspace.name,
            "profile": workspace.profile.name,
            "commit": workspace.committer.number,
            "claims": len(workspace.records.ids("claim")),
        }
    return alive


@router.get("/ready", operation_id="readReady", summary="Whether it can do its work", dependencies=[open_to_all()])
def ready(vitals: VitalsDep) -> JSONResponse:
    """Whether the store can be read, the journal written and queries asked; 503 tells which of them is at fault."""
    faults = vitals.faults()
    good = not any(faults.values())
    body = {"ready": good, "commit": vitals.commits, "checks": {n: f or "ok" for n, f in faults.items()}}
    return JSONResponse(body, 200 if good else 503, headers=None if good else {"Retry-After": "5"})


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="What it counts",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    dependencies=[needs("reader")],
)
def metrics(request: Request) -> Response:
    """Requests, times, commits, refusals and ended queries, as Prometheus reads them."""
    return Response(cast(Meters, request.app.state.meters).text(), media_type=MEDIA_TYPE)


@router.get("/openapi.json", include_in_schema=False, dependencies=[needs("reader")])
def openapi(request: Request) -> JSONResponse:
    """What every route takes and gives, and whom it lets pass."""
    return JSONResponse(request.app.openapi())


def secure(app: FastAPI, rules: Rules, settings: Settings) -> None:
    """Have an application's description tell what each route needs of its caller."""
    described = app.openapi

    def made() -> dict[str, Any]:
        return rules.describe(described(), open_reading=settings.open_reading)

    app.openapi = made  # type: ignore[method-assign]
