"""What people mean by the values that they give to filters: labels, synonyms, CURIEs, IRIs and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property

from kg.errors import UsageError
from kg.model.iris import Iris
from kg.profile import Profile
from kg.projection.filters import TEXT, Filter, Filters
from kg.projection.question import Question
from kg.schema.names import ENTITY, local_name
from kg.schema.vocabulary import Term

Asked = Mapping[str, Sequence[str] | str]
"""Filter name to values as people give them."""


class Meaning:
    """Reads what was asked as a question."""

    def __init__(self, profile: Profile, iris: Iris, filters: Filters) -> None:
        self._profile, self._iris, self._filters = profile, iris, filters

    def question(self, asked: Asked) -> Question:
        """The question that filters ask.

        :raises UsageError: if a filter is not known or takes no such value.
        """
        values = {name: self._wanted(name, given) for name, given in asked.items() if name != TEXT}
        texts = tuple(tuple(_listed(given)) for name, given in asked.items() if name == TEXT)
        return Question(values=values, texts=texts)

    def terms(self, text: str, cls: str = ENTITY) -> tuple[Term, ...]:
        """The terms of a class that a text names by label, synonym, CURIE or IRI; exactly, but for case."""
        vocabulary = self._profile.vocabulary
        iri = self._profile.prefixes.iri(text)
        found = {iri} if iri and iri in vocabulary else self._names.get(text.casefold(), set())
        return tuple(vocabulary.terms[i] for i in sorted(found) if vocabulary.is_a(i, cls))

    def narrower(self, iri: str) -> frozenset[str]:
        """The term and every term below it."""
        return self._below.get(iri, frozenset((iri,)))

    def _wanted(self, name: str, given: Sequence[str] | str) -> frozenset[str]:
        wanted = self._filters.all.get(name)
        if wanted is None:
            known = ", ".join(sorted(self._filters.all))
            raise UsageError("no such filter", where=name, hint=f"Filters: {known}.")
        return frozenset(found for value in _listed(given) for found in self._meant(wanted, value))

    def _meant(self, wanted: Filter, value: str) -> Iterable[str]:
        if wanted.cls is not None:
            terms = self.terms(value, wanted.cls)
            if not terms:
                raise UsageError(
                    f"no term for this is called {value!r}", where=wanted.name, hint=self._near(value, wanted.cls)
                )
            return [t.replaced_by or t.iri for t in terms]
        if wanted.words:
            word = self._profile.prefixes.iri(value) if ":" in value else None
            term = self._profile.vocabulary.get(word) if word else None
            meant = term.notation if term and term.notation else value
            if meant not in wanted.words:
                raise UsageError(f"no such value: {value!r}", where=wanted.name, hint=f"One of {_list(wanted.words)}.")
            return (meant,)
        return (value if ":" in value else self._iris.of(wanted.name, value),)

    def _near(self, text: str, cls: str) -> str:
        names = {n: t for t in self._profile.vocabulary.members(cls) for n in (t.label, *t.synonyms)}
        close = get_close_matches(text, names, n=3)
        if close:
            return f"Did you mean {_list(f'{n} ({self._profile.prefixes.compress(names[n].iri)})' for n in close)}?"
        return "Give a CURIE such as those of the vocabulary, an IRI, or a label."

    @cached_property
    def _below(self) -> Mapping[str, frozenset[str]]:
        vocabulary = self._profile.vocabulary
        below: dict[str, set[str]] = {}
        for term in vocabulary:
            for above in vocabulary.ancestors(term.iri):
                below.setdefault(above, {above}).add(term.iri)
        return {iri: frozenset(terms) for iri, terms in below.items()}

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        names: dict[str, set[str]] = {}
        for term in self._profile.vocabulary:
            told = (term.label, *term.synonyms, term.notation or "", local_name(term.iri))
            for name in filter(None, told):
                names.setdefault(name.casefold(), set()).add(term.iri)
        return names


def _listed(values: Sequence[str] | str) -> Sequence[str]:
    return (values,) if isinstance(values, str) else values


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
