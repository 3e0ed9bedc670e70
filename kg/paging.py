"""Pages of a list: how many items, and the cursor that tells where the next page begins."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode

from kg.errors import UsageError

MAX_LIMIT = 1000
"""Most items on one page."""


def check_limit(limit: int) -> None:
    """Refuse a number of items that no page has.

    :raises UsageError: if it is not from 1 to :data:`MAX_LIMIT`.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise UsageError(f"the limit is a number from 1 to {MAX_LIMIT}", where="limit")


def cursor_at(place: str) -> str:
    """The cursor of the page that begins after a place."""
    return urlsafe_b64encode(place.encode()).decode()


def place_of(cursor: str | None) -> str:
    """The place after which a page begins; the empty text for the first one.

    :raises UsageError: if it is no cursor.
    """
    if cursor is None:
        return ""
    try:
        return b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("utf-8")
    except ValueError:
        raise no_cursor() from None


def no_cursor() -> UsageError:
    """What is told of a text that is no cursor."""
    return UsageError(
        "this is no cursor", where="cursor", hint="Follow the `next` of the page before, or leave the cursor out."
    )
