"""The names that Python must know: the namespaces of the structural core and of standards."""

from __future__ import annotations

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SH = "http://www.w3.org/ns/shacl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
OA = "http://www.w3.org/ns/oa#"

STEMMA = "https://w3id.org/stemma/ontology/"
"""Namespace of our classes, properties and relations; never configured."""

SHAPES = "https://w3id.org/stemma/shapes/"
"""Namespace of the named shapes; a finding's code is a name in it."""

DEFAULT_BASE = "https://w3id.org/stemma/"
"""Namespace of records, unless a workspace sets its own. Not registered with w3id.org yet."""

RDF_TYPE = RDF + "type"
CLAIM = STEMMA + "Claim"
SOURCE = STEMMA + "Source"
SNAPSHOT = STEMMA + "Snapshot"
STATEMENT = STEMMA + "Statement"
ENTITY = STEMMA + "Entity"
RELATION = STEMMA + "Relation"
VALUE = STEMMA + "Value"


def local_name(iri: str) -> str:
    """The part of an IRI after its last ``#`` or ``/``.

    >>> local_name("https://w3id.org/stemma/ontology/slows")
    'slows'
    """
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
