"""Queries that mean harm, as data: what is asked, and what must become of it.

``refused`` is told before any parser sees the text; ``ended`` is cut off at the deadline or a cap;
``either`` may be refused, be ended, fail as a query, or even answer in time: what counts is that it
is over by its deadline. :data:`QUERIES` are read by the tests and by the reliability harness, on a
store of 2,000 quads or more.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Fate = Literal["refused", "ended", "either"]


class Hostile(NamedTuple):
    """One query."""

    name: str
    text: str
    must_be: Fate


PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
"""Every triple beside every triple beside every triple."""
LETTERS = "bcdefghijklmnopqrstuvwxyz"
ANY = "(<http://e/p>|!<http://e/p>)"
"""A path over every edge."""


def _joined(count: int, pattern: str) -> str:
    return " ".join(pattern.format(i=i, j=i + 1) for i in range(count))


def _values(count: int, size: int) -> str:
    rows = " ".join(map(str, range(size)))
    return " ".join(f"VALUES ?{LETTERS[i]} {{ {rows} }}" for i in range(count))


def _doubled(times: int, first: str = "0123456789") -> str:
    """Text that doubles with every step."""
    return f"BIND('{first}' AS ?x0) " + _joined(times, "BIND(CONCAT(?x{i}, ?x{i}) AS ?x{j})")


NESTED = [
    Hostile("braces", "SELECT * " + "{" * 3000 + "}" * 3000, "refused"),
    Hostile("braces that are never closed", "ASK " + "{" * 30_000, "refused"),
    Hostile("brackets in a filter", "ASK { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }", "refused"),
    Hostile("brackets behind <", "ASK { FILTER(1<" + "(" * 20_000 + "1" + ")" * 20_000 + ">2) }", "refused"),
    Hostile("lists in lists", "ASK { ?s ?p " + "(" * 100 + ")" * 100 + " }", "refused"),
    Hostile("blank nodes", "ASK { ?s ?p " + "[ ?p " * 3000 + "1" + "]" * 3000 + " }", "refused"),
    Hostile("negations", "ASK { FILTER(" + "!" * 10_000 + "1) }", "refused"),
    Hostile("negations in brackets", "ASK { FILTER(" + "!(" * 3000 + "1" + ")" * 3000 + ") }", "refused"),
    Hostile("minus in minus", "ASK { ?s ?p ?o " + "MINUS { ?s ?p ?o " * 3000 + "}" * 3000 + " }", "refused"),
    Hostile("a chain of minus", "ASK { ?s ?p ?o " + "MINUS { ?s ?p ?o } " * 1500 + "}", "refused"),
    Hostile("a chain of unions", "SELECT * { {}" + " UNION {}" * 6000 + " }", "refused"),
    Hostile("a sum", "ASK { FILTER(1" + "+1" * 20_000 + ") }", "refused"),
    Hostile("conjunctions", "ASK { FILTER(1" + "&&1" * 10_000 + ") }", "refused"),
    Hostile("disjunctions", "ASK { FILTER(1" + "||1" * 10_000 + ") }", "refused"),
    Hostile("signs", "ASK { FILTER(" + "- " * 10_000 + "1) }", "refused"),
    Hostile("triple terms", "ASK { ?s ?p " + "<<( ?s ?p " * 3000 + "?o" + " )>>" * 3000 + " }", "refused"),
    Hostile("quoted triples", "ASK { " + "<< " * 3000 + "?s ?p ?o " + ">> " * 3000 + "}", "refused"),
    Hostile("optional in optional", "ASK { " + "OPTIONAL { ?s ?p ?o " * 1000 + "}" * 1000 + "}", "refused"),
    Hostile("functions", "ASK { FILTER(" + "STR(" * 5000 + "1" + ")" * 5000 + " = '') }", "refused"),
    Hostile("queries in queries", "SELECT * { " * 500 + "?s ?p ?o " + "}" * 500, "refused"),
    Hostile("not exists in not exists", "ASK { " + "FILTER NOT EXISTS { ?a ?b ?c " * 60 + "}" * 61, "either"),
    Hostile("paths in brackets", "ASK { ?s " + "(" * 200 + "<http://e/p>" + ")*" * 200 + " ?o }", "refused"),
    Hostile("behind strings", "ASK { FILTER(1<'>'||" + "(" * 20_000 + "1" + ")" * 20_000 + "||''='') }", "refused"),
]
"""Texts that a parser may not survive."""

PLANNED = [
    Hostile("300 joined triples", "ASK { " + _joined(300, "?a{i} <http://e/p> ?a{j} .") + " }", "refused"),
    Hostile("300 triples of one", "ASK { " + _joined(300, "?a <http://e/p{i}> ?b{i} .") + " }", "refused"),
    Hostile("300 objects", "ASK { ?a <http://e/p> ?x" + _joined(300, ", ?a{i}") + " }", "refused"),
    Hostile("300 properties", "ASK { ?a <http://e/p> ?x" + _joined(300, "; <http://e/p{i}> ?b{i}") + " }", "refused"),
    Hostile("numbers that end a triple", "ASK { " + _joined(300, "?a{i} <http://e/p> {i}.") + " }", "refused"),
    Hostile("a path of 300 steps", "ASK { ?s <http://e/p>" + "/<http://e/p>" * 300 + " ?o }", "refused"),
    Hostile("a path of 300 steps back", "ASK { ?s ^<http://e/p>" + "/^<http://e/p>" * 300 + " ?o }", "refused"),
    Hostile("a list of 300", "ASK { ?s ?p (" + "1 " * 300 + ") }", "refused"),
    Hostile("300 groups", "ASK { " + "{ ?a ?b ?c } " * 300 + "}", "refused"),
    Hostile(
        "300 optionals", "ASK { ?a ?b ?c " + _joined(300, "OPTIONAL {{ ?a <http://e/p{i}> ?c{i} }}") + " }", "refused"
    ),
    Hostile(
        "five groups of 90 triples",
        "SELECT * { "
        + " ".join("{ " + _joined(90, f"?a <http://e/{k}{{i}}> ?b{k}{{i}} .") + " }" for k in range(5))
        + "}",
        "either",
    ),
    Hostile("100 triples of one", "ASK { " + _joined(99, "?a <http://e/p{i}> ?b{i} .") + " }", "either"),
]
"""Texts that the planner takes seconds or minutes to read."""

ELSEWHERE = [
    Hostile("service", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }", "refused"),
    Hostile("service that is silent", "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?a ?b ?c } }", "refused"),
    Hostile("service in odd letters", "SELECT * { sErViCe#c\n<http://127.0.0.1:9/> { ?a ?b ?c } }", "refused"),
    Hostile("service run into a number", "SELECT * { ?s ?p 1.SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }", "refused"),
    Hostile("service run into a truth", "SELECT * { ?s ?p true.SERVICE ?x { ?a ?b ?c } }", "refused"),
    Hostile("service behind a string", "SELECT * { FILTER(1<'>'||''='') SERVICE ?x { } ?s ?p 'o' }", "refused"),
    Hostile("service behind a remark", "SELECT * { # '\r SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }", "refused"),
    Hostile("service with a prefix", "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?a ?b ?c } }", "refused"),
    Hostile("service in escapes", "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }", "either"),
    Hostile("service in long escapes", "SELECT * { \\U00000053\\u0045RVICE ?x { ?a ?b ?c } }", "either"),
    Hostile("load", "LOAD <http://127.0.0.1:9/>", "refused"),
    Hostile("load that is silent", "lOaD SILENT <http://127.0.0.1:9/> INTO GRAPH <http://e/g>", "refused"),
    Hostile("load of a file", "LOAD <file:///etc/passwd>", "refused"),
    Hostile("from elsewhere", "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }", "either"),
]
"""Texts that would have the engine ask another place."""

LARGE = [
    Hostile("a literal of 200 kB", "ASK { ?s ?p '" + "a" * 200_000 + "' }", "refused"),
    Hostile(
        "a literal of 60 kB many times",
        "SELECT (STRLEN(?x) AS ?n) { VALUES ?x { '" + "a" * 60_000 + "' } " + PRODUCT + " }",
        "ended",
    ),
    Hostile("an IRI of 200 kB", "ASK { <http://e/" + "a" * 200_000 + "> ?p ?o }", "refused"),
    Hostile("a remark of 200 kB", "ASK {} #" + "a" * 200_000, "refused"),
    Hostile("500,000 values", "ASK { VALUES ?x { " + "1 " * 500_000 + "} }", "refused"),
    Hostile("text that doubles", "SELECT (STRLEN(?x60) AS ?n) { " + _doubled(60) + " }", "ended"),
    Hostile("text that doubles in an answer", "SELECT ?x24 { " + _doubled(24) + " }", "ended"),
    Hostile(
        "text that grows by replacing",
        "SELECT ?z { BIND('aaaaaaaaaaaaaaaaaaaa' AS ?v) "
        + _joined(20, "BIND(REPLACE(?v{i}, 'a', 'aaaaaaaaaa') AS ?v{j})").replace("?v0,", "?v,")
        + " BIND(?v20 AS ?z) }",
        "ended",
    ),
    Hostile(
        "escapes in an answer", "SELECT (ENCODE_FOR_URI(?x22) AS ?u) { " + _doubled(22, "%%%%%%%%%%") + " }", "ended"
    ),
    Hostile("a product as rows", f"SELECT * {{ {PRODUCT} }}", "ended"),
    Hostile("a product as triples", f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {PRODUCT} }}", "ended"),
    Hostile("a product as CSV of nothing", f"SELECT ?none {{ {PRODUCT} }}", "ended"),
    Hostile("all of it, described", f"DESCRIBE * {{ {PRODUCT} }}", "ended"),
]
"""Answers and values without end."""

SLOW = [
    Hostile("a product in order", f"SELECT * {{ {PRODUCT} }} ORDER BY ?c ?f ?i", "ended"),
    Hostile("the first of a product in order", f"SELECT * {{ {PRODUCT} }} ORDER BY DESC(?i) LIMIT 1", "ended"),
    Hostile("a product without doubles", f"SELECT DISTINCT ?c ?f ?i {{ {PRODUCT} }} OFFSET 100000000", "ended"),
    Hostile("a product counted", f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}", "ended"),
    Hostile("a product counted without doubles", f"SELECT (COUNT(DISTINCT ?i) AS ?n) {{ {PRODUCT} }}", "ended"),
    Hostile("a product in groups", f"SELECT ?a (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?a ?d ?g", "ended"),
    Hostile("a product as one text", f"SELECT (GROUP_CONCAT(?c) AS ?t) {{ {PRODUCT} }}", "ended"),
    Hostile("a product with a sum", f"SELECT (SUM(STRLEN(STR(?i))) AS ?n) {{ {PRODUCT} }}", "ended"),
    Hostile("a product that fits nothing", f"ASK {{ {PRODUCT} FILTER(?a = ?f && ?i = 'nothing') }}", "either"),
    Hostile("a product from far off", f"SELECT * {{ {PRODUCT} }} OFFSET 900000000000 LIMIT 1", "ended"),
    Hostile(
        "a product in a query", f"SELECT (MAX(?n) AS ?m) {{ SELECT (STRLEN(STR(?c)) AS ?n) {{ {PRODUCT} }} }}", "ended"
    ),
    Hostile(
        "a product by optionals",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c OPTIONAL { ?d ?e ?f } OPTIONAL { ?g ?h ?i } }",
        "ended",
    ),
    Hostile(
        "a product by unions",
        "SELECT (COUNT(*) AS ?n) { { ?a ?b ?c } UNION { ?c ?b ?a } ?d ?e ?f . ?g ?h ?i }",
        "ended",
    ),
    Hostile(
        "a product that looks light",
        "SELECT * { ?a a ?b . ?c a ?d . ?e a ?f FILTER(?b = 1 && ?d = 2 && ?f = 3) }",
        "either",
    ),
    Hostile("values four times", "SELECT (COUNT(*) AS ?n) { " + _values(4, 1000) + " }", "ended"),
    Hostile("values four times in order", "SELECT * { " + _values(4, 1000) + " } ORDER BY ?b ?c ?d ?e", "ended"),
    Hostile("values and a filter", "ASK { " + _values(4, 1000) + " FILTER(?b + ?c + ?d + ?e = 0.5) }", "ended"),
    Hostile(
        "numbers made of numbers", "SELECT (SUM(?b * ?c / (?d + ?e + 1)) AS ?n) { " + _values(4, 500) + " }", "ended"
    ),
    Hostile("chance", f"SELECT (MAX(RAND()) AS ?n) {{ {PRODUCT} }}", "ended"),
    Hostile("digests", f"SELECT (MAX(SHA512(STR(?i))) AS ?n) {{ {PRODUCT} }}", "ended"),
    Hostile("names without end", f"SELECT (COUNT(DISTINCT ?u) AS ?n) {{ {PRODUCT} BIND(STRUUID() AS ?u) }}", "ended"),
    Hostile(
        "a regular expression",
        f"ASK {{ {PRODUCT} FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)), '^(a+)+$')) }}",
        "ended",
    ),
    Hostile(
        "a large regular expression",
        f"SELECT * {{ {PRODUCT} FILTER(REGEX(STR(?i), '(x{{1,200}}){{1,200}}y$')) }}",
        "ended",
    ),
    Hostile(
        "expressions from data",
        f"ASK {{ {PRODUCT} FILTER(REGEX(STR(?c), CONCAT('(', STR(?f), '|', STR(?i), ')+never'))) }}",
        "ended",
    ),
    Hostile(
        "expressions with the letters of all scripts",
        f"ASK {{ {PRODUCT} FILTER(REGEX(STR(?i), '(\\\\p{{L}}{{1,100}}){{1,50}}[\\\\p{{Lu}}&&\\\\p{{Ll}}]')) }}",
        "either",
    ),
    Hostile(
        "paths over every edge", f"SELECT (COUNT(*) AS ?n) {{ ?a {ANY}+ ?b . ?c {ANY}+ ?d . ?e {ANY}+ ?f }}", "ended"
    ),
    Hostile(
        "paths in paths",
        f"SELECT (COUNT(*) AS ?n) {{ ?a (({ANY}*)*/({ANY}*)*)* ?b . ?c {ANY}* ?d . ?e ?g ?h }}",
        "ended",
    ),
    Hostile("paths both ways", f"SELECT (COUNT(*) AS ?n) {{ ?a ({ANY}|^{ANY})* ?b . ?c ({ANY}|^{ANY})* ?d }}", "ended"),
    Hostile(
        "paths of 25 kinds",
        "SELECT (COUNT(*) AS ?n) { ?a ("
        + "|".join(f"<http://e/{x}>" for x in LETTERS)
        + f"|!<http://e/b>)+ ?b . {PRODUCT} }}",
        "ended",
    ),
    Hostile(
        "what is not in a product",
        f"ASK {{ {PRODUCT} FILTER NOT EXISTS {{ ?x ?y ?z . ?u ?v ?w FILTER(?z = ?w || ?x = ?a) }} }}",
        "either",
    ),
    Hostile(
        "deep and not there",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c "
        + "FILTER NOT EXISTS { ?x ?y ?z FILTER(?z = ?c) FILTER EXISTS { ?c ?b ?a } " * 1
        + "} ?d ?e ?f . ?g ?h ?i }",
        "ended",
    ),
    Hostile(
        "a product less a product",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i MINUS { ?a ?x ?y . ?z ?u ?f } }",
        "ended",
    ),
    Hostile(
        "every graph beside every graph",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } GRAPH ?k { ?i ?j ?l } }",
        "ended",
    ),
]
"""Questions that are small and take for ever."""

QUERIES = [*NESTED, *PLANNED, *ELSEWHERE, *LARGE, *SLOW]
