"""The columns of the claims, in an embedded DuckDB: which claims pass, and counts of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import orjson

from kg.projection.fault import Fault
from kg.projection.filters import TEXT, VERIFICATION, Filters, Tally
from kg.projection.fold import Facets, Fold
from kg.projection.question import Condition, Question, condition, quoted
from kg.projection.rows import Row, Teller, within

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "512MB",
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
}
_KEPT = {
    "claim_n": "INTEGER",
    "claim_id": "VARCHAR",
    "claim_version": "INTEGER",
    "claim_snapshot": "VARCHAR",
    "claim_made": "VARCHAR",
    "claim_agent": "VARCHAR",
    "claim_rests_on": "VARCHAR[]",
    "claim_facets": "INTEGER[]",
}
_ROLES = ("entity", "qualifier", "mention", "subject", "object", "of", "statement", VERIFICATION, TEXT)
"""Filters that are counted one by one: nobody chooses by them beside a list, or they change without a commit."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS state (number BIGINT, stamp VARCHAR);
CREATE TABLE IF NOT EXISTS source (id VARCHAR, title VARCHAR, kind VARCHAR, published VARCHAR);
CREATE TABLE IF NOT EXISTS facet (code INTEGER, filter VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS term (id VARCHAR, curie VARCHAR, label VARCHAR);
CREATE TABLE IF NOT EXISTS above (id VARCHAR, ancestor VARCHAR);
CREATE TABLE IF NOT EXISTS text (snapshot VARCHAR, state VARCHAR);
"""
_SOURCE = {"id": "VARCHAR", "title": "VARCHAR", "kind": "VARCHAR", "published": "VARCHAR"}
_FACET = {"code": "INTEGER", "filter": "VARCHAR", "value": "VARCHAR"}
_APART = 2
"""Up to how many filters are counted one after the other; more, all at once."""
_AT_ONCE = 5000
"""How many claims are handed over at a time."""


class Columns:
    """The columns of every claim.

    :param path: the file; ``None`` keeps them in memory.
    :raises Fault: if the file is no such thing; later, if it cannot be read or written.
    """

    def __init__(self, path: Path | None, filters: Filters) -> None:
        self._filters, self._folder = filters, path.parent if path else None
        self._types = {**_KEPT, **_columns(filters)}
        import duckdb  # takes a quarter of a second, and most commands never list anything

        self._error = duckdb.Error
        columns = ", ".join(f"{quoted(n)} {t}" for n, t in self._types.items())
        try:
            self._db = duckdb.connect(str(path) if path else ":memory:", config=_SETTINGS)
        except duckdb.Error as e:
            raise Fault(str(e)) from None
        try:
            self._run(_SCHEMA + f"CREATE TABLE IF NOT EXISTS claim ({columns});")
            self._facets = self._coded_so_far()
        except Fault:
            self._db.close()
            raise

    # ---- writing

    @property
    def state(self) -> tuple[int, str] | None:
        """The commit that they are in step with, and the stamp of what they were made by."""
        found = self._run("SELECT number, stamp FROM state")
        return (int(found[0][0]), str(found[0][1])) if found else None

    @contextmanager
    def change(self, number: int, stamp: str) -> Iterator[None]:
        """All that is written inside, and the commit that it brings them to, or nothing."""
        self._run("BEGIN")
        try:
            yield
            self._run("DELETE FROM state")
            self._run("INSERT INTO state VALUES (?, ?)", [number, stamp])
            self._run("COMMIT")
        except BaseException:
            self._run("ROLLBACK")
            self._facets = self._coded_so_far()
            raise

    def put(self, rows: Iterable[tuple[int, Row]], *, new: bool = False) -> None:
        """Keep claims, each by its number.

        :param new: whether none of them is kept yet.
        """
        for several in _pieces(rows):
            if not new:
                self.drop([n for n, _ in several])
            known = len(self._facets)
            told = [{"claim_n": n, **row.columns, "claim_facets": self._coded(row)} for n, row in several]
            self._insert("facet", _FACET, self._facets.rows(known))
            self._insert("claim", self._types, told)

    def drop(self, numbers: Sequence[int]) -> None:
        """Let claims go."""
        self._run(f"DELETE FROM claim WHERE claim_n IN {_LISTED}", [_json(numbers)])

    def put_sources(self, tellers: Sequence[Teller], *, new: bool = False) -> None:
        """Keep sources.

        :param new: whether none of them is kept yet.
        """
        if not new:
            self.drop_sources([t.id for t in tellers])
        self._insert("source", _SOURCE, [{n: getattr(t, n) for n in _SOURCE} for t in tellers])

    def drop_sources(self, ids: Sequence[str]) -> None:
        """Let sources go."""
        self._run(f"DELETE FROM source WHERE id IN {_NAMED}", [_json(ids)])

    def titles(self, sources: Sequence[str]) -> dict[str, str]:
        """What sources were called when they were kept."""
        return dict(self._run(f"SELECT id, title FROM source WHERE id IN {_NAMED}", [_json(sources)]))

    def put_terms(self, terms: Sequence[Mapping[str, str]], above: Sequence[tuple[str, str]]) -> None:
        """Keep the terms of the vocabulary, and what stands above each."""
        self._insert("term", {"id": "VARCHAR", "curie": "VARCHAR", "label": "VARCHAR"}, list(terms))
        pairs = [{"id": a, "ancestor": b} for a, b in above]
        self._insert("above", {"id": "VARCHAR", "ancestor": "VARCHAR"}, pairs)

    # ---- whether anchors hold

    def texts(self) -> dict[str, str]:
        """The texts, by their digest, with which it was last told whether anchors hold."""
        return dict(self._run("SELECT snapshot, state FROM text"))

    def judge(self, states: Sequence[tuple[int, str]]) -> None:
        """Keep whether the anchors of claims hold."""
        for start in range(0, len(states), _AT_ONCE):
            rows = [{"n": n, "state": state} for n, state in states[start : start + _AT_ONCE]]
            self._run(
                f"""UPDATE claim SET "{VERIFICATION}" = told.state FROM
                (SELECT unnest(from_json(?, '[{{"n":"INTEGER","state":"VARCHAR"}}]'), max_depth := 2)) told
                WHERE claim.claim_n = told.n""",
                [_json(rows)],
            )

    def judged_with(self, texts: Mapping[str, str]) -> None:
        """Remember the texts with which it was told whether anchors hold."""
        self._run("DELETE FROM text")
        self._insert(
            "text", {"snapshot": "VARCHAR", "state": "VARCHAR"}, [{"snapshot": s, "state": t} for s, t in texts.items()]
        )

    def standing_in(self, snapshots: Sequence[str], sources: Sequence[str]) -> list[int]:
        """The claims that stand in some snapshots, or are made by some sources."""
        text = f"SELECT list(claim_n) FROM claim WHERE claim_snapshot IN {_NAMED} OR source IN {_NAMED}"
        return list(self._run(text, [_json(snapshots), _json(sources)])[0][0] or ())

    # ---- reading

    def passing(self, question: Question, among: Sequence[int] | None = None) -> list[int]:
        """The numbers of the claims that pass, whatever their words; in no order.

        :param among: only these; ``None`` for all.
        """
        told, given = self._among(question, among)
        return self._one(f"SELECT list(claim_n) FROM claim WHERE {told}", given) or []

    def count(self, question: Question, among: Sequence[int] | None = None) -> int:
        """How many claims pass.

        :param among: only these; ``None`` for all.
        """
        told, given = self._among(question, among)
        return int(self._one(f"SELECT count(*) FROM claim WHERE {told}", given))

    def tallies(self, question: Question, names: Sequence[str], among: Sequence[int] | None = None) -> dict[str, Tally]:
        """How many of the claims that pass each of their values of a filter would find, for each filter."""
        told, given = self._among(question, among)
        found: dict[str, dict[str, int]] = {name: {} for name in names}
        direct: set[tuple[str, str]] = set()
        together = frozenset(names) - set(_ROLES)
        if len(together) > _APART:
            text = f"SELECT unnest(claim_facets) AS v, count(*) FROM claim WHERE {told} GROUP BY v"
            for code, n in self._all(text, given):
                name, value = self._facets[code // 2]
                if name in together:
                    found[name][value] = found[name].get(value, 0) + n
                    if code % 2:
                        direct.add((name, value))
        for name in names:
            if name not in together or len(together) <= _APART:
                for value, n in self._all(self._counted(name, told), given):
                    if n is None:
                        direct.add((name, value))
                    elif value is not None:
                        found[name][value] = n
        return {name: _sorted(name, held, direct, self._filters) for name, held in found.items()}

    def folds(
        self, question: Question, by: Sequence[str], count: Sequence[str], among: Sequence[int] | None
    ) -> list[Fold]:
        """The claims that pass, folded by their values of some filters; those with most claims first.

        :param by: what they are folded by; a claim with several values counts for each.
        :param count: filters with a closed list of words, which are counted in each fold.
        """
        told, given = self._among(question, among)
        keys = [f"{self._each(name)} AS k{i}" for i, name in enumerate(by)]
        counted = [(name, word) for name in count for word in self._filters.all[name].words]
        counts = [f"count(*) FILTER ({quoted(name)} = {_text(word)})" for name, word in counted]
        places = ", ".join(f"k{i}" for i in range(len(by)))
        needed = ("source", "claim_rests_on", *(quoted(name) for name in count if name != "source"))
        text = f"""SELECT {", ".join([places, _EVIDENCE, "count(*)", "count(DISTINCT source)", *counts])}
            FROM (SELECT {", ".join([*keys, *needed])} FROM claim WHERE {told}) GROUP BY {places}"""
        found = []
        for row in self._all(text, given):
            values, (evidence, claims, sources), numbers = (
                row[: len(by)],
                row[len(by) : len(by) + 3],
                row[len(by) + 3 :],
            )
            tallied: dict[str, dict[str, int]] = {name: {} for name in count}
            for (name, word), n in zip(counted, numbers, strict=True):
                if n:
                    tallied[name][word] = n
            found.append(Fold(dict(zip(by, values, strict=True)), claims, sources, evidence, tallied))
        return sorted(found, key=lambda f: (-f.claims, [f.by[n] or "" for n in by]))

    def sources(self, question: Question, among: Sequence[int] | None, limit: int) -> Tally:
        """The sources with the most claims that pass, and how many."""
        told, given = self._among(question, among)
        text = f"SELECT source, count(*) AS n FROM claim WHERE {told} GROUP BY source ORDER BY n DESC, source LIMIT ?"
        return [(iri, n) for iri, n in self._all(text, [*given, limit])]

    def sources_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The sources of some claims."""
        return dict(self._all(f"SELECT claim_id, source FROM claim WHERE claim_id IN {_NAMED}", [_json(ids)]))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ---- SQL

    def _among(self, question: Question, among: Sequence[int] | None) -> Condition:
        told, given = condition(question, self._filters)
        return (told, given) if among is None else (f"claim_n IN {_LISTED} AND {told}", [_json(among), *given])

    def _coded_so_far(self) -> Facets:
        return Facets(self._run("SELECT filter, value FROM facet ORDER BY code"))

    def _coded(self, row: Row) -> list[int]:
        """What a claim is counted by beside a list: twice the code of a value, and one more if it holds that itself."""
        codes: list[int] = []
        for name, asked in self._filters.all.items():
            if name in _ROLES:
                continue
            held = row.columns[name]
            own = held if isinstance(held, list) else [held] if held is not None else []
            every = row.columns[within(name)] if asked.below else own
            assert isinstance(every, list)
            codes.extend(2 * self._facets.code(name, str(v)) + (v in own) for v in every)
        return codes

    def _counted(self, name: str, told: str) -> str:
        """Each value with how often it stands; of a filter with terms below, also which stand there themselves."""
        held = f"unnest({quoted(name)})" if name in self._filters.lists else quoted(name)
        if not self._filters.all[name].below:
            return f"SELECT {held} AS v, count(*) FROM claim WHERE {told} GROUP BY v"
        return (
            f"WITH passing AS MATERIALIZED (SELECT {quoted(name)}, {quoted(within(name))} FROM claim WHERE {told}) "
            f"SELECT unnest({quoted(within(name))}) AS v, count(*) FROM passing GROUP BY v UNION ALL "
            f"SELECT DISTINCT {held} AS v, NULL FROM passing"
        )

    def _each(self, name: str) -> str:
        """A value of each claim, or NULL if it has none."""
        held = quoted(name)
        return f"unnest(CASE WHEN len({held}) = 0 THEN [NULL] ELSE {held} END)" if name in self._filters.lists else held

    def _insert(self, table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
        """Add rows. They are handed over in a file: through parameters they would cost ten times as much."""
        if not rows:
            return
        shape = ", ".join(f"{quoted(n)}: '{t}'" for n, t in types.items())
        with NamedTemporaryFile(dir=self._folder, prefix="projection.", suffix=".rows") as file:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
            file.flush()
            told = f"read_json(?, format = 'newline_delimited', columns = {{{shape}}})"
            self._run(f"INSERT INTO {table} BY NAME SELECT * FROM {told}", [file.name])

    def _run(self, text: str, given: Sequence[object] = ()) -> list[Any]:
        """What the writer is told."""
        try:
            return self._db.execute(text, given).fetchall()
        except self._error as e:
            raise Fault(str(e)) from None

    def _all(self, text: str, given: Sequence[object]) -> list[Any]:
        """What a reader is told, as of the last change that is whole."""
        try:
            return self._db.cursor().execute(text, given).fetchall()
        except self._error as e:
            raise Fault(str(e)) from None

    def _one(self, text: str, given: Sequence[object]) -> Any:
        found = self._all(text, given)
        return found[0][0] if found else None


_LISTED = """(SELECT unnest(from_json(?, '["INTEGER"]')))"""
_EVIDENCE = "len(list_distinct(flatten(list(claim_rests_on) FILTER (len(claim_rests_on) > 0))))"
_NAMED = """(SELECT unnest(from_json(?, '["VARCHAR"]')))"""


def _text(word: str) -> str:
    """A word in SQL."""
    return "'" + word.replace("'", "''") + "'"


def _columns(filters: Filters) -> dict[str, str]:
    """A column for each filter, and one for those of its terms with what stands above them."""
    found = {n: "VARCHAR[]" if n in filters.lists else "VARCHAR" for n in filters.all if n != TEXT}
    return {**found, **{within(n): "VARCHAR[]" for n, f in filters.all.items() if f.below}}


def _sorted(name: str, held: Mapping[str, int], direct: set[tuple[str, str]], filters: Filters) -> Tally:
    below = filters.all[name].below
    found = ((v, n) for v, n in held.items() if not below or (name, v) in direct)
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _pieces(rows: Iterable[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    piece: list[tuple[int, Row]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _AT_ONCE:
            yield piece
            piece = []
    if piece:
        yield piece


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
