"""What a query may be: judged before the engine's parser sees it, and not to be fooled."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest

from kg.errors import QueryError
from kg.schema.names import XSD
from kg.store.limits import MAX_DEPTH, MAX_LENGTH, MAX_OPERATORS, MAX_PATTERNS, check_text, scan, syntax_error
from kg.store.oxigraph import OxigraphStore

CALL = "SERVICE <http://127.0.0.1:1/> { ?a ?b ?c }"

ELSEWHERE = [
    f"SELECT * {{ {CALL} }}",
    f"SELECT * {{ {CALL.lower()} }}",
    "SELECT * { SERVICE SILENT ?x { } }",
    f"SELECT * {{ ?s ?p ?x.{CALL} }}",
    f"SELECT * {{ ?s ?p true.{CALL} }}",
    f"SELECT * {{ ?s ?p true{CALL} }}",
    f"SELECT * {{ ?s ?p 1.{CALL} }}",
    f"SELECT * {{ ?s ?p 1e5{CALL} }}",
    f"SELECT * {{ ?s ?p 'a'@en.{CALL} }}",
    "PREFIX : <http://127.0.0.1:1/> SELECT * { SERVICE:x { ?a ?b ?c } }",
    "PREFIX : <http://127.0.0.1:1/> SELECT * { ?s ?p trueSERVICE:x { ?a ?b ?c } }",
    f"PREFIX e: <http://e/> SELECT * {{ ?s ?p e:.{CALL} }}",
    f"PREFIX e: <http://e/> SELECT * {{ ?s e:a\\' ?o . {CALL} ?s e:b\\' ?o }}",
    f"PREFIX e: <http://e/> SELECT * {{ ?s e:a\\# ?o . {CALL} }}",
    f"SELECT * {{ # a remark\r {CALL} }}",
    f"SELECT * {{ ?s <http://e/#a> ?o . {CALL} }}",
    f"SELECT * {{ ?s <http://e/\u00a0#>?o . {CALL} }}",
    f"SELECT * {{ ?s <http://e/\\u0041#>?o . {CALL} }}",
    f"SELECT * {{ ?s <urn:e#a> ?o . {CALL} }}",
    f"SELECT * {{ ?s <urn:e'a> ?o . {CALL} ?s <urn:e'a> ?o }}",
    f"SELECT * {{ FILTER(1<'>'||''='') {CALL} ?s ?p 'o' }}",
    f'SELECT * {{ FILTER(1<3#>"""\n) {CALL} }} #"""',
    f"SELECT * {{ FILTER(?x<<urn:a#b>||1) {CALL} }}",
    f"SELECT * {{ FILTER(?x<<urn:a#b>) #\n {CALL} }}",
    f"SELECT * {{ ?s ?p '''a''' . {CALL} ?s ?p '''b''' }}",
    f"SELECT * {{ ?s ?p 'a\\'' . {CALL} ?s ?p 'b' }}",
    "LOAD <http://127.0.0.1:1/>",
    "load silent <http://127.0.0.1:1/> INTO GRAPH <http://e/>",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_query_reaches_no_other_place(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        OxigraphStore().query(text)
    assert caught.value.where.startswith("line ")
    assert caught.value.hint


HARMLESS = [
    "SELECT ?service { ?service ?load $SERVICE }",
    "SELECT * { ?s ?p 'SERVICE <http://e/> {}' }",
    'SELECT * { ?s ?p """SERVICE\n"a" LOAD""" }',
    "SELECT * { ?s ?p ?o } # SERVICE <http://e/>\n# LOAD",
    "SELECT * { ?s <http://e/service/load> <http://e/?LOAD> }",
    "SELECT * { ?s <urn:service:load#x> ?o }",
    "PREFIX e: <http://e/> SELECT * { ?s e:service e:LOAD, e:a.service, e:b\\'service }",
    "SELECT * { ?s ?p 'x'@en-service }",
    "SELECT * { ?s ?p ?o FILTER(?o < 'a' && ?o > 'b') }",
    "SELECT * { ?s ?p ?o FILTER(?o<3&&?o>2) FILTER(?o<?s)FILTER(?s>?o) }",
    "SELECT * { ?s (<http://e/#a>|<http://e/it's>)* ?o FILTER(?o IN (<http://e/#b>, <urn:c>)) }",
    "SELECT * { ?s ?p ?o FILTER(EXISTS { ?s <urn:e#a> ?o }) }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(?o<=5||?o>=6) }",
    "SELECT * { ?s ?p ''' it's \"quoted\" ''' }",
    "SELECT * { ?s ?p 'it\\'s', '', \"\", 'a' }",
    "ASK { " + "{" * 50 + "}" * 50 + " }",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_passes(text: str) -> None:
    OxigraphStore().query(text)


DEEP = {
    "braces": "SELECT * " + "{" * 3000 + "}" * 3000,
    "brackets": "SELECT * { FILTER(" + "(" * 3000 + "1" + ")" * 3000 + ") }",
    "brackets after <": "SELECT * { FILTER(1<" + "(" * 20000 + "1" + ")" * 20000 + ">2) }",
    "brackets behind a string": "SELECT * { FILTER(1<'>'||" + "(" * 20000 + "1" + ")" * 20000 + "||''='') }",
    "lists": "SELECT * { ?s ?p " + "(" * 3000 + "1" + ")" * 3000 + " }",
    "blank nodes": "SELECT * { ?s ?p " + "[ ?p " * 3000 + "1" + "]" * 3000 + " }",
    "triple terms": "SELECT * { ?s ?p " + "<< " * 3000 + "?s ?p ?o " + ">> " * 3000 + " }",
    "triple terms in brackets": "SELECT * { ?s ?p " + "<<( ?s ?p " * 3000 + "?o" + " )>>" * 3000 + " }",
    "functions": "SELECT * { FILTER(" + "str(" * 3000 + "1" + ")" * 3000 + " = '') }",
    "open only": "SELECT * " + "{" * 3000,
    "not": "SELECT * { FILTER(" + "!" * 3000 + "1) }",
    "or": "SELECT * { FILTER(1" + "||1" * 3000 + ") }",
    "unions": "SELECT * { {}" + " UNION {}" * 3000 + " }",
    "path": "SELECT * { ?s <http://e/a>" + "/<http://e/a>" * 600 + " ?o }",
    "long": "SELECT * { ?s ?p '" + "a" * MAX_LENGTH + "' }",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_could_crash_the_parser_is_refused(name: str) -> None:
    with pytest.raises(QueryError) as caught:
        check_text(DEEP[name])
    assert caught.value.where.startswith("line ")


def many(count: int, pattern: str) -> str:
    return "".join(pattern.replace("{}", str(i)) for i in range(count))


PLANNED = {
    "triples": "ASK { " + many(MAX_PATTERNS + 1, "?a <http://e/p{}> ?b{} . ") + " }",
    "triples that end in a number": "ASK { " + many(MAX_PATTERNS + 1, "?a <http://e/p> {}.") + " }",
    "objects": "ASK { ?s ?p 0" + many(MAX_PATTERNS + 1, ", {}") + " }",
    "groups": "ASK { " + "{ ?a ?b ?c } " * (MAX_PATTERNS + 1) + "}",
    "optionals": "ASK { " + "OPTIONAL { ?a ?b ?c } " * (MAX_PATTERNS + 1) + "}",
    "steps": "ASK { ?s <http://e/a>" + "/<http://e/a>" * (MAX_PATTERNS + 1) + " ?o }",
    "steps in brackets": "ASK { ?s (<http://e/a>" + "/<http://e/a>" * (MAX_PATTERNS + 1) + ")* ?o }",
    "a list": "ASK { ?s ?p (" + "1 " * (MAX_PATTERNS // 2 + 2) + ") }",
    "lists in lists": "ASK { ?s ?p " + "(" * (MAX_PATTERNS // 2 + 1) + ")" * (MAX_PATTERNS // 2 + 1) + " }",
}


@pytest.mark.parametrize("name", PLANNED)
def test_what_the_planner_would_take_long_for_is_refused(name: str) -> None:
    with pytest.raises(QueryError, match="patterns are joined") as caught:
        check_text(PLANNED[name])
    assert caught.value.where.startswith("line 1, column ")


LARGE = {
    "rows of values": "SELECT * { VALUES (?x ?y) { " + many(1500, "(<http://e/{}> '{}, it. is; so') ") + "} ?x ?b ?c }",
    "values": "SELECT * { VALUES ?x { " + many(3000, "{} ") + "} }",
    "a choice": "ASK { ?s ?p ?o FILTER(?o IN (0" + many(400, ", {}") + ")) }",
    "unions": "ASK { {} " + "UNION { ?a ?b ?c } " * 200 + "}",
    "columns": "SELECT " + many(150, "?a{} ") + many(100, "(?a{} + 1 AS ?b{}) ") + "{ ?a0 ?a1 ?a2 }",
    "comparisons": "ASK { ?a ?b ?c FILTER(" + many(150, "(?a = {}) || ") + "?b = 1) }",
    "casts": "ASK { ?a ?b ?c FILTER(" + many(80, f"<{XSD}integer>(?a) = {{}} || ") + "?b = 1) }",
    "kinds of edges": "ASK { ?a (<http://e/p>" + many(200, "|<http://e/p{}>") + ") ?b }",
    "triples in several groups": "ASK { " + "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } " * 60 + "}",
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_only_long_passes(name: str) -> None:
    OxigraphStore().query(LARGE[name])


@pytest.mark.parametrize(
    ("text", "patterns", "constants", "repeats", "words"),
    [
        ("ASK {}", 1, 0, False, {"ask"}),
        ("SELECT * { <http://e/s> ?p ?o } LIMIT 10", 1, 2, False, {"select", "limit"}),
        ("SELECT * FROM <http://e/g> { ?s e:p ?o ; e:q 'x' . }", 3, 4, False, {"select", "from"}),
        ("ASK { ?s e:p/e:q* ?o }", 2, 2, True, {"ask"}),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", 1, 0, False, {"select", "count", "as"}),
    ],
)
def test_what_a_text_holds_is_told(text: str, patterns: int, constants: int, repeats: bool, words: set[str]) -> None:
    found = scan(text)
    assert (found.patterns, found.constants, found.repeats, found.words) == (patterns, constants, repeats, words)


@pytest.mark.parametrize(
    ("message", "where", "told"),
    [
        ("error at 3:7: expected this\nor that", "line 3, column 7", "this is no SPARQL query: expected this\nor that"),
        ("a word", "", "this is no SPARQL query: a word"),
    ],
)
def test_what_the_engine_says_is_told_with_its_place(message: str, where: str, told: str) -> None:
    error = syntax_error(message)
    assert (error.where, error.message) == (where, told)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * MAX_DEPTH + "}" * MAX_DEPTH,
        "SELECT * { FILTER(1" + "+1" * (MAX_OPERATORS - 10) + ") }",
        "SELECT * { ?s ?p '" + "a" * (MAX_LENGTH - 30) + "' }",
        "SELECT * { FILTER(" + "!" * (MAX_OPERATORS - 10) + "1) }",
    ],
)
def test_up_to_the_limits_the_engine_takes_it(text: str) -> None:
    code = "import sys; from kg.store.oxigraph import OxigraphStore; OxigraphStore().query(sys.stdin.read())"
    subprocess.run([sys.executable, "-c", code], input=text, text=True, check=True, timeout=60)


@pytest.mark.parametrize("junk", ["a.", "a-", "'''", '"', "\\", "<a", "<", "a:", "@a-", "\u00e9", ":", "?", "'\n"])
def test_a_scan_of_junk_ends(junk: str) -> None:
    with contextlib.suppress(QueryError):
        check_text((junk * MAX_LENGTH)[:MAX_LENGTH])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("SELECT * {\n  ?s ?p ?o .\n  SERVICE <http://e/> {} }", "line 3, column 3"),
        ("SELECT * {\n  ?s ?p }", "line 2, column 10"),
        ("SELEKT", "line 1, column"),
    ],
)
def test_the_place_is_told_in_the_text_as_it_was_written(text: str, where: str) -> None:
    with pytest.raises(QueryError) as caught:
        OxigraphStore().query(text, {"unused": "http://e/"})
    assert caught.value.where.startswith(where)
