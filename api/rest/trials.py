"""``/api/v1/trials``: the trials that claims tell of, one item each."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import SiteDep
from api.rest.claims import Cursor, Limit, filters, paged
from kg.browse import Page, cut
from kg.trials.browse import Trial

router = APIRouter(prefix="/api/v1", tags=["Reasoning"])


@router.get("/trials", operation_id="findTrials", summary="Find trials")
def find(request: Request, site: SiteDep, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """The trials that pass every filter, each value with the claims, proposed or accepted, that it comes from.

    A filter takes a CURIE, an IRI, a label or a synonym, and terms below it count too. What is asked of
    the therapy must stand in one statement of what the trial gives.
    """
    found = site.trials().select(filters(request), site.browser)
    shown, after = cut(found, place, limit, cursor)
    return paged(request, Page(tuple(t.as_dict() for t in shown), len(found), after))


def place(trial: Trial) -> str:
    """What trials are sorted and paged by."""
    return f"{int(trial.number is None)} {trial.number or ''} {trial.id}"
