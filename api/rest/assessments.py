"""``/api/v1/assessments``: what speaks for and against each therapy variant."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.deps import SiteDep
from api.rest.fresh import answer, commit_tag, refuse_unknown
from kg.browse import Browser
from kg.errors import UsageError
from kg.schema.names import ENTITY

router = APIRouter(prefix="/api/v1", tags=["Reasoning"])

VARIANT, DISEASE = "variant", "disease"

OneVariant = Annotated[
    str | None,
    Query(description="Only variants with this term or a narrower one in them: CURIE, IRI, or a label or synonym."),
]
OneDisease = Annotated[
    str | None,
    Query(description="In this disease, narrower ones taken in; default: in each that is stated, and in none."),
]


@router.get("/assessments", operation_id="findAssessments", summary="Weigh what is said of therapies")
def find(
    request: Request,
    site: SiteDep,
    variant: OneVariant = None,
    disease: OneDisease = None,
) -> Response:
    """Each therapy variant in each disease: the Table of Evidence (A to F, U) with the rule and the claims
    behind every letter, outcomes with score, weight and independent roots, sources with their interests.
    """
    refuse_unknown(request, (VARIANT, DISEASE))
    asked = one_term(site.browser, VARIANT, variant), one_term(site.browser, DISEASE, disease)

    def weighed() -> dict[str, Any]:
        found = site.assess(*asked)
        return {"items": [a.as_dict() for a in found], "total": len(found)}

    return answer(request, f"assessments-{commit_tag(site.workspace)}", weighed)


def one_term(browser: Browser, name: str, value: str | None) -> str | None:
    """The IRI of the one term whose label or synonym a filter's value is; else the value, as a CURIE or IRI.

    :raises UsageError: if several terms are called so.
    """
    found = browser.terms(value, ENTITY) if value and ":" not in value else ()
    if len(found) > 1:
        told = ", ".join(f"{t.label} ({t.iri})" for t in found)
        raise UsageError(f"several terms are called {value!r}", where=name, hint=f"Name one by its IRI: {told}.")
    return found[0].iri if found else value
