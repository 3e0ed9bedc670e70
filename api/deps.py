"""What endpoints are given: the workspace and what reads it, from the application's state."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from api.kept import Kept
from api.pages.site import Site
from kg.browse import Browser
from kg.workspace import Workspace


def workspace(request: Request) -> Workspace:
    """The workspace that the application serves."""
    return cast(Workspace, request.app.state.workspace)


def browser(request: Request) -> Browser:
    """What finds and counts its claims."""
    return cast(Browser, request.app.state.browser)


def kept(request: Request) -> Kept:
    """What is kept until the next commit."""
    return cast(Kept, request.app.state.kept)


def site(request: Request) -> Site:
    """What writes its pages."""
    return cast(Site, request.app.state.site)


WorkspaceDep = Annotated[Workspace, Depends(workspace)]
BrowserDep = Annotated[Browser, Depends(browser)]
KeptDep = Annotated[Kept, Depends(kept)]
SiteDep = Annotated[Site, Depends(site)]
