"""Who does something, as people name them: an ORCID iD, a CURIE, or a software's name."""

from __future__ import annotations

from pyoxigraph import RdfFormat, parse

from kg.errors import UsageError
from kg.model.iris import is_iri
from kg.resources import folder
from kg.schema.prefixes import Prefixes, read_prefixes
from kg.version import __version__

SOFTWARE = f"agent:stemma-{__version__}"
"""This software, as a CURIE."""


def agent_iri(text: str | None, prefixes: Prefixes) -> str:
    """The IRI of an agent; of none, this software's.

    :raises UsageError: if it names no agent.
    """
    if text is None:
        return prefixes.expand(SOFTWARE) or ""
    named = text if ":" in text else (f"orcid:{text}" if text[:4].isdigit() else f"agent:{text}")
    iri = prefixes.iri(named)
    if iri is None or not is_iri(iri) or iri in prefixes.namespaces.values():
        raise UsageError("an agent is an ORCID, or a name without spaces", where=text)
    return iri


def core_prefixes() -> Prefixes:
    """The frozen prefix map, which every profile has."""
    path = folder("ontology") / "prefixes.ttl"
    return read_prefixes(q.triple for q in parse(path=str(path), format=RdfFormat.TURTLE))
