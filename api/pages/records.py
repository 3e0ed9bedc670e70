"""A page for each record: claim, source, snapshot, statement; and for each term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.pages.picture import neighbourhood
from api.pages.site import Site, url
from api.rest.entities import entity_json, holding, roles
from api.rest.sources import counts, snapshot_json, source_json
from kg.browse import STANDING, Question
from kg.model.node import Node
from kg.schema.names import ENTITY, RELATION, STEMMA
from kg.schema.vocabulary import Term

SHOWN = 12
"""How many claims of one relation an entity's page shows at once."""


@dataclass(frozen=True, slots=True)
class Group:
    """The claims that hold an entity in one role, by one relation."""

    relation: dict[str, Any]
    claims: tuple[dict[str, Any], ...]
    polarities: tuple[tuple[str, int], ...]
    total: int
    href: str


def claim(site: Site, node: Node) -> dict[str, Any]:
    """What a claim's page tells."""
    record = site.workspace.claim_json(node)
    others = site.browser.records({"statement": record["statement"]["id"]})
    source = site.workspace.records.get(record["source"]["id"])
    anchor = record["anchor"]
    return {
        "claim": record,
        "sentence": site.teller.sentence(record["statement"]),
        "source": site.workspace.writer.record(source) if source else record["source"],
        "length": anchor["end"] - anchor["start"] if "end" in anchor and "start" in anchor else None,
        "snapshot": site.workspace.iris.snapshot(anchor["snapshot"]) if "snapshot" in anchor else None,
        "linked": [_linked(site, link) for link in record.get("links", ())],
        "linking": [(site.link_label(type), told) for type, told in site.browser.linking(node.id)],
        "conflicts": _conflicts(site, node),
        "line": _line(site, node, record),
        "others": [r for r in others if r["id"] != node.id],
        "mentions": _mentions(site, record),
        "alternates": alternates(site.href(node.id)),
        "iri": node.id,
    }


def source(site: Site, node: Node) -> dict[str, Any]:
    """What a source's page tells: its record, and its claims in the order of their anchors."""
    return {
        "source": source_json(site.workspace, site.browser, node),
        "claims": sorted(site.browser.records({"source": node.id}), key=_place),
        "silences": _silences(site, node.id),
        "alternates": alternates(site.href(node.id)),
        "iri": node.id,
    }


def snapshot(site: Site, node: Node) -> dict[str, Any]:
    """What a snapshot's page tells; never its text."""
    claims = [site.workspace.claim(id) for id in site.workspace.records.subjects(STEMMA + "snapshot", node.id)]
    sources = (site.workspace.records.get(iri) for iri in node.atoms(STEMMA + "ofSource"))
    return {
        "snapshot": snapshot_json(site.workspace, node),
        "sources": [site.workspace.writer.record(s) for s in sources if s],
        "claims": sorted(claims, key=_place),
        "alternates": alternates(site.href(node.id)),
        "iri": node.id,
    }


def statement(site: Site, node: Node) -> dict[str, Any]:
    """What a statement's page tells: the sentence, and every claim that makes it."""
    record = site.workspace.writer.record(node)
    asked = {"statement": node.id}
    return {
        "sentence": site.teller.sentence(record),
        "claims": list(site.browser.records(asked)),
        "counts": counts(site.browser, asked),
        "alternates": alternates(site.href(node.id)),
        "iri": node.id,
    }


def term(site: Site, term: Term) -> dict[str, Any]:
    """What a term's page tells: its names, its place, and the claims about it by role and relation."""
    browser, one = site.browser, frozenset((term.iri,))
    either = dict.fromkeys(roles(term), one)
    every = browser.question({"status": STANDING}, either=either)
    left_out = browser.question({}, either=either, without={"status": frozenset(STANDING)})
    groups = []
    for role in roles(term):
        asked = holding(browser, role, term.iri)
        if role == "mention":  # what is told in another role is told there
            asked = browser.question(asked, without={r: one for r in roles(term) if r != role})
        groups.append((role, browser.count(asked), _by_relation(site, role, term, asked)))
    is_entity = ENTITY in term.classes
    return {
        "term": term,
        "entity": entity_json(site.workspace, site.browser, term),
        "kinds": site.classes(term),
        "role": next((r for r in roles(term)), ""),
        "groups": [g for g in groups if g[1]],
        "found": browser.count(every),
        "counts": counts(browser, every),
        "left_out": browser.count(left_out),
        "below": browser.count({"entity": term.iri, "status": STANDING}) if is_entity else 0,
        "all_of_them": url("/search", entity=site.workspace.profile.prefixes.compress(term.iri), status=STANDING),
        "facts": _facts(site, term) if RELATION in term.classes else [],
        "picture": neighbourhood(site.drawn().graph, term.iri, site.href) if is_entity else None,
        "outside": site.outside(term.iri) if not site.is_ours(term.iri) else None,
        "alternates": alternates(site.href(term.iri)),
        "iri": term.iri,
    }


def alternates(href: str | None) -> list[tuple[str, str, str]]:
    """The other formats of a record: name, media type and address."""
    formats = (
        ("JSON", "application/json", "json"),
        ("JSON-LD", "application/ld+json", "jsonld"),
        ("Turtle", "text/turtle", "ttl"),
        ("TriG", "application/trig", "trig"),
        ("N-Quads", "application/n-quads", "nq"),
    )
    return [(name, media, f"{href}?format={format}") for name, media, format in formats] if href else []


def _by_relation(site: Site, role: str, term: Term, asked: Question) -> list[Group]:
    browser, short = site.browser, site.workspace.profile.prefixes.compress
    found = []
    for fold in browser.rollup(asked, ("relation",), ("polarity",)):
        relation = str(fold.by["relation"])
        one = browser.question(asked, exact={**asked.exact, "relation": frozenset((relation,))})
        found.append(
            Group(
                relation=site.term(relation),
                claims=browser.page(one, limit=SHOWN).items,
                polarities=tuple(sorted(fold.counts["polarity"].items(), key=lambda p: (-p[1], p[0]))),
                total=fold.claims,
                href=url("/search", **{role: short(term.iri), "relation": short(relation), "status": STANDING}),
            )
        )
    return sorted(found, key=lambda g: (-g.total, g.relation["id"]))


def _facts(site: Site, term: Term) -> list[tuple[str, list[dict[str, Any]]]]:
    vocabulary = site.workspace.profile.vocabulary
    told = []
    for name in ("implies", "conflictsWith"):
        found = [site.term(iri) for iri in vocabulary.facts(term.iri, STEMMA + name)]
        if found:
            told.append((site.teller.label(name), found))
    weaker = [site.term(t.iri) for t in vocabulary if term.iri in vocabulary.facts(t.iri, STEMMA + "implies")]
    return [*told, *([("implied by", weaker)] if weaker else [])]


def _mentions(site: Site, record: dict[str, Any]) -> list[tuple[dict[str, Any], int]]:
    found: dict[str, int] = {}
    for mention in record.get("mentions", ()):
        iri = site.workspace.profile.prefixes.iri(mention["curie"]) or mention["curie"]
        found[iri] = found.get(iri, 0) + 1
    return [(site.term(iri), n) for iri, n in found.items()]


def _linked(site: Site, link: dict[str, str]) -> tuple[str, dict[str, Any] | None, str]:
    """A link of a claim: its label, the claim at its other end if it is one, and that end."""
    node = site.workspace.records.get(link["to"])
    is_claim = node is not None and node.shape.record == "claim"
    return site.link_label(link["type"]), site.workspace.claim_json(node) if node and is_claim else None, link["to"]


def _line(site: Site, node: Node, record: dict[str, Any]) -> dict[str, Any] | None:
    """A claim's roots, the steps to them, and the links that rules find; ``None`` if the claim does not count."""
    if record["review"]["status"] not in STANDING:
        return None
    descent = site.workspace.descent.of(node.id)
    clashes = {c.because for c in site.workspace.conflicts(node.id)}
    links: dict[tuple[str, str, bool], list[dict[str, Any]]] = {}
    for link in descent.links:
        if link.stored or link.rule in clashes or link.end is None or link.end not in site.records():
            continue
        from_here = link.start == node.id
        other = site.records().get(link.end if from_here else link.start)
        if other is not None:
            rule = str(link.rule)
            links.setdefault((site.link_label(link.type), site.teller.definition(rule), from_here), []).append(other)
    unnamed = [k.explain for k in descent.links if k.start == node.id and not k.stored and k.end not in site.records()]
    return {
        "roots": descent.roots,
        "steps": descent.steps,
        "links": [(*key, others) for key, others in sorted(links.items(), key=lambda kv: kv[0])],
        "told": sorted(set(unnamed)) if not descent.roots else [],
    }


def _silences(site: Site, source: str) -> list[dict[str, Any]]:
    """What a source does not tell of a trial that it reports on, with the claims by which it is known."""
    records = site.records()
    return [
        {
            "root": (s.root, site.root_label(s.root)),
            "about": site.teller.definition(s.rule),
            "timing": s.explain.rpartition("). ")[2],
            "known": [records[id] for id in s.known if id in records],
            "reports": [records[id] for id in s.reports if id in records],
        }
        for s in site.workspace.descent.silences(source)
    ]


def _conflicts(site: Site, node: Node) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The claims that clash with one: kind, the sentence of the rule, and the other claims by it."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for c in site.workspace.conflicts(node.id):
        told = site.teller.definition(c.because) or c.explain
        found.setdefault((c.kind, told), []).append(site.workspace.claim(c.b if c.a == node.id else c.a))
    return [(kind, told, others) for (kind, told), others in sorted(found.items())]


def _place(record: dict[str, Any]) -> tuple[str, str, int, str]:
    anchor = record["anchor"]
    return (anchor.get("snapshot", ""), anchor.get("pointer", ""), anchor.get("start", 0), record["id"])
