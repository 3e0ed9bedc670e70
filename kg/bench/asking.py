"""The questions that the projection answers, in SPARQL: what it is compared with, in speed and in what it says.

SPARQL sees the claims that are proposed or accepted; of those both must tell the same. Patterns of
the ontology come first, as the engine's planner needs it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kg.profile import Profile
from kg.projection.filters import Filters
from kg.schema.names import ENTITY, RDF_TYPE, SKOS, STEMMA
from kg.schema.shapes import Field, Kind

STATUS, REASON = STEMMA + "reviewStatus", STEMMA + "reviewReason"
_ENDS = ("subject", "object")
_ROLES = frozenset(STEMMA + n for n in ("relation", "subject", "object", "of"))
_CLAIM = f"?c a <{STEMMA}Claim> ."
_UNSEEN = ("text", "verification", "reviewer")
"""Filters that the stored quads do not answer: words of vocabularies, texts of the library, names of agents."""


@dataclass(frozen=True)
class Asking:
    """Writes SPARQL for one profile."""

    profile: Profile
    filters: Filters

    @property
    def names(self) -> tuple[str, ...]:
        """The filters that SPARQL can answer."""
        return tuple(n for n in self.filters.all if n not in _UNSEEN)

    def passing(self, values: Mapping[str, frozenset[str]]) -> str:
        """Patterns that bind ``?c`` to each claim that passes; of one filter, one value is enough.

        :param values: filter to IRIs and words; terms below the given one count where the filter says so.
        """
        parts = [self._one(name, held, f"v{i}") for i, (name, held) in enumerate(sorted(values.items()))]
        return " ".join(parts) or _CLAIM

    def page(self, values: Mapping[str, frozenset[str]], limit: int, after: str = "") -> str:
        """The first claims that pass, by their IRIs, with what a list shows."""
        shown = " ".join(f"OPTIONAL {{ ?c <{STEMMA}{n}> ?{n} }}" for n in ("paraphrase", "polarity", "certainty"))
        later = f'FILTER(STR(?c) > "{after}")' if after else ""
        found = f"SELECT DISTINCT ?c {{ {self.passing(values)} {later} }} ORDER BY STR(?c) LIMIT {limit}"
        return f"SELECT ?c ?paraphrase ?polarity ?certainty {{ {{ {found} }} {shown} }} ORDER BY STR(?c)"

    def count(self, values: Mapping[str, frozenset[str]]) -> str:
        """How many claims pass."""
        return f"SELECT (COUNT(DISTINCT ?c) AS ?n) {{ {self.passing(values)} }}"

    def tally(self, values: Mapping[str, frozenset[str]], name: str, own: Collection[str] = ()) -> str:
        """The values of a filter with how many claims hold each, or one below it.

        :param own: the values that claims hold themselves, of a filter that takes terms below; see :meth:`own`.
            Left to itself, the engine would find what stands above every term there is.
        """
        held = self._held(values, name)
        if not self.filters.all[name].below:
            one = len(self._places(name, "?x")) == 1  # then no claim stands twice under a value
            return f"SELECT ?x (COUNT({'' if one else 'DISTINCT '}?c) AS ?n) {{ {held} }} GROUP BY ?x"
        given = " ".join(f"<{iri}>" for iri in sorted(own))
        above = f"{{ SELECT DISTINCT ?x ?up {{ VALUES ?x {{ {given} }} ?x <{SKOS}broader>* ?up }} }}"
        pairs = f"{{ SELECT DISTINCT ?c ?x {{ {held} }} }}"
        return f"SELECT (?up AS ?x) (COUNT(DISTINCT ?c) AS ?n) {{ {above} {pairs} }} GROUP BY ?up"

    def own(self, values: Mapping[str, frozenset[str]], name: str) -> str:
        """The values of a filter that claims hold themselves."""
        return f"SELECT DISTINCT ?x {{ {self._held(values, name)} }}"

    def rollup(self, values: Mapping[str, frozenset[str]], by: Sequence[str], count: Sequence[str]) -> str:
        """Claims folded by their values, with the words of some filters and the number of sources."""
        keys = " ".join(f"?k{i}" for i in range(len(by)))
        among = f"{{ SELECT DISTINCT ?c {{ {self.passing(values)} }} }}" if values else _CLAIM
        bound = " ".join(self._bound_or_not(name, f"?k{i}") for i, name in enumerate(by))
        words = [(name, iri) for name in count for iri in self.words(name)]
        sums = " ".join(f"(SUM(IF(?w{name} = <{iri}>, 1, 0)) AS ?n{i})" for i, (name, iri) in enumerate(words))
        held = " ".join(self._bound(name, f"?w{name}") for name in count)
        source = self._bound("source", "?source")
        return (
            f"SELECT {keys} (COUNT(DISTINCT ?c) AS ?claims) (COUNT(DISTINCT ?source) AS ?sources) {sums} "
            f"{{ {among} {source} {held} {bound} }} GROUP BY {keys}"
        )

    def sources(self, values: Mapping[str, frozenset[str]], limit: int) -> str:
        """The sources with the most claims."""
        return (
            f"SELECT ?x (COUNT(?c) AS ?n) {{ {self._held(values, 'source')} }} "
            f"GROUP BY ?x ORDER BY DESC(?n) STR(?x) LIMIT {limit}"
        )

    def telling(self, word: str, limit: int) -> str:
        """Claims whose paraphrase holds a text."""
        told = f'?c <{STEMMA}paraphrase> ?told FILTER(CONTAINS(LCASE(?told), "{word}"))'
        return f"SELECT ?c ?told {{ {told} }} ORDER BY STR(?c) LIMIT {limit}"

    def denied(self, limit: int) -> str:
        """The first pairs of claims of which one denies what the other affirms of the same: the plainest rule alone."""
        topic = " ; ".join(f"<{STEMMA}{n}> ?{n}" for n in ("subject", "relation", "object"))
        one = f"?a <{STEMMA}polarity> <{STEMMA}negated> ; <{STEMMA}statement> ?s . ?s {topic} ."
        other = f"?t {topic} . ?b <{STEMMA}statement> ?t ; <{STEMMA}polarity> <{STEMMA}affirmed> ."
        return f"SELECT DISTINCT ?a ?b {{ {one} {other} }} ORDER BY STR(?a) STR(?b) LIMIT {limit}"

    def clashing(self, claim: str) -> str:
        """The claims that deny what a claim affirms, or affirm what it denies: the plainest rule of conflicts alone."""
        topic = " ; ".join(f"<{STEMMA}{n}> ?{n}" for n in ("subject", "relation", "object"))
        mine = f"<{claim}> <{STEMMA}statement> ?s ; <{STEMMA}polarity> ?mine . ?s {topic} ."
        other = f"?t {topic} . ?c <{STEMMA}statement> ?t ; <{STEMMA}polarity> ?theirs . FILTER(?mine != ?theirs)"
        return f"SELECT DISTINCT ?c {{ {mine} {other} }}"

    def words(self, name: str) -> tuple[str, ...]:
        """The IRIs of the words that a filter takes, in the order of its words."""
        field = self.filters.fields[name][1]
        return tuple(t.iri for t in self.profile.vocabulary.members(str(field.cls)))

    # ---- patterns

    def _one(self, name: str, values: frozenset[str], variable: str) -> str:
        """The claims that hold one of some values."""
        field = self.filters.fields.get(name)
        if field is not None and field[1].kind is Kind.TOKEN:
            notations = {str(t.notation): t.iri for t in self.profile.vocabulary.members(str(field[1].cls))}
            values = frozenset(notations[v] for v in values)
        given = " ".join(f"<{v}>" for v in sorted(values))
        head = f"VALUES ?{variable} {{ {given} }}"
        if self.filters.all[name].below:
            top = f"VALUES ?{variable}t {{ {given} }} ?{variable} <{SKOS}broader>* ?{variable}t ."
            head = f"{{ SELECT DISTINCT ?{variable} {{ {top} }} }}"
        return f"{{ SELECT DISTINCT ?c {{ {self._bound(name, f'?{variable}', head)} }} }}"

    def _held(self, values: Mapping[str, frozenset[str]], name: str) -> str:
        """Patterns that bind ``?c`` to each claim that passes, and ``?x`` to each value that it holds."""
        among = f"{{ SELECT DISTINCT ?c {{ {self.passing(values)} }} }}" if values else ""
        return self._bound(name, "?x", among)

    def _bound(self, name: str, value: str, head: str = "") -> str:
        """Patterns that bind a variable to each value that a claim ``?c`` holds itself.

        Each place where it may stand is a whole branch: the engine joins a union with what stands
        around it only slowly.

        :param head: what stands at the beginning of each.
        """
        branches = [f"{head} {branch}" for branch in self._places(name, value)]
        return branches[0] if len(branches) == 1 else "{ " + " } UNION { ".join(branches) + " }"

    def _places(self, name: str, value: str) -> list[str]:
        if name in ("source", "statement"):
            return [f"?c <{STEMMA}{name}> {value} ."]
        if name == "mention":
            return [f"?c <{STEMMA}mention>/<{self._mention}> {value} ."]
        statement = f"?s{value[1:]}"
        made = f"?c <{STEMMA}statement> {statement} ."
        if name in ("qualifier", "entity"):
            told = [f"{statement} <{path}> {value} . {made}" for path in self._paths(name)]
            return [*told, *self._places("mention", value)] if name == "entity" else told
        word, field = self.filters.fields[name]
        if word == "claim":
            return [f"?c <{field.path}> {value} . {_CLAIM if self._is_shared(field.path) else ''}"]
        ends = [(end, cls) for end in _ENDS for cls in self._classes(field)]
        return [
            f"{made} {statement} <{field.path}> {value} .",
            # Joined, the engine begins with every term of the class, which is up to ten times slower.
            *(
                f"{made} {statement} <{STEMMA}{end}> {value} . FILTER EXISTS {{ {value} <{RDF_TYPE}> <{cls}> }}"
                for end, cls in ends
            ),
        ]

    def _classes(self, field: Field) -> list[str]:
        """The classes of terms that stand for a qualifier as subject or object; none for what is no such qualifier."""
        if field.kind is not Kind.TERM or field.cls == ENTITY or field.path in _ROLES:
            return []
        vocabulary = self.profile.vocabulary
        direct = {c for t in vocabulary.members(str(field.cls)) for c in vocabulary.facts(t.iri, RDF_TYPE)}
        return sorted(c for c in direct if vocabulary.is_subclass(c, str(field.cls)))

    def _is_shared(self, path: str) -> bool:
        """Whether others bear a property too: terms of the ontology, or claims that are withheld."""
        return path in (STATUS, REASON) or any(
            self.profile.vocabulary.facts(t.iri, path) for t in self.profile.vocabulary
        )

    def _paths(self, name: str) -> list[str]:
        """The properties of every qualifier, or of every role."""
        fields = [f for w, f in self.filters.fields.values() if w == "statement" and f.kind is Kind.TERM]
        paths = [f.path for f in fields if f.path not in _ROLES]
        return paths + [STEMMA + n for n in ("subject", "object", "of")] if name == "entity" else paths

    def _bound_or_not(self, name: str, value: str) -> str:
        return f"OPTIONAL {{ {self._bound(name, value)} }}"

    @property
    def _mention(self) -> str:
        fields = self.profile.shapes["claim"].fields
        part = next(f.part for f in fields if f.path == STEMMA + "mention")
        assert part is not None
        return next(f.path for f in part.fields if f.kind is Kind.CURIE)
