"""The pages of assessments: the evidence map and the letters of every variant, and one variant in full."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.pages.site import Site, url
from api.rest.assessments import DISEASE, VARIANT, one_term
from kg.assess.picture import evidence_map
from kg.assess.values import Assessment
from kg.errors import NotFound, UsageError
from kg.model.digest import short_hash
from kg.schema.names import STEMMA

DRAWN = 12
"""How many variants the map on the page shows."""
NOT_STATED = "none"
"""The disease of claims that state none, in an address."""

OUTCOMES = 8
"""How many outcomes it shows."""

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Drawing:
    """An evidence map as SVG, and how much of what there is stands on it."""

    svg: str
    rows: int
    all_rows: int
    outcomes: int
    all_outcomes: int


def assessments(site: Site, told: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the page of all assessments tells.

    :param told: ``variant`` and ``disease``: a term each. Without a disease, the one with most claims.
    :raises UsageError: if a parameter or a term is not known.
    """
    if unknown := [name for name in told if name not in (VARIANT, DISEASE)]:
        raise UsageError("no such filter", where=unknown[0], hint=f"Filters: {VARIANT}, {DISEASE}.")
    asked = {name: next((v for v in values if v.strip()), "") for name, values in told.items()}
    variant = _iri(site, VARIANT, asked[VARIANT]) if asked.get(VARIANT) else None
    every = site.assess(variant) if variant else site.assessments()
    disease = _disease(site, every, asked.get(DISEASE, ""))
    shown = [a for a in every if (a.disease.id if a.disease else NOT_STATED) == disease]
    return {
        "assessments": [(key(a), a) for a in shown],
        "columns": _columns(site, shown),
        "grades": _grades(site),
        "map": drawing(shown),
        "every": len(every),
        "variant": site.term(variant) if variant else None,
        "disease": shown[0].disease if shown else None,
        "diseases": _diseases(site, every, disease, asked.get(VARIANT) or None),
        "claims": len({c.id for a in shown for c in a.claims}),
        "review": review(site, {c.id for a in shown for c in a.claims}),
        "formula": shown[0].formula if shown else "",
        "json": url("/api/v1/assessments", variant=asked.get(VARIANT), disease=_query(site, disease)),
    }


def assessment(site: Site, name: str) -> dict[str, Any]:
    """What the page of one assessment tells.

    :param name: its :func:`key`.
    :raises NotFound: if there is none of that name.
    """
    found = next((a for a in site.assessments() if key(a) == name), None)
    if found is None:
        hint = "They are listed at /assessments; one goes when the last claim on its variant goes."
        raise NotFound("there is no such assessment", where=name, hint=hint)
    records = site.records()
    return {
        "a": found,
        "columns": _columns(site, [found]),
        "records": records,
        "weights": {c.id: c for c in found.claims},
        "behind": {word: _sides(found, cell.claims) for word, cell in found.table.items()},
        "map": drawing([found]),
        "review": review(site, {c.id for c in found.claims}),
        "json": url(
            "/api/v1/assessments",
            variant=[_query(site, t.id) for terms in found.variant.slots.values() for t in terms][:1],
            disease=_query(site, found.disease.id) if found.disease else None,
        ),
    }


def key(assessment: Assessment) -> str:
    """The name of an assessment in an address: the same for the same variant and disease."""
    terms = [f"{word}={t.id}" for word, ts in sorted(assessment.variant.slots.items()) for t in ts]
    return short_hash(" ".join([*terms, assessment.disease.id if assessment.disease else NOT_STATED]), 12)


def drawing(assessments: Sequence[Assessment]) -> Drawing | None:
    """The evidence map to stand in a page: those of most claims, and the outcomes of most weight.

    Its style is in the style sheet, since the policy of the pages allows none inline.

    :returns: ``None`` if no outcome is known.
    """
    weights: Counter[str] = Counter()
    for a in assessments:
        weights.update({o.outcome.id: round(1000 * o.weight) + len(o.claims) for o in a.outcomes})
    widest = {iri for iri, _ in weights.most_common(OUTCOMES)}
    rows = [replace(a, outcomes=tuple(o for o in a.outcomes if o.outcome.id in widest)) for a in assessments[:DRAWN]]
    if not widest:
        return None
    return Drawing(_STYLE.sub("", evidence_map(rows)), len(rows), len(assessments), len(widest), len(weights))


def review(site: Site, claims: set[str]) -> dict[str, int]:
    """How claims were reviewed: ``accepted``, of these ``software`` by software only, and ``proposed``."""
    records = site.browser.of(sorted(claims))
    statuses = Counter(r["review"]["status"] for r in records)
    accepted = [r for r in records if r["review"]["status"] == "accepted"]
    return {
        "accepted": len(accepted),
        "software": sum(site.browser.reviewer(r) == "software" for r in accepted),
        "proposed": statuses["proposed"],
    }


def _sides(assessment: Assessment, claims: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The claims behind a letter by what they speak, the heaviest first."""
    weights = {c.id: c for c in assessment.claims}
    found = []
    for side in ("for", "against"):
        mine = [weights[id] for id in claims if id in weights and weights[id].speaks == side]
        found.append((side, [c.id for c in sorted(mine, key=lambda c: (-c.weight, c.id))]))
    return [(side, ids) for side, ids in found if ids]


def _disease(site: Site, every: Sequence[Assessment], asked: str) -> str:
    counts = Counter(a.disease.id if a.disease else NOT_STATED for a in every)
    if asked == NOT_STATED:
        return NOT_STATED
    if not asked:
        return max(counts, key=lambda iri: (iri != NOT_STATED, counts[iri], iri), default=NOT_STATED)
    return _iri(site, DISEASE, asked)


def _iri(site: Site, name: str, text: str) -> str:
    """The IRI of a term that an address names."""
    profile = site.workspace.profile
    iri = profile.prefixes.iri(one_term(site.browser, name, text) or text)
    if iri is None or iri not in profile.vocabulary:
        raise UsageError("this term is not known", where=text, hint="Choose one at /assessments.")
    return iri


def _diseases(
    site: Site, every: Sequence[Assessment], chosen: str, variant: str | None
) -> list[tuple[str, int, str, bool]]:
    """Label, number of variants, address and whether it is chosen, of each disease that is assessed."""
    counts = Counter(a.disease.id if a.disease else NOT_STATED for a in every)
    labels = {a.disease.id: a.disease.label for a in every if a.disease} | {NOT_STATED: "no disease stated"}
    order = sorted(counts, key=lambda iri: (iri == NOT_STATED, -counts[iri], labels[iri]))
    return [
        (labels[iri], counts[iri], url("/assessments", variant=variant, disease=_query(site, iri)), iri == chosen)
        for iri in order
    ]


def _query(site: Site, iri: str) -> str:
    return site.workspace.profile.prefixes.compress(iri) or iri


def _columns(site: Site, assessments: Sequence[Assessment]) -> dict[str, tuple[str, str]]:
    """Column word to its label and definition, in the order of the tables."""
    terms = {t.notation: t for t in site.workspace.profile.vocabulary.members(STEMMA + "EvidenceColumn")}
    return {word: (terms[word].label, terms[word].definition) for a in assessments[:1] for word in a.table}


def _grades(site: Site) -> list[tuple[str, str, list[str]]]:
    """Letter, what it is called, and the sentences of the rules that give it, by the columns they are for."""
    vocabulary = site.workspace.profile.vocabulary
    found = []
    for term in vocabulary.members(STEMMA + "GradeRule"):
        letter = next(iter(vocabulary.facts(term.iri, STEMMA + "letter")), "U")
        order = int(next(iter(vocabulary.facts(term.iri, STEMMA + "precedence")), "0"))
        columns = sorted(vocabulary.label(c) for c in vocabulary.facts(term.iri, STEMMA + "forColumn"))
        found.append(((letter == "U", letter, order), letter, term, columns))
    return [
        (letter, f"{term.label.partition(': ')[2] or term.label}. {term.definition}", columns)
        for _, letter, term, columns in sorted(found, key=lambda f: (f[0], f[2].iri))
    ]
