"""Queries through a workspace: every prefix is known, answers are values, faults are told."""

from __future__ import annotations

import json

import pytest

import kg


def test_rows_are_values(filled: kg.Workspace) -> None:
    rows = filled.query("SELECT ?claim ?start ?p { ?claim a stemma:Claim ; stemma:start ?start ; stemma:polarity ?p }")
    (row,) = rows.dicts()
    assert rows.variables == ("claim", "start", "p")
    assert row["p"] == "https://w3id.org/stemma/ontology/affirmed"
    assert isinstance(row["start"], int)
    assert filled.claim(row["claim"])["anchor"]["start"] == row["start"]
    assert json.loads(rows.serialize("json"))["results"]["bindings"]


def test_a_truth_and_a_graph_are_answers_too(filled: kg.Workspace) -> None:
    assert filled.query("ASK { ?c a stemma:Claim }").truth is True
    made = filled.query("CONSTRUCT { ?c a stemma:Claim } WHERE { ?c a stemma:Claim }")
    assert len(made.triples) == 1
    assert b"stemma:Claim" in made.serialize("ttl")


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_rows_and_truths_have_all_formats(filled: kg.Workspace, format: str) -> None:
    assert b"claim" in filled.query("SELECT ?claim { ?claim a stemma:Claim }").serialize(format)
    assert b"true" in filled.query("ASK {}").serialize(format)


@pytest.mark.parametrize("format", ["ttl", "nt", "jsonld", "rdf"])
def test_graphs_have_all_formats(filled: kg.Workspace, format: str) -> None:
    assert b"Claim" in filled.query("CONSTRUCT WHERE { ?c a stemma:Claim }").serialize(format)


def test_a_format_that_does_not_fit_is_told(filled: kg.Workspace) -> None:
    with pytest.raises(kg.UsageError, match="triples"):
        filled.query("CONSTRUCT WHERE { ?c a stemma:Claim }").serialize("csv")
    with pytest.raises(kg.UsageError, match="rows"):
        filled.query("ASK {}").serialize("ttl")
    with pytest.raises(kg.UsageError, match="SELECT"):
        filled.query("ASK {}").frame()


def test_what_a_query_makes_up_is_no_fault_of_ours(filled: kg.Workspace) -> None:
    text = """SELECT (STRDT("abc", xsd:integer) AS ?a) (STRDT("x", xsd:decimal) AS ?b) (STRDT("y", xsd:boolean) AS ?c)
              (xsd:double("INF") AS ?d) ("1"^^xsd:integer AS ?e) (1.5 AS ?f) (?nothing AS ?g) { }"""
    (row,) = filled.query(text).dicts()
    assert row == {"a": "abc", "b": "x", "c": False, "d": float("inf"), "e": 1, "f": 1.5}


def test_a_frame_has_a_row_each(filled: kg.Workspace) -> None:
    frame = filled.frame("SELECT ?c ?none { ?c a stemma:Claim OPTIONAL { ?c stemma:nothing ?none } }")
    assert list(frame.columns) == ["c", "none"]
    assert frame["none"].tolist() == [None]


def test_a_triple_stands_once_in_the_union(filled: kg.Workspace) -> None:
    counts = (
        "SELECT (COUNT(*) AS ?all) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?all) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }",
    )
    first, second = (filled.query(text).dicts()[0]["all"] for text in counts)
    assert first == second
