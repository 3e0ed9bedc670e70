"""CURIEs and IRIs, by the frozen prefix map of ``ontology/prefixes.ttl``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import curies
from pyoxigraph import Triple

from kg.errors import ProfileError
from kg.schema.names import SH


class Prefixes:
    """A two-way map between CURIEs such as ``MONDO:0004976`` and IRIs.

    :param namespaces: prefix to namespace.
    """

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces = dict(namespaces)
        self._converter = curies.Converter.from_prefix_map(self.namespaces)
        # Every record that is read or written tells its terms by their CURIEs, the same ones over and over.
        self._compressed = lru_cache(maxsize=65536)(self._converter.compress)
        self._expanded = lru_cache(maxsize=65536)(self._converter.expand)

    def expand(self, text: str) -> str | None:
        """The IRI of a CURIE, or ``None`` if its prefix is not in the map."""
        return self._expanded(text) if ":" in text else None

    def compress(self, iri: str) -> str | None:
        """The CURIE of an IRI, or ``None`` if no namespace of the map holds it."""
        return self._compressed(iri)

    def iri(self, text: str) -> str | None:
        """The IRI that a CURIE or an IRI names, or ``None`` if it is neither."""
        if text.startswith(("http://", "https://")):
            return text
        return self.expand(text)

    def sparql(self) -> str:
        """The map as SPARQL ``PREFIX`` lines."""
        return "".join(f"PREFIX {p}: <{n}>\n" for p, n in sorted(self.namespaces.items()))


def read_prefixes(triples: Iterable[Triple]) -> Prefixes:
    """The prefix map that an ontology declares with ``sh:declare``.

    :raises ProfileError: if a declaration is not whole, or gives a prefix or a namespace that has
        another declaration a second meaning: the names of statements hang on the map.
    """
    declared: dict[str, dict[str, str]] = {}
    for t in triples:
        if t.predicate.value in (SH + "prefix", SH + "namespace"):
            declared.setdefault(str(t.subject), {})[t.predicate.value] = getattr(t.object, "value", "")
    names: dict[str, str] = {}
    for d in declared.values():
        prefix, namespace = d.get(SH + "prefix"), d.get(SH + "namespace")
        if not prefix or not namespace:
            raise ProfileError("a declaration lacks its sh:prefix or sh:namespace", where=prefix or namespace or "")
        if names.setdefault(prefix, namespace) != namespace:
            raise ProfileError(f"this prefix stands for {names[prefix]} and for {namespace}", where=prefix)
    if len(set(names.values())) < len(names):
        twice = sorted(p for p, n in names.items() if list(names.values()).count(n) > 1)
        raise ProfileError("these prefixes stand for the same namespace", where=", ".join(twice))
    return Prefixes(names)
