"""What tests of the door share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import kg


@pytest.fixture(scope="session")
def codes() -> Callable[[Callable[[], object]], set[str]]:
    """Calls something that must be refused, and gives the codes of what was found."""

    def refused(call: Callable[[], object]) -> set[str]:
        with pytest.raises(kg.Refused) as caught:
            call()
        return {f.code for f in caught.value.report.violations}

    return refused
