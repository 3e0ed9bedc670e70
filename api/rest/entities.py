"""``/api/v1/entities``: a term of the vocabulary, and what is claimed of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import BrowserDep, WorkspaceDep
from api.rest.sources import counts
from kg.browse import MAX_LIMIT, STANDING, Browser, Question
from kg.errors import NotFound, UsageError
from kg.schema.names import ENTITY, RELATION
from kg.schema.vocabulary import Term
from kg.workspace import Workspace

router = APIRouter(prefix="/api/v1", tags=["Records"])

ROLES = ("subject", "object", "of", "qualifier", "mention")
"""Where in a claim an entity may stand; a relation stands in none of them."""

SHOWN = 50
"""How many claims of each role are told with an entity."""


@router.get("/entities", operation_id="findEntities", summary="Find entities by name")
def find(
    workspace: WorkspaceDep,
    browser: BrowserDep,
    text: str = Query("", description="Words of the label, a synonym or the CURIE; empty for every entity in a claim."),
    limit: int = Query(50, description=f"How many, from 1 to {MAX_LIMIT}."),
) -> JSONResponse:
    """The entities whose names hold the words, those with the most claims first."""
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"the limit is a number from 1 to {MAX_LIMIT}", where="limit")
    found = named(workspace, browser, text)
    items = [{**workspace.writer.term(t.iri), "claims": n} for t, n in found[:limit]]
    return JSONResponse({"items": items, "total": len(found)})


@router.get("/entities/{curie:path}", operation_id="readEntity", summary="Read one entity")
def read(curie: str, workspace: WorkspaceDep, browser: BrowserDep) -> dict[str, Any]:
    """A term with its names, what is broader and narrower, and the claims that hold it in each role.

    Counted and shown are claims that are proposed or accepted; `href` finds the same ones.
    """
    return entity_json(workspace, browser, term(workspace, curie))


def term(workspace: Workspace, text: str) -> Term:
    """The term of a CURIE or IRI.

    :raises NotFound: if it is not in the vocabulary.
    """
    found = workspace.profile.vocabulary.get(workspace.profile.prefixes.iri(text) or "")
    if found is None:
        hint = "Find it by name at /api/v1/entities?text=..."
        raise NotFound("this term is not in the vocabulary", where=text, hint=hint)
    return found


def named(workspace: Workspace, browser: Browser, text: str) -> list[tuple[Term, int]]:
    """The entities whose label, synonyms or CURIE hold every word of a text, and in how many claims they stand."""
    in_claims = dict(browser.tally({"status": STANDING}, "entity"))
    words = text.casefold().split()
    found = []
    for t in workspace.profile.vocabulary.members(ENTITY):
        names = [n.casefold() for n in (t.label, *t.synonyms, workspace.profile.prefixes.compress(t.iri) or t.iri)]
        if any(all(w in name for w in words) for name in names) if words else t.iri in in_claims:
            exact = text.casefold().strip() in names
            found.append((not exact, -in_claims.get(t.iri, 0), t.label.casefold(), t))
    return [(t, -n) for _, n, _, t in sorted(found, key=lambda entry: entry[:3])]


def holding(browser: Browser, role: str, iri: str) -> Question:
    """The claims, proposed or accepted, that hold a term itself in a role."""
    return browser.question({"status": STANDING}, exact={role: frozenset((iri,))})


def entity_json(workspace: Workspace, browser: Browser, term: Term) -> dict[str, Any]:
    """A term for JSON; see :func:`read`."""
    vocabulary, writer = workspace.profile.vocabulary, workspace.writer
    narrower = sorted(t.iri for t in vocabulary if term.iri in t.broader)
    told = {
        **writer.term(term.iri),
        "definition": term.definition or None,
        "synonyms": list(term.synonyms) or None,
        "types": [writer.term(c) for c in sorted(term.classes) if c in vocabulary],
        "deprecated": term.deprecated or None,
        "replacedBy": writer.term(term.replaced_by) if term.replaced_by else None,
        "broader": [writer.term(iri) for iri in term.broader],
        "narrower": [writer.term(iri) for iri in narrower],
        "claims": {role: _role(browser, role, term.iri) for role in roles(term)},
    }
    return {key: value for key, value in told.items() if value is not None}


def roles(term: Term) -> tuple[str, ...]:
    """Where in a claim a term may stand."""
    return ("relation",) if RELATION in term.classes else ROLES


def _role(browser: Browser, role: str, iri: str) -> dict[str, Any]:
    asked = holding(browser, role, iri)
    shown = ("id", "paraphrase", "polarity", "certainty")
    query = urlencode([(role, iri), *(("status", status) for status in STANDING)])
    return {
        **counts(browser, asked),
        "href": f"/api/v1/claims?{query}",
        "items": [{key: record[key] for key in shown} for record in browser.page(asked, limit=SHOWN).items],
    }
