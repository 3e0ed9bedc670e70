"""The projection: a read model of the claims, kept in step with the commits, made again if need be.

::

    W/projection.duckdb   columns: lists, facets, roll-ups
    W/projection.sqlite   JSON and full text
    W/projection.seal     what the two are since they were closed

Nothing is opened before somebody reads. From then on commits are gathered, and the next reader
finds them written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from kg.codec.write import Writer
from kg.errors import WorkspaceError, WorkspaceFull
from kg.model.node import Node
from kg.profile import Profile
from kg.projection.columns import Columns
from kg.projection.fault import FAULTS, is_full
from kg.projection.files import Files
from kg.projection.filters import Filters
from kg.projection.keeper import Keeper
from kg.projection.marks import Marks, marked
from kg.projection.reader import Reader
from kg.projection.rows import Maker
from kg.projection.texts import Texts
from kg.projection.turns import Turns
from kg.store.journal import Journal
from kg.store.records import Records
from kg.verification import Verifier

T = TypeVar("T")

_LAYOUT = 3
"""Number of the form of the files; another one means that they are made again."""
_MOST = 2000
"""How many touched records are gathered before they are written though nobody reads."""

_log = logging.getLogger(__name__)


class Projection:
    """Answers from the read model; see :class:`kg.projection.reader.Reader` for what it can tell.

    :param folder: where its files lie.
    """

    def __init__(
        self, profile: Profile, records: Records, journal: Journal, verifier: Verifier, writer: Writer, folder: Path
    ) -> None:
        self.filters = Filters(profile)
        self._profile, self._records, self._journal, self._verifier = profile, records, journal, verifier
        self._iris = writer.iris
        self._maker = Maker(profile, self.filters, writer, records.get)
        self._files = Files(folder)
        self._turns, self._gathering = Turns(), Lock()
        self._open: tuple[Keeper, Reader] | None = None
        self._number = self._written = 0
        self._touched: dict[str, Node | None] = {}
        self._texts: Mapping[str, str] = {}
        self._listening, self._missed = False, True
        self._closed = False

    # ---- following commits

    def catch_up(self, number: int) -> None:
        """Be as of that commit when it is read next."""
        with self._gathering:
            self._number, self._missed = number, True

    def follow(self, number: int, gone: Sequence[Node], came: Sequence[Node]) -> None:
        """Take note of a commit."""
        with self._gathering:
            self._number = number
            if not self._listening:
                return  # what was missed is read from the journal
            here = {n.id: n for n in came}
            self._touched |= {n.id: here.get(n.id) for n in gone if n.shape.record != "statement"}
            self._touched |= {id: n for id, n in here.items() if n.shape.record != "statement"}
            many = len(self._touched) > _MOST
        if many:
            self.ready()

    # ---- reading

    def ask(self, read: Callable[[Reader], T], *, columns: bool = False) -> T:
        """What is read of the projection as of the last commit that it was told of, or a later one.

        :param columns: whether the columns are read; they are written only then.
        :raises WorkspaceFull: if it is behind and there is no room to bring it up to date.
        """
        try:
            return self._asked(read, columns)
        except FAULTS as fault:  # it is derived: what cannot be read is made again
            if is_full(fault):
                raise _told(fault, self._files) from None
            _log.warning("the projection is made again: %s", fault)
        try:
            self.rebuild()
            return self._asked(read, columns)
        except FAULTS as fault:
            raise _told(fault, self._files) from None

    def ready(self) -> None:
        """Be up to date now, so that the next reader need not wait."""
        self.ask(lambda reader: None)

    def rebuild(self, number: int | None = None, tell: Callable[[int], None] = lambda n: None) -> None:
        """Make it again from the records.

        :param number: the commit that they are as of; default: the last one that it was told of.
        :param tell: told how many claims are in it.
        """
        with self._turns.writing():
            self._check_open()
            self._close()
            self._listen()
            self._number = self._number if number is None else number
            self._make(tell)

    def close(self) -> None:
        """Let go of the files, also while they are being made. Closing twice is no harm."""
        self._closed = True
        with self._turns.writing():
            if self._open is not None:
                with suppress(*FAULTS):  # what is not written is read from the journal
                    self._open[0].columns.write(self._written, self._stamp(self._written))
                self._close()
                self._files.seal()

    def _asked(self, read: Callable[[Reader], T], columns: bool) -> T:
        wanted = self._number
        while True:
            with self._turns.reading():
                if self._open is not None and self._is_current(wanted):
                    keeper, reader = self._open
                    if not (columns and keeper.columns.is_waiting):
                        return read(reader)
            with self._turns.writing():
                self._check_open()
                if self._open is None or self._missed:
                    self._close()
                    self._reach()
                    continue
                keeper = self._open[0]
                if not self._is_current(wanted):
                    self._write(keeper)
                if columns:
                    keeper.columns.write(self._written, self._stamp(self._written))

    def _is_current(self, wanted: int) -> bool:
        return not self._missed and self._written >= wanted and self._texts == self._verifier.library.states()

    # ---- alone

    def _reach(self) -> None:
        """Open the files and bring them up to date, or make them again."""
        self._listen()
        if not self._resume(self._files.unseal()):
            self._close_files()
            self._make()

    def _resume(self, sealed: bool | None) -> bool:
        """Go on from what the files hold, if they hold it.

        :param sealed: whether they are as they were closed; ``None`` if they never were.
        """
        if sealed is False:
            return False
        try:
            self._open = keeper, _ = self._opened()
            if sealed is None:
                keeper.texts.check()
            state = self._state(keeper)
            touched = self._since(state, keeper.texts.count()) if state else None
            if state is None or touched is None:
                return False
            keeper.load()
            self._texts = keeper.texts.judged()
        except FAULTS as fault:
            if is_full(fault):
                raise
            return False
        self._written = state
        with self._gathering:
            self._touched = {**touched, **self._touched}
        self._write(keeper)
        return True

    def _state(self, keeper: Keeper) -> int | None:
        """The commit that both files have followed; ``None`` if either is of another history or profile."""
        columns, texts = keeper.columns.state, keeper.texts.state
        if columns is None or texts is None or not columns[0] <= texts[0] <= self._number:
            return None
        known = all(stamp == self._stamp(number) for number, stamp in (columns, texts))
        return columns[0] if known else None

    def _since(self, number: int, claims: int) -> dict[str, Node | None] | None:
        """The records that were touched since a commit; ``None`` if they are many."""
        ids: set[str] = set()
        for entry in self._journal.entries(number, self._number):
            ids.update(t.id for t in entry.touched)
            if len(ids) > max(_MOST, claims // 3):
                return None
        return {id: self._records.get(id) for id in sorted(ids)}

    def _make(self, tell: Callable[[int], None] = lambda n: None) -> None:
        """Make the files again."""
        self._files.remove()
        self._maker.forget_titles()
        number = self._number
        self._open = keeper, _ = self._opened()

        def made(claims: int) -> None:
            self._check_open()
            tell(claims)

        keeper.rebuild(number, self._stamp(number), made)
        self._written, self._texts = number, keeper.texts.judged()

    def _check_open(self) -> None:
        if self._closed:
            raise WorkspaceError("the workspace is closed", hint="Open the workspace again.")

    def _write(self, keeper: Keeper) -> None:
        """Write what was gathered, and tell anew whether anchors hold if texts changed."""
        with self._gathering:
            number, touched, self._touched = self._number, self._touched, {}
        try:
            if number > self._written or touched:
                keeper.update(number, self._stamp(number), touched)
                self._written = number
            self._texts = keeper.judge(self._written, self._stamp(self._written), self._texts)
        except BaseException:
            with self._gathering:
                self._touched = {**touched, **self._touched}
            raise

    def _opened(self) -> tuple[Keeper, Reader]:
        columns = Columns(self._files.columns, self.filters)
        try:
            texts = Texts(self._files.texts)
        except BaseException:
            columns.close()
            raise
        marks = Marks(self.filters, lambda statements: marked(texts.stating(statements)))
        keeper = Keeper(columns, texts, marks, self._maker, self._records, self._verifier, self._profile, self._iris)
        return keeper, Reader(columns, texts, marks, self.filters, self._verifier, self._iris)

    def _listen(self) -> None:
        """Gather commits from here on; those before are in the journal."""
        with self._gathering:
            self._listening, self._missed, self._touched = True, False, {}

    def _close(self) -> None:
        with self._gathering:
            self._listening, self._touched = False, {}
        self._close_files()

    def _close_files(self) -> None:
        if self._open is not None:
            keeper, self._open = self._open[0], None
            keeper.columns.close()
            keeper.texts.close()

    def _stamp(self, number: int) -> str:
        """What the projection as of a commit is made by."""
        return f"{_LAYOUT} {self._profile.digest} {self._journal.hash_of(number)}"


def _told(fault: Exception, files: Files) -> WorkspaceError:
    hint = "Free some space and try again; what is in the journal is not lost."
    if is_full(fault):
        return WorkspaceFull(
            "there is no room to bring lists and search up to date", where=str(files.columns), hint=hint
        )
    return WorkspaceError(f"lists and search cannot be made: {fault}", where=str(files.columns), hint=hint)
