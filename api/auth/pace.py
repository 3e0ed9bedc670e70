"""How often one may ask, and how long one's queries may take: counted in memory, per minute."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from api.problems import TooMany

OFF = "off"
_MILLI = 1000


def rate(text: str) -> RateLimitItem | None:
    """A rate such as ``600/minute``; ``off`` is none.

    :raises ValueError: if it is neither.
    """
    try:
        return None if text == OFF else parse(text)
    except ValueError:
        raise ValueError(f"{text!r} is no rate: write 600/minute, or {OFF}") from None


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a rate.

    :param policy: name of the rate, its number and its window in seconds.
    :param seconds: until the window ends.
    """

    policy: str
    quota: int
    window: int
    left: int
    seconds: int

    def headers(self) -> Mapping[str, str]:
        """As fields of an answer (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.seconds}',
        }


class Pace:
    """Counts the requests and the query time of every caller.

    :param keys: the rate of one who gave a key; ``None`` for no limit.
    :param addresses: the rate of one who gave none.
    :param query_seconds: time of one caller's queries in a minute; 0 for no limit.
    """

    def __init__(self, keys: str, addresses: str, query_seconds: float) -> None:
        self._rates = {True: rate(keys), False: rate(addresses)}
        self._budget = RateLimitItemPerMinute(max(1, round(query_seconds * _MILLI))) if query_seconds else None
        self._counter = FixedWindowRateLimiter(MemoryStorage())

    def request(self, name: str, *, known: bool) -> Left | None:
        """Count a request.

        :param name: who asks.
        :param known: whether they gave a key.
        :returns: what is left, if there is a limit.
        :raises TooMany: if there is nothing left.
        """
        limit = self._rates[known]
        if limit is None:
            return None
        passed = self._counter.hit(limit, name)
        left = self._left("requests", limit, name)
        if not passed:
            raise TooMany(
                f"more than {limit}", retry_after=left.seconds, headers=left.headers(), hint=_again(left.seconds)
            )
        return left

    def may_query(self, name: str) -> None:
        """Whether a caller has time left for a query.

        :raises TooMany: if their queries took all of it.
        """
        if self._budget is not None and not self._counter.test(self._budget, name):
            left = self._left("query-time", self._budget, name)
            seconds = self._budget.amount / _MILLI
            raise TooMany(
                f"your queries took more than {seconds:g} s in a minute",
                retry_after=left.seconds,
                headers=left.headers(),
                hint=_again(left.seconds),
            )

    def took(self, name: str, seconds: float) -> None:
        """Charge a caller with the time that a query took."""
        if self._budget is not None:
            self._counter.hit(self._budget, name, cost=max(1, round(seconds * _MILLI)))

    def _left(self, policy: str, limit: RateLimitItem, name: str) -> Left:
        reset, left = self._counter.get_window_stats(limit, name)
        return Left(policy, limit.amount, limit.get_expiry(), left, max(1, math.ceil(reset - time.time())))


def _again(seconds: int) -> str:
    return f"Ask again in {seconds} s."
