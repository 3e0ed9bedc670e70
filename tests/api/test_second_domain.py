"""The service over a domain of its own, made of Turtle alone (tests/profiles/lighthouses)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx

import kg
from api.command import start

PROFILE = Path(__file__).parent.parent / "profiles" / "lighthouses"
TEXT = "On a clear night it is seen from eighteen miles off.\nPast the reef it leads all ships.\n"


def sha(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_filters_pages_and_schemas_are_those_of_the_profile(tmp_path: Path) -> None:
    article = tmp_path / "light.txt"
    article.write_text(TEXT, encoding="utf-8")
    words = "Past the reef it leads all ships"
    place = TEXT.index(words)
    with kg.init(tmp_path / "w", profile=str(PROFILE)) as w, start(w) as running:
        came = w.ingest(article, agent="keeper-1.0")
        w.add(
            {
                "id": "light-1",
                "category": "safety-at-sea",
                "paraphrase": "Ships are led past it.",
                "polarity": "affirmed",
                "certainty": "asserted",
                "statement": {
                    "relation": "sea:guidesPast",
                    "subject": "light:grey-cape",
                    "object": "light:molar-reef",
                    "qualifiers": {"fogSignal": "light:bell"},
                },
                "source": {"id": came.source},
                "anchor": {"snapshot": sha(TEXT), "start": place, "end": place + len(words), "exact": sha(words)},
                "provenance": {"agent": "keeper-1.0"},
            }
        )
        with httpx.Client(base_url=running.url) as http:
            for bell in ("light:bell", "fog bell", "https://lights.example/light/bell"):
                assert http.get("/api/v1/claims", params={"fogSignal": bell}).json()["total"] == 1
            refused = http.get("/api/v1/claims", params={"disease": "ALS"}).json()
            assert refused["status"] == 400
            assert "fogSignal" in refused["hint"]
            page = http.get("/id/claim/light-1", headers={"Accept": "text/html"}).text
            assert "guides past" in page
            assert "fog bell" in page
            assert "Grey Cape Light" in http.get("/entity/light:grey-cape").text
            assert "safety at sea" in http.get("/").text
            parameters = http.get("/openapi.json").json()["paths"]["/api/v1/claims"]["get"]["parameters"]
            assert "fogSignal" in {p["name"] for p in parameters}


def test_a_domain_without_rules_of_assessment_has_none(tmp_path: Path) -> None:
    with kg.init(tmp_path / "w", profile=str(PROFILE)) as w, start(w) as running:
        for path in ("/conflicts", "/assessments", "/trials"):
            assert httpx.get(running.url.rstrip("/") + path).status_code == 200, path
        for path in ("/api/v1/conflicts", "/api/v1/assessments", "/api/v1/trials"):
            assert httpx.get(running.url.rstrip("/") + path).json()["total"] == 0, path
        assert httpx.get(running.url + "api/v1/lineage").json()["silences"] == []
