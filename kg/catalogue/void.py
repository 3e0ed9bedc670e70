"""A workspace as a data set: its counts in VoID, and where to get it in DCAT 3.

https://www.w3.org/TR/void/, https://www.w3.org/TR/vocab-dcat-3/. There are no blank nodes, so that the
description may be loaded anywhere, and every name in it dereferences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import Triple

from kg.catalogue.census import Census, Class, ClassProperty
from kg.catalogue.names import DCAT, FOAF, FORMATS, MEDIA_TYPES, VOID, VOID_EXT
from kg.catalogue.triples import Writer
from kg.model.digest import short_hash
from kg.profile import ONTOLOGY_GRAPH, Profile
from kg.schema.names import DCTERMS, OWL, RDF, RDFS, SKOS, STEMMA, XSD
from kg.schema.prefixes import Prefixes

DOCUMENT = "void"
"""Name of the description, below the base; its parts are ``void#...``."""


@dataclass(frozen=True, slots=True)
class Dump:
    """A file with everything in it.

    :param name: short, for its IRI.
    :param url: where it is.
    """

    name: str
    title: str
    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Service:
    """A way to ask.

    :param url: where it answers.
    :param description: where a machine reads what it takes.
    :param standard: the specification that it keeps to.
    """

    name: str
    title: str
    url: str
    description: str | None = None
    standard: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workspace is served.

    :param base: namespace of its records.
    :param title: its name.
    :param root: URL of the service, ending in ``/``.
    :param modified: time of the last commit, xsd:dateTime, if there is one.
    :param license: IRI of the licence of the data, if one is declared.
    :param about: what the data is, in a sentence; empty if nobody knows.
    :param standard: IRI of what every record keeps to, if there is such.
    :param examples: IRIs of records to look at.
    """

    base: str
    title: str
    root: str
    modified: str | None
    license: str | None
    about: str
    standard: str | None
    examples: Sequence[str]
    dumps: Sequence[Dump]
    services: Sequence[Service]

    @property
    def document(self) -> str:
        """The IRI of the description."""
        return self.base + DOCUMENT

    def part(self, name: str) -> str:
        """The IRI of a part of the description."""
        return f"{self.document}#{name}"

    @property
    def dataset(self) -> str:
        """The IRI of the workspace as a data set."""
        return self.part("dataset")


def license_of(profile: Profile) -> str | None:
    """The licence that the profile's ontology declares, which is that of records made with it.

    A profile that takes any RDF knows nothing of what is put in.
    """
    return None if profile.admits_any else ontology_license(profile)


def ontology_license(profile: Profile) -> str | None:
    """The licence that the profile's ontology declares, which is its own."""
    return next(iter(profile.vocabulary.facts(ONTOLOGY_GRAPH, DCTERMS + "license")), None)


def describe(census: Census, place: Place, prefixes: Prefixes) -> list[Triple]:
    """The description of a workspace: VoID and DCAT in one document."""
    to = Writer()
    _document(to, place)
    _dataset(to, census, place, prefixes)
    _partitions(to, census, place, prefixes)
    _linksets(to, census, place, prefixes)
    _catalogue(to, place)
    return to.triples


def partitions(classes: Iterable[Class], base: str, prefixes: Prefixes) -> list[Triple]:
    """Only the classes and their properties, as SPARQL editors look for them.

    :param base: namespace of the workspace's records.
    """
    to = Writer()
    to.type(f"{base}{DOCUMENT}#dataset", VOID + "Dataset")
    for c in classes:
        _class(to, c, f"{base}{DOCUMENT}#", prefixes)
    return to.triples


def _document(to: Writer, place: Place) -> None:
    to.type(place.document, VOID + "DatasetDescription", FOAF + "Document")
    to.text(place.document, DCTERMS + "title", f"What is in {place.title}", language="en")
    to.link(place.document, FOAF + "primaryTopic", place.dataset)
    to.link(place.document, FOAF + "topic", place.part("catalogue"))


def _dataset(to: Writer, census: Census, place: Place, prefixes: Prefixes) -> None:
    me = place.dataset
    to.type(me, VOID + "Dataset", DCAT + "Dataset")
    to.text(me, DCTERMS + "title", place.title)
    to.text(me, DCTERMS + "description", place.about, language="en")
    to.link(me, DCTERMS + "license", place.license)
    to.link(me, DCTERMS + "conformsTo", place.standard)
    to.typed(me, DCTERMS + "modified", place.modified, XSD + "dateTime")
    to.text(me, DCAT + "version", str(census.commit))
    to.number(me, STEMMA + "commit", census.commit)
    to.link(me, FOAF + "homepage", place.root)
    to.text(me, VOID + "uriSpace", place.base)
    to.link(me, VOID + "exampleResource", *place.examples)
    to.link(me, VOID + "sparqlEndpoint", *(s.url for s in place.services if s.name == "sparql"))
    to.link(me, VOID + "dataDump", *(d.url for d in place.dumps))
    to.link(me, VOID + "feature", *sorted({f for d in place.dumps if (f := _feature(d))}))
    to.link(me, VOID + "vocabulary", *_vocabularies(census, prefixes))
    to.link(me, DCAT + "distribution", *(place.part(f"dump-{d.name}") for d in place.dumps))
    for name, path in _COUNTS.items():
        to.number(me, VOID + path, census.totals.get(name))
    to.number(me, VOID + "entities", census.totals.get("subjects"))
    to.number(me, VOID + "classes", len(census.classes) or None)


_COUNTS: Mapping[str, str] = {
    "triples": "triples",
    "subjects": "distinctSubjects",
    "objects": "distinctObjects",
    "properties": "properties",
    "graphs": "documents",
}
"""What is counted, and what VoID calls it. Every named graph is the record of one thing: a document."""


def _vocabularies(census: Census, prefixes: Prefixes) -> list[str]:
    """The namespaces of the properties and classes that are used."""
    used = [p.iri for p in census.properties] + [c.iri for c in census.classes]
    names = {curie.partition(":")[0] for iri in used if (curie := prefixes.compress(iri))}
    return sorted(prefixes.namespaces[n] for n in names)


def _feature(dump: Dump) -> str | None:
    """The format of a dump as W3C names it."""
    words = {
        "application/n-quads": "N-Quads",
        "application/trig": "TriG",
        "text/turtle": "Turtle",
        "application/ld+json": "JSON-LD",
    }
    return FORMATS + words[dump.media_type] if dump.media_type in words else None


# ---- counts by class and property


def _partitions(to: Writer, census: Census, place: Place, prefixes: Prefixes) -> None:
    for p in census.properties:
        me = place.part(f"property-{_slug(p.iri, prefixes)}")
        to.link(place.dataset, VOID + "propertyPartition", me)
        to.type(me, VOID + "Dataset")
        to.link(me, VOID + "property", p.iri)
        to.number(me, VOID + "triples", p.triples)
        to.number(me, VOID + "distinctSubjects", p.subjects)
        to.number(me, VOID + "distinctObjects", p.objects)
    for c in census.classes:
        _class(to, c, place.part(""), prefixes)


def _class(to: Writer, c: Class, parts: str, prefixes: Prefixes) -> None:
    """A class; a count of 0 is one that was not taken."""
    me = f"{parts}class-{_slug(c.iri, prefixes)}"
    to.link(f"{parts}dataset", VOID + "classPartition", me)
    to.type(me, VOID + "Dataset")
    to.link(me, VOID + "class", c.iri)
    to.number(me, VOID + "entities", c.entities or None)
    to.number(me, VOID + "triples", c.triples or None)
    to.number(me, VOID + "properties", len(c.properties) or None)
    for p in c.properties:
        _property_of_class(to, p, me, prefixes)


def _property_of_class(to: Writer, p: ClassProperty, owner: str, prefixes: Prefixes) -> None:
    me = f"{owner}-{_slug(p.iri, prefixes)}"
    to.link(owner, VOID + "propertyPartition", me)
    to.type(me, VOID + "Dataset")
    to.link(me, VOID + "property", p.iri)
    to.number(me, VOID + "triples", p.triples or None)
    for iri, triples in p.classes:
        part = f"{me}-{_slug(iri, prefixes)}"
        to.link(me, VOID + "classPartition", part)
        to.link(part, VOID + "class", iri)
        to.number(part, VOID + "triples", triples or None)
    for iri, triples in p.datatypes:
        part = f"{me}-{_slug(iri, prefixes)}"
        to.link(me, VOID_EXT + "datatypePartition", part)
        to.link(part, VOID_EXT + "datatype", iri)
        to.number(part, VOID + "triples", triples or None)


def _slug(iri: str, prefixes: Prefixes) -> str:
    """A short name for an IRI within the document."""
    curie = prefixes.compress(iri)
    return curie.replace(":", "-").replace("/", "-") if curie else short_hash(iri, 12)


# ---- links to others


def _linksets(to: Writer, census: Census, place: Place, prefixes: Prefixes) -> None:
    """The sets of links to identifiers that others gave; words of vocabularies are no such links."""
    words = {*_vocabularies(census, prefixes), OWL, RDF, RDFS, SKOS, XSD}
    for found in census.linksets:
        namespace = prefixes.namespaces[found.prefix]
        if namespace in words:
            continue
        me = place.part(f"links-{found.prefix}-{_slug(found.property, prefixes)}")
        target = place.part(f"target-{found.prefix}")
        to.type(me, VOID + "Linkset")
        to.link(place.dataset, VOID + "subset", me)
        to.link(me, VOID + "subjectsTarget", place.dataset)
        to.link(me, VOID + "objectsTarget", target)
        to.link(me, VOID + "linkPredicate", found.property)
        to.number(me, VOID + "triples", found.triples)
        to.type(target, VOID + "Dataset")
        to.text(target, DCTERMS + "title", found.prefix)
        to.text(target, VOID + "uriSpace", namespace)


# ---- where to get it


def _catalogue(to: Writer, place: Place) -> None:
    me, own = place.part("catalogue"), place.license
    to.type(me, DCAT + "Catalog")
    to.text(me, DCTERMS + "title", f"Catalogue of {place.title}", language="en")
    to.link(me, DCAT + "dataset", place.dataset)
    to.link(me, DCTERMS + "license", own)
    to.link(me, FOAF + "homepage", place.root)
    for dump in place.dumps:
        it = place.part(f"dump-{dump.name}")
        to.type(it, DCAT + "Distribution")
        to.text(it, DCTERMS + "title", dump.title, language="en")
        to.link(it, DCAT + "downloadURL", dump.url)
        to.link(it, DCAT + "accessURL", dump.url)
        to.link(it, DCAT + "mediaType", MEDIA_TYPES + dump.media_type)
        to.link(it, DCTERMS + "license", own)
    for service in place.services:
        it = place.part(f"service-{service.name}")
        to.type(it, DCAT + "DataService")
        to.link(me, DCAT + "service", it)
        to.text(it, DCTERMS + "title", service.title, language="en")
        to.link(it, DCAT + "endpointURL", service.url)
        to.link(it, DCAT + "endpointDescription", service.description)
        to.link(it, DCTERMS + "conformsTo", service.standard)
        to.link(it, DCAT + "servesDataset", place.dataset)
        to.link(it, DCTERMS + "license", own)
