"""Operating the service: whether it lives, whether it is ready, and what it counts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from api.auth.rules import Rules
from api.settings import Settings

router = APIRouter(tags=["Operating"])


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """What every route takes and gives, and whom it lets pass."""
    return JSONResponse(request.app.openapi())


def secure(app: FastAPI, rules: Rules, settings: Settings) -> None:
    """Have an application's description tell what each route needs of its caller."""
    described = app.openapi

    def made() -> dict[str, Any]:
        return rules.describe(described(), open_reading=settings.open_reading)

    app.openapi = made  # type: ignore[method-assign]
