"""The JSON-LD 1.1 context of the records, made from the shapes.

A record with this context expands to triples that the store holds of it. Three things JSON-LD
cannot say: ``links`` are left out (the property stands in the value of ``type``), mentions and
evidence become blank nodes, and a record without ``"type": "claim"`` is not typed as a claim.

A snapshot's digest does become its IRI: ``sha256`` is a prefix for the namespace of snapshots, and
only there, so that the digests of words stay text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.errors import UsageError
from kg.schema.definitions import Definitions
from kg.schema.names import DEFAULT_BASE, RDF_TYPE
from kg.schema.shapes import Field, Kind, Shape

Json = dict[str, Any]
Key = tuple[str, ...]

_TERM: Json = {"id": "@id", "curie": None, "label": None}


def context(profile: Definitions, record: str = "claim", *, base: str = DEFAULT_BASE) -> Json:
    """The JSON-LD context of one kind of record: ``{"@context": {...}}``.

    :param record: a word that a shape has as its stemma:record; the key ``source`` means another
        property in a snapshot than in a claim, so each kind has a context.
    :param base: namespace of the workspace's records, for snapshots named by their digest.
    :raises UsageError: if there is no such kind of record.
    """
    shape = profile.shapes.get(record)
    if shape is None:
        raise UsageError("no such kind of record", where=record, hint=f"Kinds: {', '.join(sorted(profile.shapes))}.")
    maker = _Maker(profile, base)
    kind = {"@id": RDF_TYPE, "@type": "@vocab", "@context": {record: shape.target}}
    head: Json = {"@version": 1.1, **_TERM, "type": kind}
    if record == "snapshot":
        head |= maker.digests()
    return {"@context": {**maker.prefixes(), **head, **maker.terms(shape)}}


@dataclass(frozen=True)
class _Maker:
    """Makes the term definitions of one profile's shapes."""

    profile: Definitions
    base: str

    def prefixes(self, names: Iterable[str] | None = None) -> Json:
        """The prefixes, all or some. OBO's end in ``_``, so each must be marked as a prefix."""
        known = self.profile.prefixes.namespaces
        return {p: {"@id": known[p], "@prefix": True} for p in sorted(known) if names is None or p in names}

    def digests(self) -> Json:
        """``sha256:`` as a prefix: a snapshot's IRI ends in the digest of its text."""
        return {"sha256": {"@id": f"{self.base}snapshot/", "@prefix": True}}

    def terms(self, shape: Shape, outer: frozenset[str] = frozenset()) -> Json:
        """The definitions of every key of a shape.

        :param outer: the keys that are defined around it.
        """
        keyed: dict[Key, list[Field]] = {}
        for f in shape.fields:
            keyed.setdefault(f.key, []).append(f)
        return self._level(keyed, shape.computed, outer)

    def _level(self, keyed: Mapping[Key, Sequence[Field]], computed: frozenset[Key], outer: frozenset[str]) -> Json:
        found: Json = {}
        names = dict.fromkeys((*(k[0] for k in keyed), *sorted(k[0] for k in computed)))
        seen = outer | {n for n in names if (n,) in keyed or n not in _TERM}
        for name in names:
            inner = {k[1:]: fs for k, fs in keyed.items() if k[0] == name and len(k) > 1}
            told = frozenset(k[1:] for k in computed if k[0] == name and len(k) > 1)
            if (name,) in keyed:
                found[name] = self._property(keyed[(name,)][0], told, seen)
            elif inner or told:
                found[name] = {"@id": "@nest", "@context": self._level(inner, told, seen)}
            elif name not in _TERM:
                found[name] = None
        return found

    def _property(self, field: Field, told: frozenset[Key], seen: frozenset[str]) -> Json | None:
        inside: Json = {}
        match field.kind:
            case Kind.LINK:
                return None
            case Kind.LITERAL:
                return {"@id": field.path, "@type": field.datatype}
            case Kind.TOKEN:
                words = self.profile.vocabulary.words(str(field.cls))
                return {"@id": field.path, "@type": "@vocab", "@context": dict(words)}
            case Kind.PART:
                assert field.part is not None
                return {"@id": field.path, "@context": self.terms(field.part, seen)}
            case Kind.STATEMENT:
                inside = self.terms(self.profile.shapes["statement"], seen)
            case Kind.DIGEST:
                inside = self.digests()
            case Kind.SOURCE:
                inside = {k[0]: None for k in sorted(told)}
            case _:
                return self._iri(field, seen)
        return {"@id": field.path, "@type": "@id", **({"@context": inside} if inside else {})}

    def _iri(self, field: Field, seen: frozenset[str]) -> Json:
        """An IRI, CURIE or term; inside it, what a key around it hides is itself again."""
        hidden = seen - {field.key[-1]}  # a key that undid itself would lose its type
        inside = self.prefixes(hidden)
        if field.kind is Kind.TERM:
            inside |= {k: v for k, v in _TERM.items() if k in hidden}
        if field.default_prefix:
            inside["@vocab"] = self.profile.prefixes.namespaces.get(field.default_prefix)
        kind = "@vocab" if field.default_prefix else "@id"
        return {"@id": field.path, "@type": kind, **({"@context": inside} if inside else {})}
