"""Roles and what each may do, as the ontology tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import RdfFormat, parse

from kg.errors import ProfileError, UsageError
from kg.resources import folder
from kg.schema.names import STEMMA
from kg.schema.vocabulary import Term, Vocabulary, closure

ROLE, PERMISSION = STEMMA + "Role", STEMMA + "Permission"
_MAY, _INCLUDES, _PERSONS = STEMMA + "may", STEMMA + "includes", STEMMA + "onlyForPersons"


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that a role may do.

    :param word: its notation, such as ``review``; it is also the word of a key's scope.
    :param persons: whether it takes a person, and not only a key.
    """

    word: str
    label: str
    definition: str
    persons: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """What a caller may do.

    :param word: its notation, such as ``curator``.
    :param own: the word of the permission that it has beyond those of the roles below it.
    :param may: the words of all its permissions.
    :param rank: how many roles it includes, itself counted; a higher one may do more.
    """

    word: str
    label: str
    definition: str
    own: str
    may: frozenset[str]
    rank: int


class Roles:
    """The roles of an ontology, the one that may do least first.

    :param vocabulary: the terms; it must hold the structural core.
    :raises ProfileError: if two roles stand beside each other, or one adds not exactly one permission.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        terms = vocabulary.members(ROLE)
        self._below = {t.iri: vocabulary.facts(t.iri, _INCLUDES) for t in terms}
        self.all = tuple(sorted((self._role(t) for t in terms), key=lambda r: r.rank))
        if [r.rank for r in self.all] != list(range(1, len(terms) + 1)):
            raise ProfileError("the roles are no ladder: each includes all below it", where=ROLE)

    def get(self, word: str) -> Role:
        """A role by its word.

        :raises UsageError: if there is no such role.
        """
        found = next((r for r in self.all if r.word == word), None)
        if found is None:
            raise UsageError("no such role", where=word, hint=f"Roles: {_listed(r.word for r in self.all)}.")
        return found

    def permission(self, word: str) -> Permission:
        """A permission by its word.

        :raises UsageError: if there is no such permission.
        """
        found = self.permissions.get(word)
        if found is None:
            raise UsageError("no such scope", where=word, hint=f"Scopes: {_listed(self.permissions)}.")
        return found

    @cached_property
    def permissions(self) -> dict[str, Permission]:
        """Every permission by its word."""
        terms = self._vocabulary.members(PERMISSION)
        persons = {t.iri for t in terms if "true" in self._vocabulary.facts(t.iri, _PERSONS)}
        return {str(t.notation): Permission(str(t.notation), t.label, t.definition, t.iri in persons) for t in terms}

    def scopes(self, role: Role, words: Iterable[str]) -> tuple[str, ...]:
        """The scopes that a key of a role is held to, sorted; none stands for all that the role may.

        :raises UsageError: if one is no permission of the role.
        """
        found = tuple(sorted({self.permission(w).word for w in words}))
        beyond = [w for w in found if w not in role.may]
        if beyond:
            hint = f"It may: {_listed(role.may)}."
            raise UsageError(f"a {role.label} may not do this", where=beyond[0], hint=hint)
        return found

    def _role(self, term: Term) -> Role:
        below = closure(term.iri, self._below)
        own = self._vocabulary.facts(term.iri, _MAY)
        if len(own) != 1:
            raise ProfileError("a role adds exactly one permission", where=term.iri)
        may = {p for role in below for p in self._vocabulary.facts(role, _MAY)}
        words = {p: str(self._vocabulary.terms[p].notation) for p in may}
        return Role(
            str(term.notation), term.label, term.definition, words[own[0]], frozenset(words.values()), len(below)
        )


def core_roles() -> Roles:
    """The roles of the structural core, which every profile has."""
    core = folder("ontology") / "core.ttl"
    return Roles(Vocabulary(parse(path=str(core), format=RdfFormat.TURTLE)))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
