"""Who may do what over HTTP: a route says what it needs, and the guard sees to it.

::

    router = APIRouter()

    @router.post("/claims", dependencies=[needs("curator")])
    def propose(caller: PersonDep, ...): ...   # caller.agent is who writes
"""

from __future__ import annotations

from api.auth.needs import PersonDep, needs, open_to_all, reads
from kg.access.caller import Caller

__all__ = ["Caller", "PersonDep", "needs", "open_to_all", "reads"]
