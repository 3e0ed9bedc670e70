"""Payloads of RDF: every media type is read, and what no parser should see is refused before it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyoxigraph
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat

import kg
from kg.door import Limits, parse_payload
from kg.errors import DocumentError

Codes = Callable[[Callable[[], object]], set[str]]
A, P = NamedNode("urn:a"), NamedNode("urn:p")
TURTLE = b'@prefix e: <urn:e:> . <a> e:p [ e:p "01"^^<http://www.w3.org/2001/XMLSchema#integer> ], ( <#b> ) . # [[[['


def test_payloads_of_every_media_type_are_read() -> None:
    turtle = parse_payload(TURTLE, "text/turtle; charset=utf-8", base="http://example.org/")
    assert Literal("1", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")) in {q.object for q in turtle}
    assert NamedNode("http://example.org/#b") in {q.object for q in turtle}
    for media, format in [
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/n-quads", RdfFormat.N_QUADS),
        ("application/trig", RdfFormat.TRIG),
    ]:
        text = pyoxigraph.serialize([Quad(q.subject, q.predicate, q.object) for q in turtle], format=format) or b""
        assert len(parse_payload(text, media, dataset=True)) == len(turtle)


def test_blank_nodes_of_two_documents_never_merge() -> None:
    text = b"_:x <urn:p> _:y . _:y <urn:p> _:x ."
    first, second = ({q.subject for q in parse_payload(text, "text/turtle")} for _ in range(2))
    assert len(first | second) == 4
    assert BlankNode("x") not in first


CONTEXT = "https://w3id.org/stemma/context.jsonld"


def test_a_known_context_is_filled_in_and_no_other_is_fetched() -> None:
    known = {CONTEXT: {"@context": {"p": "urn:p"}}}
    for context in (CONTEXT, [CONTEXT], [{"q": "urn:q"}, CONTEXT]):
        text = json.dumps({"@context": context, "@id": "urn:a", "p": "x"}).encode()
        assert parse_payload(text, "application/ld+json", contexts=known) == [Quad(A, P, Literal("x"))]
    inner = {"@id": "urn:a", "urn:p": {"@context": "http://127.0.0.1:9/c", "@id": "urn:b"}}
    for refused in (
        {"@context": "http://127.0.0.1:9/c", "@id": "urn:a"},
        {"@context": "file:///etc/passwd", "@id": "urn:a"},
        {"@context": [{"@import": CONTEXT}], "@id": "urn:a"},
        {"@context": {"t": {"@id": "urn:t", "@context": "http://127.0.0.1:9/c"}}, "@id": "urn:a"},
        [inner],
    ):
        with pytest.raises(DocumentError, match=r"context|import"):
            parse_payload(json.dumps(refused).encode(), "application/ld+json", contexts=known)


DEEP = 100_000
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&b;</rdf:RDF>"""


@pytest.mark.parametrize(
    ("media", "text", "told"),
    [
        ("text/turtle", b"<urn:a> <urn:p> ", "no Turtle"),
        ("text/turtle", b"<a> <urn:p> 1 .", "no Turtle"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"(" * DEEP + b")" * DEEP + b" .", "nested more than 64 deep"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"[ <urn:p> " * DEEP + b"]" * DEEP + b" .", "nested more than 64 deep"),
        ("text/turtle", b"<urn:a> <urn:p> " + b"<<( <urn:a> <urn:p> " * DEEP, "full of triple terms"),
        ("text/turtle", "<urn:a> <urn:p> 'é' .".encode("utf-16"), "not UTF-8"),
        ("text/turtle", "<urn:a> <urn:p> 'é' .".encode("latin-1"), "no Turtle"),
        ("application/trig", b"<urn:g> { <urn:a> <urn:p> <urn:a> }", "names graphs"),
        ("application/ld+json", b'{"@id":"urn:g","@graph":[{"@id":"urn:a","urn:p":1}]}', "names graphs"),
        ("application/ld+json", b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested more than 64 deep"),
        ("application/ld+json", b'{"a": "' + b'\\"' * DEEP, "not closed"),
        ("application/ld+json", b'{"a": NaN}', "no JSON"),
        ("application/ld+json", b"[1", "no JSON"),
        ("application/rdf+xml", LAUGHS, "document type"),
        ("application/rdf+xml", b"<a>" * DEEP + b"</a>" * DEEP, "nested more than 64 deep"),
        ("application/rdf+xml", b"<!-- " * DEEP, "not closed"),
        ("application/rdf+xml", b"<a/>", "no RDF/XML"),
        ("application/n-triples", b"<urn:a> <urn:p> <urn:a> .\n" * 2, "more than 0 quads"),
        ("application/n-triples", b" " * 3_000_000, "bytes"),
    ],
)
def test_what_no_parser_should_see_or_no_parser_reads_is_told(media: str, text: bytes, told: str) -> None:
    limits = Limits(bytes=2_500_000, quads=0 if "quads" in told else 10)
    dataset = media.endswith("trig") and "names" not in told
    if media.endswith("trig"):
        with pytest.raises(kg.UsageError):
            parse_payload(text, media, dataset=dataset, limits=limits)
        return
    with pytest.raises(DocumentError, match=told):
        parse_payload(text, media, dataset=dataset, limits=limits)


def test_what_is_no_rdf_of_1_1_is_a_finding_and_other_media_types_are_told(codes: Codes) -> None:
    for text in (b"<urn:a> <urn:p> <<( <urn:a> <urn:p> 1 )>> .", b'<urn:a> <urn:p> "x"@ar--rtl .'):
        assert codes(lambda text=text: parse_payload(text, "text/turtle")) == {"term-kind"}  # type: ignore[misc]
    with pytest.raises(kg.UsageError, match="no media type of RDF"):
        parse_payload(b"", "text/html")


def test_deep_but_fair_texts_are_read() -> None:
    flat = b"<urn:a> <urn:p> ( " + b"[ <urn:p> '((((' ] " * 1000 + b") ."
    assert len(parse_payload(flat, "text/turtle")) == 3001
    nested = b"<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:e='urn:e:'>"
    nested += (
        b"<r:Description r:about='urn:a'><e:p r:resource='urn:/b' e:x=\"a>b\"/></r:Description>" * 500 + b"</r:RDF>"
    )
    assert parse_payload(nested, "application/rdf+xml")
