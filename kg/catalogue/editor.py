"""The prefix map as the RDF that SPARQL editors read: ``sh:declare``."""

from __future__ import annotations

from pyoxigraph import Triple

from kg.catalogue.triples import Writer
from kg.schema.names import OWL, SH, XSD
from kg.schema.prefixes import Prefixes


def declare(prefixes: Prefixes, iri: str) -> list[Triple]:
    """A prefix map as RDF without blank nodes.

    :param iri: the name of the map; its declarations are ``iri#prefix``.
    """
    to = Writer()
    to.type(iri, OWL + "Ontology")  # what sh:prefixes points at, by SHACL, section 5.2.1
    for prefix, namespace in sorted(prefixes.namespaces.items()):
        one = f"{iri}#{prefix}"
        to.link(iri, SH + "declare", one)
        to.type(one, SH + "PrefixDeclaration")
        to.text(one, SH + "prefix", prefix)
        to.typed(one, SH + "namespace", namespace, XSD + "anyURI")
    return to.triples
