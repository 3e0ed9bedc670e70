"""The addresses of the pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.auth import needs
from api.deps import SiteDep
from api.linked import answer_entity
from api.pages import clashes, lists, registered, weighing
from api.pages.ask import ask

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
def home(site: SiteDep) -> HTMLResponse:
    """Counts, a search box, a picture and the newest sources."""
    return site.render("home.html", **lists.home(site))


@router.get("/search")
def search(request: Request, site: SiteDep, cursor: str | None = None) -> HTMLResponse:
    """The claims that pass the filters, with facets."""
    return site.render("search.html", **lists.search(site, _told(request), cursor))


@router.get("/conflicts")
def conflicts(request: Request, site: SiteDep, cursor: str | None = None) -> HTMLResponse:
    """The pairs of claims that clash, by rule."""
    return site.render("conflicts.html", **clashes.conflicts(site, _told(request), cursor))


@router.get("/assessments")
def assessments(request: Request, site: SiteDep) -> HTMLResponse:
    """The letters of every therapy variant, and a map of them."""
    return site.render("assessments.html", **weighing.assessments(site, _told(request)))


@router.get("/assessments/{key}")
def assessment(key: str, site: SiteDep) -> HTMLResponse:
    """One therapy variant: its letters, their rules, and the claims behind them."""
    return site.render("assessment.html", **weighing.assessment(site, key))


@router.get("/trials")
def trials(request: Request, site: SiteDep, cursor: str | None = None) -> HTMLResponse:
    """The trials that claims tell of."""
    return site.render("trials.html", **registered.trials(site, _told(request), cursor))


@router.get("/sources")
def sources(site: SiteDep) -> HTMLResponse:
    """Every source."""
    return site.render("sources.html", sources=lists.source_list(site))


@router.get("/entities")
def entities(site: SiteDep, q: str = "") -> HTMLResponse:
    """The entities in claims, or those that are named so."""
    return site.render("entities.html", **lists.entity_list(site, q))


@router.get("/entity/{curie:path}")
def entity(request: Request, curie: str, site: SiteDep) -> Response:
    """A term of the vocabulary, also a foreign one, in the format that is accepted."""
    return answer_entity(request, site, curie)


@router.get("/query", dependencies=[needs("reader", costs=True)])
def query(site: SiteDep, query: Annotated[str, Query()] = "") -> HTMLResponse:
    """A form for SPARQL, and its answer as a table."""
    return site.render("query.html", **ask(site, query))


def _told(request: Request) -> dict[str, list[str]]:
    """The parameters of a page, without the place in it."""
    return {n: request.query_params.getlist(n) for n in request.query_params if n != "cursor"}
