"""What a model may ask, answered by the service's own routes. Knows nothing of the protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.mcp.doors import Door
from api.mcp.telling import Json, mark, named, shortened, whole
from kg.errors import NotFound, UsageError
from kg.schema.names import STEMMA

Filters = Mapping[str, str | Sequence[str]]

STANDING = ("accepted", "proposed")
"""The states of claims that count, unless others are asked for."""

MOST_CLAIMS = 50
"""Most claims that are found at once."""

MOST_MARKS = 20
"""Most claims that are told in brief beside an answer that names them."""

MOST_ROWS = 500
"""Most rows of a SPARQL answer that are told."""


@dataclass(frozen=True)
class Reader:
    """Answers a model's questions.

    :param door: the way to the service.
    """

    door: Door

    async def search(self, text: str, filters: Filters, limit: int, cursor: str | None) -> Json:
        """The claims that pass every filter, in brief."""
        _bounded(limit, MOST_CLAIMS)
        asked = _pairs({"status": STANDING, **filters, **({"text": text} if text else {})})
        more = [("limit", str(limit)), *([("cursor", cursor)] if cursor else [])]
        page = await self.door.get("/api/v1/claims", [*asked, *more])
        return {"total": page["total"], "claims": [mark(c) for c in page["items"]], "next": page["next"]}

    async def claim(self, id: str) -> Json:
        """One claim with all that its record holds."""
        return whole(await self.door.get(f"/api/v1/claims/{quote(id, safe='')}"))

    async def conflicts(self, claim: str, limit: int) -> Json:
        """Who contradicts a claim or is in tension with it, and by which rule."""
        _bounded(limit, MOST_CLAIMS)
        me = await self.claim(claim)
        page = await self.door.get("/api/v1/conflicts", [("claim", str(me["id"])), ("limit", str(limit))])
        return await self._told({"of": me["id"], "total": page["total"], "conflicts": page["items"]})

    async def lineage(self, claim: str) -> Json:
        """Where a claim comes from: its roots, the steps to them, and its links to other claims."""
        found = await self.door.get(f"/api/v1/lineage/{quote(claim, safe='')}")
        return await self._told(shortened(found, 20))

    async def assess(self, variant: str | None, disease: str | None, limit: int) -> Json:
        """The Table of Evidence of therapies, with the rule behind each letter."""
        _bounded(limit, 20)
        asked = [(n, v) for n, v in (("variant", variant), ("disease", disease)) if v]
        page = await self.door.get("/api/v1/assessments", asked)
        kept = [{n: v for n, v in item.items() if n != "weighed"} for item in page["items"][:limit]]
        return await self._told({"total": page["total"], "assessments": shortened(kept)})

    async def look_up(self, text: str, limit: int) -> Json:
        """A term by CURIE or IRI with its claims in brief, or the terms that a text names."""
        _bounded(limit, MOST_CLAIMS)
        if ":" in text:
            try:
                found = await self.door.get(f"/api/v1/entities/{quote(text, safe=':')}")
            except NotFound:
                pass
            else:
                return await self._told(shortened(found))
        page = await self.door.get("/api/v1/entities", [("text", text), ("limit", str(limit))])
        return {"total": page["total"], "entities": page["items"]}

    async def trials(self, filters: Filters, limit: int, cursor: str | None) -> Json:
        """The trials that claims tell of, each value with the claims that it comes from."""
        _bounded(limit, 20)
        more = [("limit", str(limit)), *([("cursor", cursor)] if cursor else [])]
        page = await self.door.get("/api/v1/trials", [*_pairs(filters), *more])
        told = {"total": page["total"], "trials": shortened(page["items"], 20), "next": page["next"]}
        return await self._told(told)

    async def select(self, query: str, limit: int) -> Json:
        """The rows of a SELECT or the truth of an ASK, and the claims that the rows name."""
        _bounded(limit, MOST_ROWS)
        found = await self.door.get("/sparql", [("query", query)], "application/sparql-results+json")
        if "boolean" in found:
            return {"answer": found["boolean"]}
        if "results" not in found:
            raise UsageError("only SELECT and ASK are answered here", hint="Write the query as a SELECT.")
        rows = [{name: cell["value"] for name, cell in row.items()} for row in found["results"]["bindings"]]
        told: Json = {"variables": found["head"]["vars"], "total": len(rows), "rows": rows[:limit]}
        if len(rows) > limit:
            told["note"] = f"{len(rows) - limit} rows are left out; ask for fewer, or with a higher limit."
        return await self._told(told)

    async def vocabulary(self, kind: str | None) -> Json:
        """The filters, the words of their lists and the prefixes; or the terms of one kind."""
        terms = (await self.door.get("/ontology.json"))["items"]
        if kind:
            found = [t for t in terms if any(kind in (x, x.partition(":")[2]) for x in t.get("types", ()))]
            if not found:
                kinds = sorted({x for t in terms for x in t.get("types", ())})
                raise UsageError("there are no terms of this kind", where=kind, hint=f"Kinds: {', '.join(kinds)}.")
            return {"kind": kind, "total": len(found), "terms": found}
        described = await self.door.get("/openapi.json")
        counts: dict[str, int] = {}
        for t in terms:
            for x in t.get("types", ()):
                counts[x] = counts.get(x, 0) + 1
        return {
            "filtersOfClaims": _filters(described, "/api/v1/claims"),
            "filtersOfTrials": _filters(described, "/api/v1/trials"),
            "prefixes": await self.door.get("/prefixes"),
            "kindsOfTerms": dict(sorted(counts.items())),
            "words": _meanings(described, terms),
        }

    async def examples(self) -> Json:
        """The example queries."""
        return dict(await self.door.get("/queries"))

    async def _told(self, answer: Json) -> Json:
        """An answer with every claim that it names in brief beside it, as many as may be."""
        names = list(dict.fromkeys(named(answer)))
        found = [await self._mark(name) for name in names[:MOST_MARKS]]
        answer["claims"] = [m for m in found if m is not None]
        if len(names) > MOST_MARKS:
            answer["claimsLeftOut"] = len(names) - MOST_MARKS
        return answer

    async def _mark(self, claim: str) -> Json | None:
        try:
            return mark(await self.door.get(f"/api/v1/claims/{quote(claim, safe='')}"))
        except NotFound:
            return None  # another's claim, which is not here


def _filters(described: Mapping[str, Any], path: str) -> list[Json]:
    found = []
    for p in described["paths"][path]["get"]["parameters"]:
        schema = p["schema"]
        words = schema.get("enum") or schema.get("items", {}).get("enum")
        found.append({"name": p["name"], "about": p.get("description", ""), **({"words": words} if words else {})})
    return found


def _meanings(described: Mapping[str, Any], terms: Iterable[Mapping[str, Any]]) -> list[Json]:
    """What the words of the closed lists mean."""
    words = {w for f in _filters(described, "/api/v1/claims") for w in f.get("words", ())}
    found = [t for t in terms if t.get("notation") in words and t["id"].startswith(STEMMA)]
    return [{"word": t["notation"], "of": t["types"][0], "means": t.get("definition", t["label"])} for t in found]


def _pairs(filters: Filters) -> list[tuple[str, str]]:
    listed: Iterable[tuple[str, Sequence[str]]] = (
        (name, (values,) if isinstance(values, str) else values) for name, values in filters.items()
    )
    return [(name, value) for name, values in listed for value in values]


def _bounded(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise UsageError(f"the limit is a number from 1 to {most}", where="limit")
