"""The evidence map is a sound SVG that tells what the assessments tell."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from kg.assess.picture import evidence_map
from kg.assess.values import Assessment

ALS, SC, MSC = "MONDO:0004976", "CL:0000034", "CL:0000134"
TRIAL = "https://clinicaltrials.gov/study/NCT03280056"
SVG = "{http://www.w3.org/2000/svg}"
Pages = Any


def drawn(assessments: list[Assessment]) -> ElementTree.Element:
    return ElementTree.fromstring(evidence_map(assessments))


def circles(svg: ElementTree.Element) -> dict[str, ElementTree.Element]:
    """Each circle of the map by what it is called."""
    marks = svg.findall(f"{SVG}g")
    return {str(g.findtext(f"{SVG}title")): c for g in marks if (c := g.find(f"{SVG}circle")) is not None}


def texts(svg: ElementTree.Element) -> list[str]:
    return [str(t.text) for t in svg.iter(f"{SVG}text")]


def test_a_circle_tells_direction_weight_and_whether_a_root_stands_behind(pages: Pages) -> None:
    page = pages.source("page")
    pages.say(page, MSC, "slows", ALS, polarity="negated", rests_on=[(TRIAL, "source")])
    pages.say(page, MSC, "improves", "term:speech", qualifiers={"disease": ALS})
    svg = drawn(pages.workspace.assess(disease=ALS))
    (course, against), (speech, hopeful) = sorted(circles(svg).items(), key=lambda item: "speech" in item[0])
    assert "roots 0 for, 1 against" in course
    assert "no root behind it" in speech
    assert (against.get("class"), hopeful.get("class")) == ("against", "for hollow")
    assert float(str(against.get("r"))) > float(str(hopeful.get("r")))
    assert {"−0.44", "+0.02", "mesenchymal stem cell", "speech function"} <= set(texts(svg))


def test_it_is_told_in_words_too_and_runs_nothing(pages: Pages) -> None:
    pages.say(pages.source("page"), MSC, "slows", ALS)
    assessments = pages.workspace.assess()
    svg = drawn(assessments)
    assert svg.get("role") == "img"
    assert svg.findtext(f"{SVG}title") == "Evidence map: therapy variants by outcome"
    described = str(svg.findtext(f"{SVG}desc"))
    assert "mesenchymal stem cell; amyotrophic lateral sclerosis; course of" in described
    assert str(svg.get("aria-labelledby")).split() == [e.get("id") for e in svg if e.get("id")]
    text = evidence_map(assessments)
    assert "<script" not in text
    assert [part for part in text.split('"') if part.startswith("http")] == ["http://www.w3.org/2000/svg"]


def test_rows_of_several_diseases_name_theirs(pages: Pages) -> None:
    page = pages.source("page")
    pages.say(page, MSC, "slows", ALS)
    assert "amyotrophic lateral sclerosis" not in texts(drawn(pages.workspace.assess()))
    pages.say(page, MSC, "slows", "MONDO:0005180")
    assert {"amyotrophic lateral sclerosis", "Parkinson disease"} <= set(texts(drawn(pages.workspace.assess())))


def test_nothing_known_is_drawn_as_that() -> None:
    svg = drawn([])
    assert circles(svg) == {}
    assert "Nothing is known here." in texts(svg)
    assert svg.findtext(f"{SVG}desc") == "Nothing is known here."


def test_nothing_is_drawn_outside(pages: Pages) -> None:
    page = pages.source("page")
    for cell, outcome in ((MSC, "term:speech"), (SC, "term:energy"), ("term:nurown", "term:independence")):
        pages.say(page, cell, "improves", outcome, qualifiers={"disease": ALS})
    svg = drawn(pages.workspace.assess())
    width, height = float(str(svg.get("width"))), float(str(svg.get("height")))
    for circle in svg.iter(f"{SVG}circle"):
        x, y, r = (float(str(circle.get(k))) for k in ("cx", "cy", "r"))
        assert r <= x <= width - r
        assert r <= y <= height - r
    assert all(0 <= float(str(t.get("y"))) <= height for t in svg.iter(f"{SVG}text"))
