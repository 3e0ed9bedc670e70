"""HTML to text, block by block, and what a saved page tells of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kg.document.text import Document

_SKIPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "head",
        "iframe",
        "object",
        "canvas",
    }
)
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    }
)
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->")


def read_html(html: str) -> Document:
    """The visible text of a page, one line a block, white space folded.

    The same page gives the same text under the same extractor version, which is recorded.
    """
    tree = LexborHTMLParser(html)
    pieces = _walk(tree.body) if tree.body is not None else ()
    lines = (_folded(line) for line in "".join(pieces).split("\n"))
    return Document(
        text="\n".join(line for line in lines if line),
        media_type="text/html",
        extractor=f"stemma-html 1, selectolax {version('selectolax')}",
        title=_title(tree),
        url=_url(tree, html),
        author=_meta(tree, "author", "article:author", "citation_author"),
        published=_date(_meta(tree, "article:published_time", "date", "citation_publication_date")),
    )


def _walk(body: LexborNode) -> Iterator[str]:
    """The pieces of text below a node, with line breaks where blocks begin and end; not by recursion,
    which a page of many nested elements would exhaust.
    """
    todo: list[LexborNode | str] = [body]
    while todo:
        here = todo.pop()
        if isinstance(here, str):
            yield here
        elif here.tag == "-text":
            yield re.sub(r"\s+", " ", here.text(deep=False) or "")
        elif here.tag not in _SKIPPED:
            edge = "\n" if here.tag in _BLOCKS else ""
            yield edge
            todo.append(edge)
            todo.extend(reversed(list(here.iter(include_text=True))))


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("title")
    return (_folded(node.text()) or None) if node is not None else None


def _url(tree: LexborHTMLParser, html: str) -> str | None:
    node = tree.css_first('link[rel="canonical"]')
    saved = _SAVED_FROM.search(html[:2000])
    canonical = node.attributes.get("href") if node is not None else None
    told = (canonical, _meta(tree, "og:url"), saved[1] if saved else None)
    return next((url for url in told if url and re.fullmatch(r"https?://\S+", url)), None)


def _meta(tree: LexborHTMLParser, *names: str) -> str | None:
    for name in names:
        for attribute in ("name", "property"):
            node = tree.css_first(f'meta[{attribute}="{name}"]')
            content = node.attributes.get("content") if node is not None else None
            if content and _folded(content):
                return _folded(content)
    return None


def _date(text: str | None) -> str | None:
    """The year, month or day that a text begins with, if there is such a day."""
    found = re.match(r"\d{4}(-\d{2}(-\d{2})?)?(?!\d)", text.replace("/", "-"), re.ASCII) if text else None
    try:
        return found[0] if found and date.fromisoformat(found[0] + "-01-01"[len(found[0]) - 4 :]) else None
    except ValueError:
        return None


def _folded(text: str) -> str:
    """The text on one line, each run of white space one space, without control characters."""
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1f]", "", text).split())
