"""``/api/v1/conflicts``: the pairs of claims that clash, each with the rule that finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from api.deps import SiteDep
from api.pages.site import Site
from api.rest.claims import PAGING, Cursor, Limit, paged
from api.rest.fresh import refuse_unknown
from kg.browse import Page
from kg.conflict.desk import Asked
from kg.errors import UsageError
from kg.schema.names import STEMMA, local_name

router = APIRouter(prefix="/api/v1", tags=["Reasoning"])

FILTERS = ("kind", "rule", "source")

OneClaim = Annotated[str | None, Query(description="Only those of this claim: its IRI, or the last part of it.")]
Kinds = Annotated[list[str] | None, Query(description="`contradiction` or `tension`.")]
RulesOf = Annotated[list[str] | None, Query(description="The rule that finds it: its CURIE, IRI, or the last part.")]
Sources = Annotated[list[str] | None, Query(description="A source on either side: its IRI, or the last part of it.")]


@router.get("/conflicts", operation_id="findConflicts", summary="Find claims that clash")
def find(
    request: Request,
    site: SiteDep,
    claim: OneClaim = None,
    kind: Kinds = None,
    rule: RulesOf = None,
    source: Sources = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> JSONResponse:
    """Every pair of claims, proposed or accepted, that contradict each other or are in tension.

    Of one filter given twice, either value is enough.
    """
    refuse_unknown(request, ("claim", *FILTERS, *PAGING))
    wanted = asked(site, {"kind": kind or (), "rule": rule or (), "source": source or ()}, claim)
    page = site.workspace.clashes().page(wanted, limit=limit, cursor=cursor)
    return paged(request, Page(tuple(c.as_dict() for c in page.items), page.total, page.next))


def asked(site: Site, filters: Mapping[str, Sequence[str]], claim: str | None = None) -> Asked:
    """What filters ask for.

    :param filters: ``kind``, ``rule`` and ``source`` to values; one of them is enough, none takes all.
    :param claim: only those of this claim: its IRI, or the last part of it.
    :raises UsageError: if there is no such filter, kind or rule.
    :raises NotFound: if there is no such claim.
    """
    meant = {name: frozenset(_meant(site, name, v) for v in values) for name, values in filters.items()}
    none: frozenset[str] = frozenset()
    return Asked(
        kinds=meant.get("kind", none),
        rules=meant.get("rule", none),
        sources=meant.get("source", none),
        claim=site.workspace.teller.claim(claim).id if claim else None,
    )


def _meant(site: Site, name: str, value: str) -> str:
    profile = site.workspace.profile
    match name:
        case "kind":
            known: dict[str, Any] = {str(t.notation): t for t in profile.vocabulary.members(STEMMA + "ConflictKind")}
            found = value if value in known else None
        case "rule":
            rules = [t.iri for t in profile.vocabulary.members(STEMMA + "ConflictRule")]
            known = {local_name(iri): iri for iri in rules}
            found = known.get(value) or (iri if (iri := profile.prefixes.iri(value)) in rules else None)
        case "source":
            return value if value.startswith(("http://", "https://")) else site.workspace.iris.of("source", value)
        case _:
            raise UsageError("no such filter", where=name, hint=f"Filters: {', '.join(FILTERS)}.")
    if found is None:
        raise UsageError(f"no such value: {value!r}", where=name, hint=f"One of {', '.join(sorted(known))}.")
    return found
