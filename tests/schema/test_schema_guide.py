"""What docs/schema.md tells people to write is a profile that loads and does what it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SH

from kg.profile import Profile
from kg.resources import folder
from kg.schema.datatypes import is_known
from kg.schema.jsonschema import json_schema
from kg.schema.names import STEMMA, XSD

GUIDE = Path(__file__).parent.parent.parent / "docs" / "schema.md"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    own = tmp_path_factory.mktemp("guide") / "cold"
    for kind in ("ontology", "shapes"):
        shutil.copytree(folder(kind) / "cell-therapy", own / kind)
    for i, block in enumerate(re.findall(r"```turtle\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)):
        graph = Graph().parse(data=block, format="turtle")
        shapes = {SH.PropertyShape, SH.NodeShape} & set(graph.objects(None, RDF.type))
        (own / ("shapes" if shapes else "ontology") / f"guide-{i}.ttl").write_text(block, "utf-8")
    return Profile.load(own)


def test_its_terms_and_prefixes_are_known(profile: Profile) -> None:
    assert profile.vocabulary.is_a("https://w3id.org/stemma/term/sea-sickness", STEMMA + "Disease")
    assert profile.prefixes.expand("light:x") == "https://lights.example/light/x"


def test_its_property_and_rule_are_known(profile: Profile) -> None:
    statement = json_schema(profile, "claim")["$defs"]["Statement"]
    assert "storageTemperature" in statement["properties"]["qualifiers"]["properties"]
    assert "Statement-coldMeansCells" in statement["$comment"]


def test_its_list_of_datatypes_is_the_programs() -> None:
    (told,) = re.findall(r"Datatypes are\s(.*?)\.\n", GUIDE.read_text("utf-8"), re.DOTALL)
    names = [n.removeprefix("xsd:") for n in re.findall(r"`([\w:]+)`", told)]
    assert len(names) == 9
    assert all(is_known(XSD + n) for n in names)
