"""The process that is killed: opens a workspace, checks it, and changes it until it is no more.

It tells over a pipe, in this order: ``("whole", faults)`` once what was acknowledged earlier is
checked, then each change that is acknowledged, as soon as it is.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import kg
from kg.errors import KgError
from reliability.audit import Ack, faults, rootless
from reliability.doors import HTTP, Doors
from reliability.http import serve


def live(
    told: Connection, path: Path, doors: Sequence[str], seed: int, acks: Sequence[Ack], threads: int, deep: bool
) -> None:
    """Check a workspace, then change it by some doors until killed.

    :param threads: how many change it at the same time; none for a check alone.
    :param deep: judge every record, and make what is derived again, too.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the service's own key is told there
    start = time.perf_counter()
    workspace = kg.open(path)
    opened = time.perf_counter() - start
    found = [*faults(workspace, acks, deep=deep), *rootless(workspace)]
    with ExitStack() as held:
        http = held.enter_context(serve(workspace)) if set(doors) & set(HTTP) and threads else None
        told.send(("whole", opened, found))
        one = threading.Lock()
        writers = [
            threading.Thread(target=_write, args=(workspace, path.parent, doors, seed * 100 + i, http, told, one))
            for i in range(threads)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    workspace.close()


def _write(
    workspace: kg.Workspace,
    folder: Path,
    doors: Sequence[str],
    seed: int,
    http: tuple[str, str] | None,
    told: Connection,
    one: threading.Lock,
) -> None:
    through, random = Doors(workspace, folder, seed, http), Random(seed)
    while True:
        door = random.choice(doors)
        try:
            ack = through(door)
        except KgError as e:  # nothing here is to be refused
            ack = None
            with one:
                told.send(("fault", f"{door}: {e!r} {getattr(e, 'report', '')}"))
        if ack is not None:
            with one:
                told.send(("ack", ack))
