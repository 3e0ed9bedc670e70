"""Which of the formats on offer a request is answered in (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.errors import NotAcceptable, UsageError


@dataclass(frozen=True, slots=True)
class Range:
    """One range of an Accept header: ``text/*;q=0.5``."""

    type: str
    subtype: str
    q: float

    def fits(self, media: str) -> int:
        """How closely it names a media type: 0 not at all, 1 ``*/*``, 2 ``text/*``, 3 exactly."""
        type, _, subtype = media.partition("/")
        if (self.type, self.subtype) == (type, subtype):
            return 3
        if (self.type, self.subtype) == (type, "*"):
            return 2
        return int((self.type, self.subtype) == ("*", "*"))


def ranges(accept: str) -> list[Range]:
    """The ranges of an Accept header; what cannot be read is left out."""
    found = []
    for part in accept.split(","):
        media, *parameters = (p.strip() for p in part.split(";"))
        type, slash, subtype = media.lower().partition("/")
        if slash and type and subtype:
            told = dict(p.lower().replace(" ", "").partition("=")[::2] for p in parameters)
            found.append(Range(type, subtype, _quality(told.get("q", "1"))))
    return found


def preferred(accept: str | None, offers: Mapping[str, str]) -> str:
    """The media type on offer that the client likes best; among equals the first on offer.

    :param accept: the Accept header; absent or empty takes anything.
    :param offers: media type to format, the server's favourite first.
    :raises NotAcceptable: if the client takes none of them.

    >>> preferred("text/turtle;q=0.5, application/*", {"text/turtle": "ttl", "application/ld+json": "jsonld"})
    'application/ld+json'
    """
    if accept in offers:  # what most clients send: one type, or anything
        return str(accept)
    if accept in (None, "", "*/*"):
        return next(iter(offers))
    asked = ranges(accept or "") or [Range("*", "*", 1.0)]

    def liking(media: str) -> float:
        closest = max(asked, key=lambda r: r.fits(media))
        return closest.q if closest.fits(media) else 0.0

    best = max(offers, key=liking)
    if liking(best) <= 0:
        raise NotAcceptable("this is answered in none of the formats you accept", hint=f"Offered: {', '.join(offers)}.")
    return best


def choose(accept: str | None, format: str | None, offers: Mapping[str, str]) -> tuple[str, str]:
    """The media type and the format of an answer, by ``?format=`` first and Accept second.

    :raises UsageError: if ``format`` is not one of those on offer.
    :raises NotAcceptable: if the client takes none of them.
    """
    if format is None:
        media = preferred(accept, offers)
        return media, offers[media]
    for media, offered in offers.items():
        if format in (offered, media):
            return media, offered
    raise UsageError("no such format here", where=format, hint=f"Formats: {', '.join(dict.fromkeys(offers.values()))}.")


def wants_page(accept: str | None) -> bool:
    """Whether the client names HTML, as browsers do, and likes nothing better."""
    asked = ranges(accept or "")
    html = max((r.q for r in asked if (r.type, r.subtype) == ("text", "html")), default=0.0)
    return html > 0 and html >= max(r.q for r in asked)


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
