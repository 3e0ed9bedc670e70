"""Shapes that an engine would skip, read otherwise or never be done with are refused as the profile is read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from rdflib import Graph

import kg
from kg.gate import rust, shacl
from kg.gate.engines import Engine, Judging, engine, engines
from kg.gate.facts import gather
from kg.gate.sure import SureShapes
from kg.profile import Profile
from kg.schema.constraints import check_constraints
from kg.schema.patterns import fault, python_form

HEAD = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix x: <urn:x:> .
x:s a sh:NodeShape ; sh:targetClass x:C .
"""
TYPED = "<urn:x:n> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:C> .\n"


def shapes(turtle: str) -> Graph:
    return Graph().parse(data=HEAD + turtle, format="turtle")


@pytest.mark.parametrize(
    ("turtle", "told"),
    [
        ('x:s sh:js [ sh:jsFunctionName "f" ] .', "sh:js"),
        ("x:s sh:rule x:r .", "sh:rule is not used"),
        ("x:s sh:target x:t .", "sh:target is not used"),
        ("x:s sh:expression x:e .", "sh:expression is not used"),
        ('x:s sh:property [ sh:path x:p ; sh:pattern "a" ; sh:flags "i" ] .', "sh:flags is not used"),
        ("x:s owl:imports <http://example.org/shapes> .", "import"),
        ('x:s sh:sparql [ sh:select "SELECT $this { SERVICE <http://x.example/> { ?s ?p ?o } }" ] .', "SERVICE"),
        ('x:s sh:sparql [ sh:select "SELECT $this { sErViCe#c\\n<http://x.example/> { } }" ] .', "SERVICE"),
        ('x:s sh:sparql [ sh:ask "ASK FROM <http://x.example/> { }" ] .', "FROM"),
        ('x:s sh:property [ sh:path x:p ; sh:pattern "^(a+)+$" ] .', "two ways"),
        ('x:s sh:property [ sh:path x:p ; sh:pattern "^(?=a)" ] .', "looks neither ahead"),
    ],
)
def test_what_an_engine_could_leave_out_is_refused(turtle: str, told: str) -> None:
    with pytest.raises(kg.ProfileError) as caught:
        check_constraints(shapes(turtle))
    assert told in str(caught.value)


def test_a_query_that_stays_inside_is_taken() -> None:
    check_constraints(shapes('x:s sh:sparql [ sh:select "SELECT $this ?service WHERE { $this x:p ?service }" ] .'))


def test_a_profile_with_such_a_shape_does_not_open(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes" / "own.ttl").write_text(HEAD + 'x:s sh:js [ sh:jsFunctionName "f" ] .', "utf-8")
    with pytest.raises(kg.ProfileError, match="sh:js"):
        Profile.load(tmp_path)


TAKEN = [
    "",
    "^P",
    r"[^\s]",
    "[0-9][^0-9]",
    "^[a-z]+/[a-z0-9.+-]+$",
    "^(a|b)*$",
    "^(ab?)*$",
    r"^\$[$\]]$",
    "^(/([^~/]|~[01])*)+$",
]
REFUSED = [
    *("^(a+)+$", "^(a|a)*$", "^(a|ab)*$", "^(a*)*$", "^a*a*$", "^(a?){30}b$", "^((a{0,9}){9}){9}$", "^a?a$"),
    *(".+", "[0-9].*[^0-9]", "a$b", "a**", "a+?", "(", "[a", "a)", r"\w", r"\bx", r"(a)\1", "(?i)a", "^[[a]]$"),
]


@pytest.mark.parametrize("pattern", TAKEN)
def test_patterns_with_one_way_on_are_taken(pattern: str) -> None:
    assert fault(pattern) is None


@pytest.mark.parametrize("pattern", REFUSED)
def test_patterns_that_could_hang_or_differ_are_not(pattern: str) -> None:
    assert fault(pattern)


def test_a_long_text_does_not_keep_a_pattern_busy() -> None:
    """A hundred thousand characters against each; an exponential pattern would not end with forty."""
    for pattern in TAKEN:
        for text in ("a" * 100_000 + "!", "/" * 100_000 + "~", "ab" * 50_000 + "!", "0" * 100_000):
            re.search(python_form(pattern), text)


def test_a_line_break_at_the_end_is_no_end() -> None:
    assert re.search("^a$", "a\n")
    assert not re.search(python_form("^a$"), "a\n")
    assert python_form(r"^[$]\$$|b$") == r"^[$]\$\Z|b\Z"


def test_white_space_is_what_unicode_says() -> None:
    assert re.search(r"^\s$", "\x1f")
    for pattern in (r"^\s$", r"^[\s]$"):
        spaces = [c for c in map(chr, range(0x3100)) if re.search(python_form(pattern), c)]
        assert "".join(spaces).encode("unicode_escape").count(b"\\x1") == 0
        assert len(spaces) == 25
    assert not re.search(python_form(r"^\S$"), "\u3000")
    assert fault(r"^[a\S]$")


# ---- engines


def test_the_engine_is_the_one_that_is_pinned() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"shacl=={rust.PINNED}" in project["dependencies"]
    assert engine().name == "shacl"
    assert engine("pyshacl").judge is shacl.judge


def test_another_version_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rust, "PINNED", "0.0.0")
    assert list(engines()) == ["pyshacl"]
    assert engine().name == "pyshacl"
    with pytest.raises(kg.UsageError, match="no engine shacl"):
        engine("shacl")


def test_an_engine_that_fails_refuses() -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("out of order")

    for judging in (Judging(Engine("x", broken, shacl.judge), Graph()), Judging(engine("shacl"), Graph())):
        (found,) = judging.judge(TYPED, "", ["urn:x:n"])
        assert (found.code, found.severity) == ("shacl-failed", kg.Severity.VIOLATION)


@pytest.mark.parametrize("name", engines())
def test_data_that_cannot_be_read_is_refused(name: str) -> None:
    good = shapes("x:s sh:property [ sh:path x:p ; sh:minCount 1 ] .")
    assert [f.code for f in Judging(engine(name), good).judge("no triples", "", ["urn:x:n"])] == ["shacl-failed"]


@pytest.mark.parametrize(
    "turtle",
    [
        'x:s sh:property [ sh:path x:p ; sh:minCount 1 ; sh:message "A p." ] .',
        'x:s sh:property [ sh:path x:p ; sh:minCount 1 ; sh:message "P."@en , "Q."@de ] .',
        "x:s sh:property x:f . x:f sh:path x:q ; sh:in ( 1 2 ) ; sh:severity sh:Warning .",
        "x:s sh:property x:f . x:f sh:path [ sh:inversePath x:p ] ; sh:minCount 1 .",
        "x:s sh:property x:f . x:f sh:path ( x:q x:p ) ; sh:minCount 1 .",
        "x:s sh:property x:f . x:f sh:path x:q ; sh:node x:t . x:t a sh:NodeShape ; sh:property x:g . "
        "x:g sh:path x:r ; sh:minCount 1 .",
        "x:t a sh:NodeShape ; sh:targetNode <urn:x:n> ; sh:nodeKind sh:Literal .",
        "x:t a sh:NodeShape ; sh:targetSubjectsOf x:q ; sh:class x:D .",
        "x:s sh:property x:f . x:f sh:path x:q ; sh:qualifiedValueShape [ sh:class x:D ] ; sh:qualifiedMinCount 1 .",
        "x:s sh:closed true .",
        "x:s sh:not [ sh:property [ sh:path x:q ; sh:hasValue <urn:x:n#part> ] ] .",
        'x:s sh:sparql [ sh:message "No q." ; sh:select "SELECT $this WHERE { $this <urn:x:q> ?q }" ] .',
    ],
)
def test_what_profiles_may_use_is_found_by_all(turtle: str) -> None:
    graph = shapes(turtle)
    check_constraints(graph)
    text = TYPED + "<urn:x:n> <urn:x:q> <urn:x:n#part> .\n"
    around = "<urn:x:m> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:x:C> .\n"
    told = [set(Judging(e, graph).judge(text, around, ["urn:x:n"])) for e in engines().values()]
    assert told[0] == told[1] != set()
    assert SureShapes(graph).doubtful({"urn:x:n": gather(text)}, lambda _: ()) == ["urn:x:n"]
