"""The application: one workspace, every route, no state but what it is given."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles

from api import graphs, linked, operating, problems, queries, refusal, sparql, void
from api.auth import needs, reads
from api.auth.access import Access
from api.auth.guard import Guard
from api.auth.rules import Rules
from api.compress import Compress
from api.courtesy import Courtesy
from api.description import describe
from api.kept import Kept
from api.logs import Watch
from api.metrics import Meters
from api.once import Once
from api.pages import routes
from api.pages.site import STATIC, Site
from api.rest import (
    assessments,
    changes,
    claims,
    conflicts,
    entities,
    finding,
    graph,
    lineage,
    schema,
    sources,
    trials,
    writing,
)
from api.settings import Settings
from api.vitals import Vitals
from kg import __version__
from kg.browse import Browser
from kg.workspace import Workspace


def create_app(workspace: Workspace, settings: Settings | None = None) -> FastAPI:
    """The service over an open workspace; closing it stays with the caller.

    :param settings: how it runs; ``None`` for the defaults, whatever the environment says.
    :returns: an ASGI application.
    :raises RuntimeError: if a route does not say what it needs of its caller.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Stemma",
        version=__version__,
        description="Claims, their words and their roots.",
        docs_url=None,  # these two load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # it has a route like any other
        redirect_slashes=False,
    )
    access = app.state.access = Access.of(workspace, settings)
    vitals = app.state.vitals = Vitals(workspace)
    meters = app.state.meters = Meters(vitals)
    app.state.workspace = workspace
    app.state.once = Once(workspace.path / "answers.sqlite")
    app.state.browser = Browser(workspace)
    app.state.kept = Kept(lambda: (workspace.committer.number, frozenset(workspace.library)))
    app.state.site = Site(workspace, app.state.browser, app.state.kept)
    app.include_router(operating.router)
    app.include_router(sparql.router, dependencies=[needs("reader", costs=True)])
    for part in (
        graphs,
        writing,
        claims,
        finding,
        changes,
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
        app.include_router(part.router, dependencies=[reads()])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app)
    refusal.install(app)
    rules = Rules(app, access.roles, open=["/static"])
    app.add_middleware(Guard, access=access, rules=rules)
    # Whoever may reach the service may read it, so scripts of other pages may too.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*"],  # Authorization with them; there are no cookies
        expose_headers=["*"],
    )
    app.add_middleware(Compress)
    app.add_middleware(Courtesy)
    app.add_middleware(Watch, meters=meters)
    describe(app, workspace, app.state.browser)
    operating.secure(app, rules, settings)
    return app
