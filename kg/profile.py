"""A profile: one ontology, one set of shapes and one vocabulary, loaded once.

The structural core (``ontology/core.ttl``, ``shapes/core.ttl``) belongs to every profile. A
profile adds its own folder: the shipped ``cell-therapy``, or any directory with ``ontology/`` and
``shapes/`` in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple
from rdflib import Graph

from kg.errors import ProfileError
from kg.model.digest import digest
from kg.resources import folder, turtle_files
from kg.schema.names import STEMMA
from kg.schema.prefixes import Prefixes, read_prefixes
from kg.schema.shapes import Shape, read_shapes
from kg.schema.vocabulary import Vocabulary

DEFAULT = "cell-therapy"

ADMITS = NamedNode(STEMMA + "admits")
ANY_RDF = NamedNode(STEMMA + "anyRdf")


@dataclass(frozen=True)
class Profile:
    """What a workspace's records may be and say.

    :param name: its name, for people.
    :param ontology_files: Turtle of the ontology and vocabulary.
    :param shapes_files: Turtle of the shapes.
    :param directory: its folder, if it is not a shipped one.
    """

    name: str
    ontology_files: tuple[Path, ...]
    shapes_files: tuple[Path, ...]
    directory: Path | None = None

    @staticmethod
    def load(name_or_directory: str | Path) -> Profile:
        """A shipped profile by its name, or a profile of your own by its directory.

        It is read once: whoever asks for it again gets the same, unless its files were changed.

        :raises ProfileError: if there is no such profile, or its Turtle does not hold together.
        """
        ontology, shapes = folder("ontology"), folder("shapes")
        own = Path(name_or_directory)
        names = sorted(p.name for p in ontology.iterdir() if p.is_dir())
        shipped = name_or_directory in names
        if shipped:
            parts = ontology / own, shapes / own
        elif (own / "ontology").is_dir() or (own / "shapes").is_dir():
            parts = own / "ontology", own / "shapes"
        else:
            raise ProfileError(
                "there is no such profile",
                where=str(name_or_directory),
                hint=f"Shipped: {', '.join(names)}. A directory needs ontology/ or shapes/ with Turtle in it.",
            )
        terms = (ontology / "core.ttl", ontology / "prefixes.ttl", *turtle_files(parts[0]))
        rules = (shapes / "core.ttl", *turtle_files(parts[1]))
        written = tuple(hashlib.sha256(p.read_bytes()).digest() for p in (*terms, *rules))
        return _made(Profile(own.name, terms, rules, None if shipped else own), written)

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The ontology and vocabulary, without blank nodes."""
        return tuple(
            t for t in self._ontology if not isinstance(t.subject, BlankNode) and not isinstance(t.object, BlankNode)
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The terms."""
        return Vocabulary(self._ontology)

    @cached_property
    def prefixes(self) -> Prefixes:
        """The prefix map: the frozen one, and what the profile declares beside it."""
        return read_prefixes(self._ontology)

    @cached_property
    def shapes_graph(self) -> Graph:
        """The shapes as rdflib sees them, for pySHACL."""
        graph = Graph()
        for path in self.shapes_files:
            try:
                graph.parse(path, format="turtle")
            except Exception as e:
                raise ProfileError(f"this is no Turtle: {_first_line(e)}", where=str(path)) from None
        return graph

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """Record word to shape."""
        return read_shapes(self.shapes_graph, self.vocabulary)

    @cached_property
    def admits_any(self) -> bool:
        """Whether a workspace takes any well-formed quads, not records alone."""
        return any(t.predicate == ADMITS and t.object == ANY_RDF for t in self._ontology)

    @cached_property
    def digest(self) -> str:
        """One digest over every file, to tell when the profile changed."""
        return digest("\n".join(p.read_text("utf-8") for p in (*self.ontology_files, *self.shapes_files)))

    @cached_property
    def _ontology(self) -> tuple[Triple, ...]:
        triples: list[Triple] = []
        for path in self.ontology_files:
            try:
                found = pyoxigraph.parse(path=str(path), format=RdfFormat.TURTLE, rename_blank_nodes=True)
                triples.extend(q.triple for q in found)
            except (SyntaxError, ValueError) as e:
                raise ProfileError(f"this is no Turtle: {_first_line(e)}", where=str(path)) from None
        return tuple(triples)


@lru_cache(maxsize=8)
def _made(profile: Profile, written: tuple[bytes, ...]) -> Profile:
    """A profile with all that is read of it, made once for as long as its files say the same.

    :param written: digests of what they say.
    """
    _ = profile.shapes, profile.prefixes
    return profile


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


ONTOLOGY_GRAPH = STEMMA.rstrip("/")
"""Name of the graph that holds the ontology and the vocabulary."""
