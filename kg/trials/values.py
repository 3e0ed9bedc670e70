"""Numbers, dates and ages as registries write them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_WRITTEN = re.compile(r"([A-Za-z]+) (?:(\d{1,2}), )?(\d{4})")
_AGE = re.compile(r"(\d{1,4}) ([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Date:
    """A day, or a month whose day is not told (``day`` is ``None``)."""

    year: int
    month: int
    day: int | None

    @property
    def iso(self) -> str:
        """The date in ISO 8601: 2017-08-28 or 2017-08."""
        month = f"{self.year:04}-{self.month:02}"
        return month if self.day is None else f"{month}-{self.day:02}"

    @property
    def ends(self) -> tuple[str, str]:
        """First and last day that it may be, as numbers yyyymmdd.

        >>> Date(2017, 2, None).ends
        ('20170201', '20170228')
        """
        last = monthrange(self.year, self.month)[1]
        head = f"{self.year:04}{self.month:02}"
        return f"{head}{self.day or 1:02}", f"{head}{self.day or last:02}"


def read_date(text: str) -> Date | None:
    """A date in either format, or ``None`` if there is no such day.

    >>> read_date("August 28, 2017") == read_date("2017-08-28")
    True
    """
    iso, written = _ISO.fullmatch(text.strip()), _WRITTEN.fullmatch(text.strip())
    if iso:
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3]) if iso[3] else None
    elif written and written[1].lower() in _MONTHS:
        year, month, day = (
            int(written[3]),
            _MONTHS.index(written[1].lower()) + 1,
            int(written[2]) if written[2] else None,
        )
    else:
        return None
    if not (1900 <= year <= 2200 and 1 <= month <= 12 and (day is None or 1 <= day <= monthrange(year, month)[1])):
        return None
    return Date(year, month, day)


def read_number(text: str) -> int | None:
    """A whole number above 0, or ``None``."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 10 and int(plain) > 0 else None


def read_age(text: str) -> tuple[int, str] | None:
    """A number and the word for its unit of time, or ``None``.

    >>> read_age("18 Years")
    (18, 'Years')
    """
    found = _AGE.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None
