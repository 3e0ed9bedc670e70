"""What linked data needs beside a page: the chronicle of the workspace, kept with the application."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from api.chronicle import Chronicle


def chronicle(request: Request) -> Chronicle:
    """When each record was touched; made with the first question."""
    state = request.app.state
    if not hasattr(state, "chronicle"):
        state.chronicle = Chronicle(state.workspace.journal)
    return cast(Chronicle, state.chronicle)


ChronicleDep = Annotated[Chronicle, Depends(chronicle)]
