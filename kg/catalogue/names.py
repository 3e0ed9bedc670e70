"""The namespaces that descriptions of data are written in."""

from __future__ import annotations

VOID = "http://rdfs.org/ns/void#"
VOID_EXT = "http://ldf.fi/void-ext#"
"""Partitions by datatype, as void-generator writes them and SPARQL editors read them."""

DCAT = "http://www.w3.org/ns/dcat#"
FOAF = "http://xmlns.com/foaf/0.1/"
SD = "http://www.w3.org/ns/sparql-service-description#"
PROF = "http://www.w3.org/ns/dx/prof/"
ROLE = "http://www.w3.org/ns/dx/prof/role/"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
FORMATS = "http://www.w3.org/ns/formats/"

PREFIXES = {
    "void": VOID,
    "void-ext": VOID_EXT,
    "dcat": DCAT,
    "foaf": FOAF,
    "sd": SD,
    "prof": PROF,
    "role": ROLE,
}
"""Prefixes beside those of a profile."""
