"""CURIEs and IRIs, by the frozen prefix map of ``ontology/prefixes.ttl``."""

from __future__ import annotations

from collections.abc import Mapping

import curies


class Prefixes:
    """A two-way map between CURIEs such as ``MONDO:0004976`` and IRIs.

    :param namespaces: prefix to namespace.
    """

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces = dict(namespaces)
        self._converter = curies.Converter.from_prefix_map(self.namespaces)

    def expand(self, text: str) -> str | None:
        """The IRI of a CURIE, or ``None`` if its prefix is not in the map."""
        return self._converter.expand(text) if ":" in text else None

    def compress(self, iri: str) -> str | None:
        """The CURIE of an IRI, or ``None`` if no namespace of the map holds it."""
        return self._converter.compress(iri)

    def iri(self, text: str) -> str | None:
        """The IRI that a CURIE or an IRI names, or ``None`` if it is neither."""
        if text.startswith(("http://", "https://")):
            return text
        return self.expand(text)

    def sparql(self) -> str:
        """The map as SPARQL ``PREFIX`` lines."""
        return "".join(f"PREFIX {p}: <{n}>\n" for p, n in sorted(self.namespaces.items()))
