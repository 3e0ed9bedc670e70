"""HTML to text, block by block, and what a saved page tells of itself."""

from __future__ import annotations

import re
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
    pieces: list[str] = []
    if tree.body is not None:
        _walk(tree.body, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return Document(
        text="\n".join(line for line in lines if line),
        media_type="text/html",
        extractor=f"stemma-html 1, selectolax {version('selectolax')}",
        title=_title(tree),
        url=_url(tree, html),
        author=_meta(tree, "author", "article:author", "citation_author"),
        published=_date(_meta(tree, "article:published_time", "date", "citation_publication_date")),
    )


def _walk(node: LexborNode, pieces: list[str]) -> None:
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            pieces.append(re.sub(r"\s+", " ", child.text(deep=False) or ""))
        elif child.tag not in _SKIPPED:
            block = child.tag in _BLOCKS
            pieces.append("\n" if block else "")
            _walk(child, pieces)
            pieces.append("\n" if block else "")


def _title(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("title")
    return (" ".join(node.text().split()) or None) if node is not None else None


def _url(tree: LexborHTMLParser, html: str) -> str | None:
    node = tree.css_first('link[rel="canonical"]')
    saved = _SAVED_FROM.search(html[:2000])
    found = (node.attributes.get("href") if node is not None else None) or _meta(tree, "og:url") or (saved and saved[1])
    return found if found and re.fullmatch(r"https?://\S+", found) else None


def _meta(tree: LexborHTMLParser, *names: str) -> str | None:
    for name in names:
        for attribute in ("name", "property"):
            node = tree.css_first(f'meta[{attribute}="{name}"]')
            content = node.attributes.get("content") if node is not None else None
            if content and content.strip():
                return content.strip()
    return None


def _date(text: str | None) -> str | None:
    found = re.match(r"\d{4}(-\d{2}(-\d{2})?)?", text.replace("/", "-")) if text else None
    return found[0] if found else None
