"""HTML to text: what a reader sees, one line a block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.document.html import read_html

PAGE = """<!DOCTYPE html>
<!-- saved from url=(0042)https://clinic.example/saved -->
<html><head>
<title> Harbour Cell
 Clinic &mdash; cells &amp; care </title>
<link rel="canonical" href="https://clinic.example/als">
<meta property="og:url" content="https://clinic.example/og">
<meta name="author" content=" A.  Cook ">
<meta property="article:published_time" content="2024/05/17T10:00:00Z">
<style>p { color: red }</style><script>var secret = "<p>not said</p>";</script>
</head><body>
<header><nav><ul><li>Home<li>Cells</ul></nav></header>
<h1>Cells <em>for</em> ALS</h1>
<p>One bag,
   three&nbsp;infusions; 5 &lt; 6 &amp;&#x1F9EC;<br>next line</p>
<div>in<b>side</b><div>block</div>after</div>
<table><tr><td>left</td><td>right</td></tr></table>
<noscript>switch it on</noscript><template>later</template><svg><title>a drawing</title></svg><!-- a remark -->
</body></html>"""


def test_blocks_are_lines_and_white_space_is_folded() -> None:
    assert read_html(PAGE).text.split("\n") == [
        "Home",
        "Cells",
        "Cells for ALS",
        "One bag, three infusions; 5 < 6 &\U0001f9ec",
        "next line",
        "inside",
        "block",
        "after",
        "left",
        "right",
    ]


def test_a_page_tells_of_itself() -> None:
    page = read_html(PAGE)
    assert page.title == "Harbour Cell Clinic \u2014 cells & care"
    assert page.url == "https://clinic.example/als"
    assert page.author == "A. Cook"
    assert page.published == "2024-05-17"
    assert page.media_type == "text/html"
    assert "selectolax" in page.extractor


@pytest.mark.parametrize(
    ("left_out", "url"),
    [
        ('<link rel="canonical" href="https://clinic.example/als">', "https://clinic.example/og"),
        ("https://clinic.example/als", "https://clinic.example/og"),
    ],
)
def test_the_next_best_address_is_taken(left_out: str, url: str) -> None:
    assert read_html(PAGE.replace(left_out, "")).url == url
    assert read_html(PAGE.replace(left_out, "").replace("og:url", "x")).url == "https://clinic.example/saved"


@pytest.mark.parametrize("url", ["/als", "javascript:alert(1)", "https://a b", ""])
def test_what_is_no_address_is_not_taken(url: str) -> None:
    assert read_html(f'<link rel="canonical" href="{url}"><p>words').url is None


@pytest.mark.parametrize(
    ("told", "date"),
    [
        ("2023", "2023"),
        ("2023-12", "2023-12"),
        ("2023/12/09", "2023-12-09"),
        ("2023-12-09T10:00:00Z", "2023-12-09"),
        ("2023-13", None),
        ("2023-02-30", None),
        ("20231209", None),
        ("\u0662\u0660\u0662\u0663", None),
        ("yesterday", None),
    ],
)
def test_a_date_is_one_or_is_left_out(told: str, date: str | None) -> None:
    assert read_html(f'<meta name="date" content="{told}"><p>words').published == date


def test_control_characters_are_left_out() -> None:
    page = read_html("<title>a&#7;b</title><meta name=author content='a&#12;b'><p>x&#1;y&#xd800;")
    assert (page.title, page.author, page.text) == ("ab", "a b", "xy\ufffd")


def test_many_nested_elements_are_read() -> None:
    assert read_html("<div>" * 10_000 + "deep" + "</div>" * 10_000).text == "deep"
    assert read_html("<b><i>" * 3_000 + "deep").text == "deep"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_the_same_page_gives_the_same_text(html: str) -> None:
    once = read_html(html)
    assert once == read_html(html)
    assert once.text == "\n".join(line for line in once.text.split("\n") if line == " ".join(line.split()) and line)
