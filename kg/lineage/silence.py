"""What a source that reports the results of a trial does not tell, though it is known."""

from __future__ import annotations

from dataclasses import dataclass

from kg.lineage.corpus import Corpus, Teller, Told
from kg.lineage.roots import Roots
from kg.lineage.rules import SilenceRule


@dataclass(frozen=True, slots=True)
class Silence:
    """A source that is silent.

    :param source: IRI of the source; ``root``: of the trial.
    :param known: the claims by which it is known, sorted.
    :param reports: the source's claims on results of the trial, sorted.
    :param since: when it was published, at the latest; ``None`` if no date is known.
    """

    source: str
    root: str
    rule: str
    known: tuple[str, ...]
    reports: tuple[str, ...]
    since: str | None
    explain: str

    def as_dict(self) -> dict[str, object]:
        """The silence for JSON."""
        return {
            "source": self.source,
            "root": self.root,
            "rule": self.rule,
            "known": list(self.known),
            "reports": list(self.reports),
            "since": self.since,
            "explain": self.explain,
        }


def silences(corpus: Corpus, roots: Roots, rules: tuple[SilenceRule, ...]) -> list[Silence]:
    """Every silence of every source that was read here, sorted by source, root and rule.

    A work that was only cited is never called silent: what else it says is not known here.
    """
    told = _by_root(corpus, roots)
    found = [s for rule in rules for root, claims in told.items() for s in _silent(rule, root, claims, roots)]
    return sorted(found, key=lambda s: (s.source, s.root, s.rule))


def _by_root(corpus: Corpus, roots: Roots) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for claim in corpus.claims.values():
        for root in roots.of(claim.id):
            found.setdefault(root, []).append(claim)
    return found


def _silent(rule: SilenceRule, root: str, claims: list[Told], roots: Roots) -> list[Silence]:
    known = [c for c in claims if rule.known.takes(c)]
    if not known:
        return []
    # Who speaks of it at all, even to say the opposite, is not silent.
    speaking = {c.source.id for c in claims if c.one("relation") in rule.known.relations}
    reporting: dict[str, list[Told]] = {}
    for claim in claims:
        if claim.category in rule.reporting and claim.source.id not in speaking and claim.read:
            reporting.setdefault(claim.source.id, []).append(claim)
    since = min((c.source.published for c in known if c.source.published), default=None)
    return [
        Silence(
            source=source,
            root=root,
            rule=rule.iri,
            known=tuple(sorted(c.id for c in known)),
            reports=tuple(sorted(c.id for c in reports)),
            since=since,
            explain=_explain(rule, roots.label(root), known, reports[0].source, since),
        )
        for source, reports in reporting.items()
    ]


def _explain(rule: SilenceRule, root: str, known: list[Told], source: Teller, since: str | None) -> str:
    facts = "; ".join(sorted({f"“{c.paraphrase}” ({c.source.title})" for c in known}))
    return f"{rule.explanation} {root}: {facts}. {_timing(source.published, since)}"


def _timing(published: str | None, since: str | None) -> str:
    if published is None or since is None:
        return "Whether it was known when the source was written is not told: a date is missing."
    if since[: len(published)] > published[: len(since)]:
        return f"It was published in {since}, after the source ({published})."
    return f"It was published by {since}; the source is of {published}."
