"""The application: one workspace, every route, no state but what it is given."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from api import linked, problems, queries, sparql, void
from api.courtesy import Courtesy
from api.description import describe
from api.kept import Kept
from api.pages import routes
from api.pages.site import STATIC, Site
from api.rest import assessments, claims, conflicts, entities, graph, lineage, schema, sources, trials
from kg import __version__
from kg.browse import Browser
from kg.workspace import Workspace


def create_app(workspace: Workspace) -> FastAPI:
    """The service over an open workspace; closing it stays with the caller.

    :returns: an ASGI application.
    """
    app = FastAPI(
        title="Stemma",
        version=__version__,
        description="Claims, their words and their roots.",
        docs_url=None,  # these two load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.workspace = workspace
    app.state.browser = Browser(workspace)
    app.state.kept = Kept(lambda: (workspace.committer.number, frozenset(workspace.library)))
    app.state.site = Site(workspace, app.state.browser, app.state.kept)
    for part in (
        sparql,
        claims,
        sources,
        entities,
        conflicts,
        assessments,
        trials,
        lineage,
        graph,
        schema,
        void,
        queries,
        linked,
        routes,
    ):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    # Whoever may reach the service may read it, so scripts of other pages may too.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=["ETag", "Link"],
    )
    app.add_middleware(Courtesy)
    describe(app, workspace, app.state.browser)
    return app
