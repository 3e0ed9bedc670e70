"""A workspace: one folder, one owner, everything that can be done with it.

::

    W/workspace.toml   name, base and profile
    W/profile/         the profile's own Turtle, if it is not a shipped one
    W/library/         the texts of snapshots
    W/journal.jsonl    every commit, and beside it a mark of how far it was acknowledged
    W/store/           the embedded store, made from the journal
    W/conflicts.sqlite the index of conflicts, made from the store
    W/projection.*     what lists, counts and searches are answered from, made from the store
    W/snapshots/       copies of the store, for those who ask; only while it is open
    W/owner.lock       which process has it open
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from kg.access.agents import agent_iri
from kg.addition import Adder, Given
from kg.admit import Admission, Batch
from kg.assess.desk import Assessments
from kg.assess.values import Assessment
from kg.backup import Backup, backup, restore
from kg.bulk import BATCH, OPTIMIZED_AFTER, Loaded, Loader
from kg.codec.write import Writer
from kg.conflict.desk import Conflict, Conflicts
from kg.document.library import Library
from kg.dump import dump
from kg.folder import make_folder, read_settings
from kg.gate.gate import Gate
from kg.history import History
from kg.inspection import check
from kg.intake import Ingested, Intake
from kg.lineage.desk import Descent, Lineage
from kg.model.iris import Iris
from kg.model.node import Node
from kg.owner import Ownership
from kg.profile import DEFAULT, Profile
from kg.projection.desk import Projection
from kg.quads import Quads
from kg.query import Result
from kg.report import Report
from kg.review import Decision, decide
from kg.schema.names import DEFAULT_BASE, STEMMA
from kg.sparql.answer import Limits
from kg.store.commit import Committer, mark_graph, stored_number, utc_now
from kg.store.journal import Entry, Journal
from kg.store.ontology import put_ontology
from kg.store.oxigraph import OxigraphStore
from kg.store.plan import VERSION, Change, Changeset, Receipt
from kg.store.records import Records
from kg.telling import Teller
from kg.validation import validate
from kg.verification import Verification, Verifier

CURATOR = Limits(deadline=60.0)
"""How long a query of the workspace's own people may take, in seconds, and how much it may be."""


class Workspace:
    """An open workspace. Close it, or use it in a ``with`` block.

    :param path: its folder, made by :meth:`init`.
    :raises WorkspaceError: if there is none, or it cannot be opened.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        settings = read_settings(self.path)
        self.name = str(settings.get("name", self.path.name))
        self.iris = Iris(str(settings["base"]))
        own = self.path / "profile"
        self.profile = Profile.load(own if own.is_dir() else str(settings["profile"]))
        self.library = Library(self.path / "library")
        self.ownership = Ownership(self.path)
        with ExitStack() as undo:  # what fails to open lets go of the files
            undo.callback(self.ownership.release)
            self.store = OxigraphStore(self.path / "store")
            undo.callback(self.store.close)
            self._open(undo)
            self._held = undo.pop_all()

    def _open(self, undo: ExitStack) -> None:
        self.records = Records(self.store, self.profile.shapes)
        self.verifier = Verifier(self.records, self.library, self.iris)
        self.writer = Writer(self.profile.vocabulary, self.profile.prefixes, self.iris)
        self.journal = Journal(self.path / "journal.jsonl", stored_number(self.store, mark_graph(self.iris)))
        put_ontology(self.store, self.profile)
        gate = Gate(self.profile, self.iris)
        self.conflicting = Conflicts(self.profile, self.records, self.path / "conflicts.sqlite")
        undo.callback(self.conflicting.close)
        self.projection = Projection(self.profile, self.records, self.journal, self.verifier, self.writer, self.path)
        undo.callback(self.projection.close)
        self.committer = Committer(
            self.store, self.journal, self.records, gate, self.iris, self, [self.conflicting, self.projection]
        )
        undo.callback(self.committer.close)
        self.history = History(self.journal, self.store, self.records, self.committer, self.profile.vocabulary)
        self.quads = Quads(
            self.profile,
            self.iris,
            self.store,
            self.records,
            self.committer,
            self.history,
            self.path / "snapshots",
            self.agent(None),
        )
        undo.callback(self.quads.close)
        self.adder = Adder(self.quads)
        self.teller = Teller(self.records, self.verifier, self.writer, self.committer)
        self.descent = Lineage(self.profile, self.store, self.iris, lambda: self.committer.number, self.conflicts)
        self.assessments = Assessments(self.profile, self.descent)

    @staticmethod
    def init(
        path: Path | str, *, profile: str = DEFAULT, base: str = DEFAULT_BASE, name: str | None = None
    ) -> Workspace:
        """Make a workspace in a new or empty folder, and open it.

        :param profile: name of a shipped profile, or the directory of your own, which is copied.
        :param base: namespace of its records; an http or https IRI that ends in ``/``.
        :raises UsageError: if the folder is not empty, or the base is none.
        """
        make_folder(Path(path), profile=profile, base=base, name=name)
        return Workspace(path)

    # ---- writing

    def ingest(
        self,
        path: Path | str,
        *,
        url: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        agent: str | None = None,
    ) -> Ingested:
        """Freeze a document as a snapshot.

        Its source is the one named, else the one registered with that URL or digest, else a new one.

        :param path: a ``.txt`` or ``.html`` file, UTF-8.
        :param url: where it was found; a second text from the same URL is a newer snapshot.
        :param source: IRI of a registered source.
        :param kind: kind of a new source, a word of stemma:SourceKind; default web-page.
        :param agent: who ingests; default this software.
        :raises DocumentError: if the file is no readable text.
        """
        return Intake(self.profile, self.iris, self.library, self.records, self.committer).ingest(
            Path(path), url=url, source=source, kind=kind, agent=self.agent(agent)
        )

    def add(
        self,
        records: Given,
        *,
        agent: str | None = None,
        why: str = "add",
        dry_run: bool = False,
        keep_review: bool = False,
    ) -> Receipt:
        """Add sources, snapshots and claims, all or nothing.

        :param records: a file of JSON lines or RDF, or records as mappings.
        :param agent: who proposes; ``None`` for each record's own ``provenance.agent``.
        :param dry_run: judge only.
        :param keep_review: keep the decisions that the records carry.
        :raises Refused: with every finding, if anything is wrong; nothing is written.
        :raises VersionConflict: if a record changed since its base version.
        """
        return self.admit(self.read(records), agent=agent, why=why, dry_run=dry_run, keep_review=keep_review)

    def read(self, records: Given) -> Batch:
        """Read records without judging them; where any RDF is admitted, the quads of a file.

        :raises UsageError: if records come where there are none.
        """
        return self.adder.read(records)

    def admit(
        self,
        batch: Batch,
        *,
        agent: str | None = None,
        why: str = "add",
        dry_run: bool = False,
        keep_review: bool = False,
    ) -> Receipt:
        """Judge what was read and commit it. See :meth:`add`."""
        who = self.agent(agent) if agent else None
        return self.adder.admit(batch, agent=who, why=why, dry_run=dry_run, keep_review=keep_review)

    def review(
        self, claims: Iterable[str], status: str, *, by: str, reason: str | None = None, comment: str | None = None
    ) -> Receipt:
        """Decide on claims, all or none.

        :param claims: IRIs, or the last part of them.
        :param status: a word of stemma:ReviewStatus.
        :param by: who decides; never who proposed.
        :param reason: a word of stemma:ReviewReason, for anything but accepting.
        :raises NotFound: if a claim is not there.
        :raises Refused: if the gate does not let the decision stand.
        """
        decision = Decision(status, self.agent(by), utc_now(), reason, comment)
        nodes = [self.teller.claim(c) for c in claims]
        changes = [Change(decide(n, decision, self.profile.vocabulary), int(n.one(VERSION) or 0)) for n in nodes]
        return self.committer.commit(Changeset(changes, decision.by, f"review: {status}"))

    def agent(self, text: str | None) -> str:
        """The IRI of an agent: an ORCID or CURIE, a software's name, or this software."""
        return agent_iri(text, self.profile.prefixes)

    # ---- reading

    def claim(self, id: str) -> dict[str, Any]:
        """One claim as its JSON record.

        :raises NotFound: if there is no such claim.
        """
        return self.claim_json(self.teller.claim(id))

    def claims(self) -> Iterator[dict[str, Any]]:
        """Every claim as its JSON record, sorted by id."""
        return (self.claim_json(node) for node in self.records.all("claim"))

    def claim_json(self, claim: Node) -> dict[str, Any]:
        """The JSON record of a claim's node."""
        return self.teller.json(claim)

    def query(self, sparql: str, *, at: int | str | None = None, limits: Limits = CURATOR) -> Result:
        """Answer a SPARQL query over the union of all graphs; the prefixes are known.

        :param at: number of a commit, or a date: the state to ask; default: the last one.
        :param limits: how long it may take, and how much it may be.
        :raises QueryError: if it is no query, or not allowed.
        :raises QueryEnded: if it reached a limit.
        """
        number = None if at is None else self.history.number(str(at))
        return Result.of(self.quads.ask(sparql, at=number, limits=limits), self.profile.prefixes)

    def frame(self, sparql: str) -> Any:
        """The rows of a SELECT as a pandas data frame (needs pandas)."""
        return self.query(sparql).frame()

    def graph(self, view: str = "entities") -> Any:
        """The claims as a networkx graph. See :mod:`kg.export.network`."""
        from kg.export.network import network

        return network(self, view)

    def export(self, format: str = "jsonl", *, view: str = "claims", status: str | None = None) -> str:
        """The claims in a format. See :mod:`kg.export`."""
        from kg.export import export

        return export(self, format, view=view, status=status)

    def verify(self) -> list[Verification]:
        """The state of every claim's anchor, sorted by claim."""
        return [self.verifier.verify(c) for c in self.records.all("claim")]

    def validate(
        self, engine: str | None = None, jobs: int | None = None, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Judge everything that is stored, as if it came in now. See :func:`kg.validation.validate`."""
        return validate(self, engine=engine, jobs=jobs, progress=progress)

    def conflicts(self, claim: str | None = None) -> list[Conflict]:
        """Every pair of claims, proposed or accepted, that clashes.

        :param claim: only those of this claim: its IRI, or the last part of it.
        :raises NotFound: if there is no such claim.
        """
        known = claim is None or self.clashes().knows(claim)
        return self.clashes().all(claim if known else self.teller.claim(str(claim)).id)

    def clashes(self) -> Conflicts:
        """The conflicts as of the last commit: pages of them by kind, rule and source, and counts."""
        self.committer.settle()
        return self.conflicting

    def lineage(self, claim: str | None = None, *, source: str | None = None) -> Descent:
        """Where a claim comes from: its line step by step, its roots, links and silences.

        :param claim: its IRI, or the last part of it; ``None`` for all claims, or a source's.
        :param source: IRI of a source, or the last part of it.
        :raises NotFound: if there is none that counts.
        """
        return self.descent.of(claim, source)

    def assess(self, variant: str | None = None, disease: str | None = None) -> list[Assessment]:
        """What speaks for and against each therapy variant. See :meth:`kg.assess.desk.Assessments.all`.

        :param variant: a term of it, as CURIE or IRI.
        :param disease: a disease, as CURIE or IRI.
        :raises UsageError: if a term is not known, or no disease.
        """
        return self.assessments.all(variant, disease)

    def log(self) -> Iterator[Entry]:
        """Every commit, oldest first."""
        return self.journal.entries()

    def load(
        self,
        path: Path | str,
        *,
        agent: str | None = None,
        keep_review: bool = False,
        batch: int = BATCH,
        progress: Callable[[int], None] = lambda done: None,
    ) -> Loaded:
        """Add many records as a stream, batch by batch; what is in already is no change.

        :param path: JSON lines, or N-Quads as :meth:`dump` writes them.
        :param batch: how many records stand or fall together.
        :param progress: told how many records were read.
        :raises Refused: if a batch is refused; those before it stay.
        """
        who = self.agent(agent) if agent else None
        admission = Admission(self.profile, self.iris)
        loader = Loader(admission, self.records, self.committer, who or self.agent(None), who, keep_review, batch)
        loaded = loader.load(Path(path), progress)
        if loaded.added > OPTIMIZED_AFTER:
            self.store.optimize()
        return loaded

    def ready(self) -> None:
        """Let conflicts, lists and search be as of the last commit, so that no reader waits for them."""
        self.committer.settle()
        self.projection.ready()

    def dump(self) -> Iterator[str]:
        """Every record as canonical N-Quads lines. See :mod:`kg.dump`."""
        return dump(self)

    def backup(self, target: Path | str) -> Backup:
        """Copy the workspace, as of exactly one commit, into a new folder. See :mod:`kg.backup`."""
        return backup(self, Path(target))

    def check(self, progress: Callable[[str], None] = lambda step: None) -> Report:
        """Whether the files still say what was written. See :mod:`kg.inspection`."""
        return check(self, progress)

    def compact(self) -> None:
        """Make the store's files small and queries fast."""
        self.store.optimize()
        self.store.flush()

    def rebuild(self) -> None:
        """Make all that is derived from the records again."""
        self.committer.rebuild()

    @staticmethod
    def restore(source: Path | str, target: Path | str) -> Workspace:
        """Make a workspace of a backup in a new folder, and open it.

        All that is in it is judged as if it came in now; of a backup that is not taken, nothing stays.

        :raises UsageError: if the source is no backup, or there is something in the target.
        :raises Damaged: if the backup is not as it was written.
        :raises Refused: if what it holds would not be let in.
        """
        return restore(Path(source), Path(target), Workspace)

    # ---- what the gate asks

    def get(self, id: str) -> Node | None:
        """A record by its IRI."""
        return self.records.get(id)

    def about(self, entity: str) -> list[Node]:
        """The sources that are about an entity, such as the registry's record of a trial."""
        found = (self.records.get(iri) for iri in self.records.subjects(STEMMA + "about", entity))
        return [n for n in found if n is not None]

    def text(self, snapshot: str) -> str | None:
        """The text of a snapshot's IRI, if it is held."""
        return self.verifier.text(snapshot)

    # ---- opening and closing

    def close(self) -> None:
        """Write out and let go of the files. Closing twice is no harm."""
        self._held.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
