"""The prefix map: two ways, frozen, and never with two meanings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

import kg
from kg.profile import Profile
from kg.resources import folder
from kg.schema.prefixes import Prefixes, read_prefixes

PREFIXES = Profile.load("cell-therapy").prefixes

OBO = "http://purl.obolibrary.org/obo/"
FROZEN = {
    "stemma": "https://w3id.org/stemma/ontology/",
    "term": "https://w3id.org/stemma/term/",
    "agent": "https://w3id.org/stemma/agent/",
    **{p: f"{OBO}{p}_" for p in ("MONDO", "CL", "UBERON", "GO", "HP", "CHEBI", "ECO", "MAXO", "NCIT")},
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "MESH": "http://id.nlm.nih.gov/mesh/",
    "HGNC": "https://identifiers.org/hgnc/",
    "UniProtKB": "http://purl.uniprot.org/uniprot/",
    "clinicaltrials": "https://clinicaltrials.gov/study/",
    "ror": "https://ror.org/",
    "orcid": "https://orcid.org/",
    "doi": "https://doi.org/",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/",
}
"""What statements are named with: a namespace that is here is never changed, only added to."""


def read(turtle: str) -> Prefixes:
    head = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <https://x.example/> . x:p sh:declare "
    return read_prefixes(q.triple for q in parse(input=head + turtle + " .", format=RdfFormat.TURTLE))


def test_what_is_frozen_is_as_it_was() -> None:
    assert {p: PREFIXES.namespaces.get(p) for p in FROZEN} == FROZEN


@given(st.sampled_from(sorted(PREFIXES.namespaces)), st.from_regex("[A-Za-z0-9]{1,9}", fullmatch=True))
def test_curies_come_back(prefix: str, name: str) -> None:
    curie = f"{prefix}:{name}"
    iri = PREFIXES.expand(curie)
    assert iri == PREFIXES.namespaces[prefix] + name
    assert PREFIXES.compress(iri) == curie


@pytest.mark.parametrize("text", ["", "slows", "nope:1", "mondo:1", "http:1", ":1"])
def test_what_is_no_curie_has_no_iri(text: str) -> None:
    assert PREFIXES.expand(text) is None
    assert PREFIXES.iri(text) is None


def test_whole_iris_stay_as_they_are() -> None:
    assert PREFIXES.iri("https://clinic.example/x") == "https://clinic.example/x"
    assert PREFIXES.compress("https://clinic.example/x") is None


def test_longest_namespace_wins() -> None:
    assert PREFIXES.compress(OBO + "NCIT_C38267") == "NCIT:C38267"
    assert Prefixes({"a": "https://x.example/", "b": "https://x.example/b/"}).compress("https://x.example/b/c") == "b:c"


def test_every_prefix_is_declared_to_a_query() -> None:
    lines = PREFIXES.sparql().splitlines()
    assert len(lines) == len(PREFIXES.namespaces)
    assert "PREFIX CL: <http://purl.obolibrary.org/obo/CL_>" in lines


def test_declarations_are_read() -> None:
    found = read('[ sh:prefix "sea" ; sh:namespace "https://sea.example/" ]')
    assert found.namespaces == {"sea": "https://sea.example/"}


@pytest.mark.parametrize(
    ("turtle", "told"),
    [
        ('[ sh:prefix "a" ; sh:namespace "https://a/" ] , [ sh:prefix "a" ; sh:namespace "https://b/" ]', "https://b/"),
        ('[ sh:prefix "a" ; sh:namespace "https://a/" ] , [ sh:prefix "b" ; sh:namespace "https://a/" ]', "a, b"),
        ('[ sh:prefix "a" ]', "sh:namespace"),
        ('[ sh:namespace "https://a/" ]', "sh:prefix"),
        ('[ sh:prefix "" ; sh:namespace "https://a/" ]', "sh:prefix"),
    ],
)
def test_bad_declarations_are_refused(turtle: str, told: str) -> None:
    with pytest.raises(kg.ProfileError, match=told):
        read(turtle)


def test_no_profile_gives_a_frozen_prefix_another_meaning(tmp_path: Path) -> None:
    own = tmp_path / "own"
    for kind in ("ontology", "shapes"):
        shutil.copytree(folder(kind) / "cell-therapy", own / kind)
    (own / "ontology" / "mine.ttl").write_text(
        '<https://x.example/p> <http://www.w3.org/ns/shacl#declare> [ <http://www.w3.org/ns/shacl#prefix> "CL" ;'
        ' <http://www.w3.org/ns/shacl#namespace> "https://x.example/cl/" ] .',
        "utf-8",
    )
    with pytest.raises(kg.ProfileError, match="CL"):
        Profile.load(own)
