"""An update as explicit quads: the engine itself, run on a copy, is the measure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse

from kg.errors import QueryError
from kg.sparql.ledger import MARKS, follow, mark, unmark
from kg.sparql.operations import split
from kg.sparql.update import AsWritten, evaluate

A, B, C, P, Q, G, H = (NamedNode(f"urn:{x}") for x in "abcpqgh")
DATA = (
    Quad(A, P, B),
    Quad(A, P, C, G),
    Quad(B, P, A, G),
    Quad(A, P, B, H),
    Quad(A, Q, Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),
)
NODES = (*DATA, Quad(BlankNode("n"), P, A), Quad(A, P, BlankNode("n")), Quad(BlankNode("n"), Q, BlankNode("m"), G))


def store_of(quads: Iterable[Quad] = DATA) -> Store:
    store = Store()
    store.extend(quads)
    return store


def held(store: Store) -> tuple[list[str], list[str]]:
    return sorted(map(str, store)), sorted(map(str, store.named_graphs()))


def after(store: Store, update: str, **how: object) -> Store:
    """The store as it would be: the net effect on a copy; the store itself must not change."""
    before = held(store)
    removes, adds = evaluate(store, update, **how)  # type: ignore[arg-type]
    assert held(store) == before
    assert list(removes) == sorted(set(removes))
    assert list(adds) == sorted(set(adds))
    assert not set(removes) & set(adds)
    copy = store_of(store)
    for graph in store.named_graphs():
        copy.add_graph(graph)
    follow(copy, quads(removes), quads(adds))
    return copy


def quads(lines: Iterable[str]) -> list[Quad]:
    return list(parse(input="".join(lines), format=RdfFormat.N_QUADS))


def by_engine(store: Store, update: str) -> Store:
    copy = store_of(store)
    copy.update(update)
    return copy


SAME_AS_ENGINE = [
    "INSERT DATA { <urn:a> <urn:p> 01, 'x'@EN, \"y\\n\" . GRAPH <urn:n> { <urn:a> <urn:p> <urn:b> } }",
    "DELETE DATA { <urn:a> <urn:p> <urn:b> . GRAPH <urn:g> { <urn:a> <urn:p> <urn:c> } }",
    "DELETE DATA { <urn:a> <urn:p> <urn:nowhere> }",
    "DELETE WHERE { ?s ?p ?o }",
    "DELETE WHERE { GRAPH ?g { ?s ?p ?o } }",
    "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } INSERT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { ?s ?p ?g } WHERE { GRAPH ?g { ?s ?p ?o } }",
    "INSERT { ?s <urn:n> ?o . ?o ?p ?s . ?s ?o ?p . GRAPH ?o { ?s ?p ?o } } WHERE { ?s ?p ?o }",
    "INSERT { ?s <urn:n> ?unbound . ?s <urn:m> ?o } USING <urn:g> USING NAMED <urn:h> "
    "WHERE { ?s ?p ?o OPTIONAL { GRAPH ?g { ?s ?p ?unbound } } }",
    "WITH <urn:h> INSERT { ?s <urn:n> ?o } USING <urn:g> WHERE { ?s ?p ?o }",
    "INSERT { <urn:n> <urn:n> <urn:n> } WHERE { <urn:a> <urn:p> <urn:b> }",
    "INSERT { <urn:n> <urn:n> <urn:n> } WHERE { <urn:a> <urn:p> <urn:zzz> }",
    "INSERT { <urn:n> ?p ?t } WHERE { { SELECT ?p (COUNT(*) AS ?t) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?p } }",
    "INSERT { ?s ?p '} ; DROP ALL #' } WHERE { ?s ?p ?o FILTER(STR(?s)<'urn:b' && 1<2) }",
    "PREFIX : <urn:> BASE <urn:x:> INSERT DATA { :a\\#b :p <y> } # ; DROP ALL",
    "INSERT DATA { <urn:n> <urn:p> 5 } ; DELETE WHERE { <urn:n> ?p ?o } ; INSERT DATA { <urn:n> <urn:p> 6 }",
    "DELETE DATA { <urn:a> <urn:p> <urn:b> } ; INSERT { ?s <urn:n> ?o } WHERE { ?s ?p ?o } ; DROP GRAPH <urn:g>",
    "DROP GRAPH <urn:g> ; INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> <urn:c> } } ; CLEAR GRAPH <urn:g>",
    "INSERT DATA { GRAPH <urn:n> { <urn:a> <urn:p> 1 } } ; DROP GRAPH <urn:n> ; CREATE GRAPH <urn:n>",
    "CREATE GRAPH <urn:n> ; INSERT { GRAPH <urn:m> { ?g <urn:p> 1 } } WHERE { GRAPH ?g { } } ; DROP NAMED",
    "CREATE GRAPH <urn:n>",
    "LOAD SILENT <http://127.0.0.1:9/x> INTO GRAPH <urn:n>",
    "",
    "PREFIX a: <urn:a>",
    *(f"{w} {t}" for w, t in product(("CLEAR", "DROP"), ("DEFAULT", "NAMED", "ALL", "GRAPH <urn:g>"))),
    *(f"{w} SILENT GRAPH <urn:nowhere>" for w in ("CLEAR", "DROP")),
    *(f"{w} GRAPH <urn:g> TO <urn:h>" for w in ("ADD", "MOVE", "COPY")),
    *(f"{w} DEFAULT TO <urn:n>" for w in ("ADD", "MOVE", "COPY")),
    *(f"{w} <urn:g> TO DEFAULT" for w in ("ADD", "MOVE", "COPY")),
    *(f"{w} <urn:g> TO <urn:g>" for w in ("ADD", "MOVE", "COPY")),
]


@pytest.mark.parametrize("update", SAME_AS_ENGINE)
def test_the_same_as_the_engine_itself(update: str) -> None:
    engine = by_engine(store_of(), update.replace("LOAD SILENT <http://127.0.0.1:9/x> INTO GRAPH <urn:n>", ""))
    assert held(after(store_of(), update)) == held(engine)


@pytest.mark.parametrize("update", [u for u in SAME_AS_ENGINE if "LOAD" not in u and "GRAPH ?o" not in u])
def test_the_same_as_the_engine_with_blank_nodes(update: str) -> None:
    assert held(after(store_of(NODES), update)) == held(by_engine(store_of(NODES), update))


_PLACES = st.sampled_from(["{0}", "GRAPH <urn:g> {{ {0} }}", "GRAPH ?g {{ {0} }}", "GRAPH <urn:n> {{ {0} }}"])
_TRIPLES = st.sampled_from(["?s ?p ?o", "?s <urn:p> ?o", "?o ?p ?s", "<urn:a> ?p ?o", "?s <urn:q> 1", "?s ?p ?g"])
_QUADS = st.builds(str.format, _PLACES, _TRIPLES)
_BLOCKS = st.lists(_QUADS, max_size=3).map(lambda qs: "{ " + " . ".join(qs) + " }")
# The engine adds and copies a graph that is not there as if it were empty; the specification fails.
_STRICTER = ("ADD GRAPH", "ADD <", "COPY GRAPH", "COPY <")
_OPERATIONS = st.one_of(
    st.builds(
        "{}DELETE {} INSERT {} WHERE {}".format, st.sampled_from(["", "WITH <urn:h> "]), _BLOCKS, _BLOCKS, _BLOCKS
    ),
    st.builds("DELETE WHERE {}".format, _BLOCKS),
    st.sampled_from([u for u in SAME_AS_ENGINE if u and not any(w in u for w in ("LOAD", "PREFIX", *_STRICTER))]),
)


@given(st.lists(_OPERATIONS, min_size=1, max_size=4).map(" ;\n".join))
@settings(max_examples=150)
def test_any_row_of_operations_is_the_same_as_the_engine(update: str) -> None:
    try:
        engine = held(by_engine(store_of(DATA), update))
    except (RuntimeError, SyntaxError):
        with pytest.raises(QueryError):
            evaluate(store_of(DATA), update)
        return
    assert held(after(store_of(DATA), update)) == engine


def test_new_blank_nodes_are_new_for_each_solution_and_never_met_before() -> None:
    both = "INSERT { ?s <urn:n> [ <urn:q> _:x ; <urn:p> _:x ] } WHERE { ?s <urn:p> ?o }"
    _, first = evaluate(store_of(), both)
    _, second = evaluate(store_of(), both)
    made = [
        {str(t) for q in quads(lines) for t in (q.subject, q.object) if isinstance(t, BlankNode)}
        for lines in (first, second)
    ]
    assert len(made[0]) == len(made[1]) == 2
    assert not made[0] & made[1]
    assert sum(" <urn:q> " in line for line in first) == 1


def test_bnode_gives_a_node_to_one_solution_and_never_one_that_is_held() -> None:
    store = store_of([*DATA, Quad(BlankNode("x"), Q, A)])
    insert = "INSERT { ?s <urn:n> ?b . ?b <urn:m> ?s } WHERE { GRAPH <urn:g> { ?s <urn:p> ?o } BIND(BNODE('y') AS ?b) }"
    _, adds = evaluate(store, insert)
    made = {q.object for q in quads(adds) if q.predicate.value == "urn:n"}
    assert len(made) == 2
    assert made == {q.subject for q in quads(adds) if q.predicate.value == "urn:m"}
    assert BlankNode("y") not in made


def test_blank_nodes_that_a_pattern_finds_keep_their_labels() -> None:
    removes, adds = evaluate(
        store_of(NODES), "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s . ?s ?s ?o } WHERE { ?s <urn:p> ?o }"
    )
    assert "_:n <urn:p> <urn:a> .\n" not in {*removes, *adds}  # its mirror image was there: nothing changes
    removes, adds = evaluate(
        store_of(NODES), "WITH <urn:g> DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o FILTER(ISBLANK(?s)) }"
    )
    assert removes == ("_:n <urn:q> _:m <urn:g> .\n",)
    assert adds == ("_:m <urn:q> _:n <urn:g> .\n",)


def test_later_operations_see_earlier_ones_and_the_store_stays_as_it_was_on_an_error() -> None:
    store = store_of(NODES)
    before = held(store)
    with pytest.raises(QueryError, match="no such graph"):
        evaluate(store, "DROP ALL ; INSERT DATA { <urn:a> <urn:p> 1 } ; DELETE WHERE { ?s ?p ?o } ; DROP GRAPH <urn:g>")
    assert held(store) == before


def test_a_declaration_behind_an_operation_holds_for_those_that_follow() -> None:
    _, adds = evaluate(
        Store(),
        "PREFIX x: <urn:1:> INSERT DATA { x:a x:p x:b } ; PREFIX x: <urn:2:> "
        "BASE <http://base/> INSERT DATA { x:a x:p <c> } ;",
    )
    assert adds == ("<urn:1:a> <urn:1:p> <urn:1:b> .\n", "<urn:2:a> <urn:2:p> <http://base/c> .\n")


def test_known_prefixes_and_a_base_need_not_be_declared() -> None:
    _, adds = evaluate(Store(), "INSERT DATA { x:a x:p <b> }", prefixes={"x": "urn:x:"}, base="http://example.org/")
    assert adds == ("<urn:x:a> <urn:x:p> <http://example.org/b> .\n",)


def test_the_union_is_for_patterns_only() -> None:
    insert = "INSERT { ?s <urn:n> ?o } WHERE { ?s <urn:p> ?o }"
    assert len(evaluate(store_of(), insert)[1]) == 1
    assert len(evaluate(store_of(), insert, union=True)[1]) == 3
    assert evaluate(store_of(), insert.replace("WHERE", "USING <urn:h> WHERE"), union=True)[1] == (
        "<urn:a> <urn:n> <urn:b> .\n",
    )
    assert evaluate(store_of(), f"WITH <urn:h> {insert}", union=True)[1] == ("<urn:a> <urn:n> <urn:b> <urn:h> .\n",)


def test_a_dataset_of_the_request_is_that_of_every_pattern() -> None:
    insert = "INSERT { ?s <urn:n> ?o } WHERE { ?s <urn:p> ?o }"
    using = AsWritten(default=("urn:g",))
    assert len(evaluate(store_of(), insert, using=using)[1]) == 2
    named = "INSERT { ?s <urn:n> ?o } WHERE { GRAPH ?g { ?s <urn:p> ?o } }"
    assert evaluate(store_of(), named, using=using)[1] == ()
    assert len(evaluate(store_of(), named, using=AsWritten(named=("urn:g", "urn:h")))[1]) == 3
    assert evaluate(store_of(), insert, using=AsWritten(named=("urn:g",)))[1] == ()
    for both in (f"WITH <urn:h> {insert}", insert.replace("WHERE", "USING <urn:h> WHERE")):
        with pytest.raises(QueryError, match="names a dataset, and so does the text"):
            evaluate(store_of(), both, using=using)
    with pytest.raises(QueryError, match="absolute IRI"):
        evaluate(store_of(), insert, using=AsWritten(default=("no iri",)))


def test_an_empty_graph_is_told_by_its_mark() -> None:
    store = store_of()
    assert evaluate(store, "CREATE GRAPH <urn:n>") == ((), (f"{mark(NamedNode('urn:n'))} .\n",))
    kept = after(store, "CREATE GRAPH <urn:n> ; CLEAR GRAPH <urn:h>")
    plain = store_of([*store_of(), mark(NamedNode("urn:n"))])
    plain.remove(Quad(A, P, B, H))
    plain.add(mark(H))
    unmark(plain)
    assert held(plain) == held(kept)
    assert not plain.contains_named_graph(MARKS)
    assert held(after(kept, "DROP GRAPH <urn:n> ; INSERT DATA { GRAPH <urn:h> { <urn:a> <urn:p> <urn:b> } }")) == held(
        store
    )
    with pytest.raises(QueryError, match="there already"):
        evaluate(kept, "CREATE GRAPH <urn:n>")


@pytest.mark.parametrize(
    ("update", "where", "told"),
    [
        ("INSERT DATA { <urn:a> <urn:b> }", "line 1, column 31", "no SPARQL update"),
        ("INSERT DATA {} ;\n INSERT { ?a ?a } WHERE {}", "line 2, column 17", "no SPARQL update"),
        ("PREFIX a: <urn:a>\nPREFIX b <urn:b>\nDROP ALL", "line 2, column 8", "prefix and its colon"),
        ("SELECT * {}", "line 1, column 1", "an operation is expected"),
        ("DROP ALL ; ;", "line 1, column 12", "an operation is expected"),
        ("DROP ALL DROP ALL", "line 1, column 10", "; is expected"),
        ("INSERTDATA{}", "line 1, column 1", "an operation is expected"),
        ("INSERT DATA { a:b <urn:b> 1 } ; PREFIX a: <urn:a> DROP ALL", "line 1, column 20", "no SPARQL update"),
        ("DELETE DATA { _:x <urn:p> 1 }", "", "no SPARQL update"),
        ("DELETE { _:x <urn:p> 1 } WHERE {}", "", "no SPARQL update"),
        ("INSERT DATA { _:x <urn:p> 1 } ; PREFIX a: <urn:a> INSERT DATA { _:x <urn:p> 1 }", "", "blank node"),
        ("INSERT DATA { <urn:a> <urn:p> 1", "line 1, column 13", "not closed"),
        ("INSERT DATA { ( <urn:a> } )", "line 1, column 25", "brackets do not match"),
        ("CLEAR <urn:g>", "line 1, column 7", "GRAPH is expected"),
        ("CLEAR GRAPH 'g'", "line 1, column 13", "name of a graph"),
        ("CREATE GRAPH <", "line 1, column 14", "name of a graph"),
        ("COPY DEFAULT", "line 1, column 13", "TO is expected"),
        ("WITH <urn:g> DROP ALL", "line 1, column 14", "DELETE or INSERT"),
        ("DELETE { ?s ?p ?o } { ?s ?p ?o }", "line 1, column 21", "WHERE is expected"),
        ("DROP ALL \x00", "line 1, column 10", "no SPARQL update"),
        ("LOAD <http://127.0.0.1:9/>", "line 1, column 1", "LOAD is not allowed"),
        ("LoAd#c\n<http://127.0.0.1:9/> INTO GRAPH <urn:g>", "line 1, column 1", "LOAD is not allowed"),
        ("INSERT {} WHERE { SERVICE <http://127.0.0.1:9/> {} }", "line 1, column 19", "SERVICE is not allowed"),
        ("INSERT {} WHERE { sErViCeSILENT<http://127.0.0.1:9/> {} }", "", "SERVICE is not allowed"),
        ("INSERT DATA { <urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> }", "line 1, column 31", "triple terms"),
        ("INSERT { <urn:a> <urn:p> ?t } WHERE { BIND(TRIPLE(<urn:a>, <urn:p>, 1) AS ?t) }", "", "triple terms"),
        ("INSERT DATA { <urn:a> <urn:p> 1 {| <urn:q> 2 |} }", "", "triple terms"),
        ("INSERT {} WHERE { FILTER(<#a'b> = 1) }", "line 1, column 26", "could be an IRI"),
        ("INSERT {} WHERE " + "{" * 65 + "}" * 65, "", "nested more than 64 deep"),
        ("INSERT DATA { <urn:a> <urn:p> " + "(" * 65 + ")" * 65 + " }", "", "nested more than 64 deep"),
        ("INSERT {} WHERE { " + "FILTER(1=1) " * 501 + "}", "", "more than 500 operators"),
        (" ; ".join(["DROP ALL"] * 1001), "", "more than 1,000 operations"),
        ("DROP GRAPH <urn:nowhere>", "<urn:nowhere>", "no such graph"),
        ("CLEAR GRAPH <urn:nowhere>", "<urn:nowhere>", "no such graph"),
        ("COPY <urn:nowhere> TO DEFAULT", "<urn:nowhere>", "no such graph"),
        ("CREATE GRAPH <urn:g>", "<urn:g>", "there already"),
        ("INSERT { <urn:a> <urn:p> ?x } WHERE { BIND(<urn:f>(1) AS ?x) }", "", "failed"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(update: str, where: str, told: str) -> None:
    store = store_of()
    before = held(store)
    with pytest.raises(QueryError, match=told) as caught:
        evaluate(store, update)
    assert not where or caught.value.where == where
    assert held(store) == before


def test_too_long_and_too_much_are_refused() -> None:
    with pytest.raises(QueryError, match="at most 20 are read"):
        evaluate(store_of(), "INSERT DATA { <urn:a> <urn:b> 1 }", length=20)
    with pytest.raises(QueryError, match="changes more than 4 quads"):
        evaluate(store_of(), "DROP ALL", most=4)
    many = "INSERT DATA { " + " . ".join(f"<urn:a> <urn:b> {i}" for i in range(3000)) + " }"
    assert len(evaluate(store_of(), many)[1]) == 3000
    cross = "INSERT { ?s ?q ?o } WHERE { ?s ?p ?x . ?y ?q ?z . VALUES ?o { " + " ".join(map(str, range(2500))) + " } }"
    assert held(after(store_of(), cross)) == held(by_engine(store_of(), cross))


@pytest.mark.parametrize("piece", ["a.", "a-.", "<a", '"""a', "'''\\", "()", "a:%", "--", "\\"])
def test_a_long_text_that_is_none_is_read_once(piece: str) -> None:
    """At a quadratic cost, these would take minutes."""
    for head in ("", "INSERT DATA { "):
        with pytest.raises(QueryError):
            split(head + piece * (100_000 // len(piece)))


def test_the_same_on_disk(tmp_path: object) -> None:
    store = Store(str(tmp_path))
    store.extend(NODES)
    for update in SAME_AS_ENGINE[:24]:
        if "LOAD" not in update and "GRAPH ?o" not in update:  # no graph has a blank name here
            assert held(after(store, update)) == held(by_engine(store, update))
    assert not any(isinstance(q.graph_name, DefaultGraph) for q in quads(evaluate(store, "DROP NAMED")[0]))
