"""Roles are what the ontology says they are."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from kg.access.agents import agent_iri, core_prefixes
from kg.access.caller import Caller
from kg.access.roles import Roles, core_roles
from kg.errors import Forbidden, ProfileError, Unauthorized, UsageError
from kg.profile import Profile
from kg.resources import folder
from kg.schema.vocabulary import Vocabulary

ROLES = core_roles()
PERSON = "https://orcid.org/0000-0002-1825-0097"


def changed(before: str, after: str) -> Roles:
    """The roles of the core with something changed in its Turtle."""
    text = (folder("ontology") / "core.ttl").read_text("utf-8")
    assert before in text
    return Roles(Vocabulary(parse(input=text.replace(before, after), format=RdfFormat.TURTLE)))


def test_the_roles_are_a_ladder() -> None:
    assert [r.word for r in ROLES.all] == ["reader", "curator", "reviewer", "admin"]
    assert [sorted(r.may) for r in ROLES.all] == [
        ["read"],
        ["propose", "read"],
        ["propose", "read", "review"],
        ["manage", "propose", "read", "review"],
    ]
    assert [r.own for r in ROLES.all] == ["read", "propose", "review", "manage"]
    assert {w for w, p in ROLES.permissions.items() if p.persons} == {"review"}


def test_every_profile_has_them() -> None:
    assert Roles(Profile.load("cell-therapy").vocabulary).all == ROLES.all


def test_a_role_that_is_added_in_turtle_is_known() -> None:
    more = changed(
        "stemma:readerRole\n    a stemma:Role ;",
        'stemma:guestRole a stemma:Role ; rdfs:label "guest"@en ; skos:notation "guest" ; stemma:may stemma:toLook .\n'
        'stemma:toLook a stemma:Permission ; rdfs:label "to look"@en ; skos:notation "look" .\n'
        "stemma:readerRole\n    a stemma:Role ; stemma:includes stemma:guestRole ;",
    )
    assert [r.word for r in more.all] == ["guest", "reader", "curator", "reviewer", "admin"]
    assert more.get("admin").may >= {"look", "manage"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    stemma:includes stemma:curatorRole ;\n", ""),
        ("    stemma:includes stemma:reviewerRole ;", "    stemma:includes stemma:curatorRole ;"),
        ("    stemma:includes stemma:readerRole ;", "    stemma:includes stemma:adminRole ;"),
        ("    stemma:may stemma:toReview ;\n", ""),
        ("    stemma:may stemma:toReview ;", "    stemma:may stemma:toReview , stemma:toManage ;"),
    ],
)
def test_roles_that_do_not_hold_together_are_refused(before: str, after: str) -> None:
    with pytest.raises(ProfileError):
        changed(before, after)


def test_what_is_no_role_or_scope_is_told() -> None:
    with pytest.raises(UsageError, match="admin, curator, reader, reviewer"):
        ROLES.get("king")
    with pytest.raises(UsageError, match="manage, propose, read, review"):
        ROLES.scopes(ROLES.get("admin"), ["reign"])
    with pytest.raises(UsageError, match="a curator may not"):
        ROLES.scopes(ROLES.get("curator"), ["read", "review"])
    assert ROLES.scopes(ROLES.get("admin"), ["review", "read", "read"]) == ("read", "review")


def test_a_caller_may_what_role_and_scopes_both_allow() -> None:
    held = Caller("key:1", ROLES.get("reviewer"), PERSON, ("propose",))
    assert held.may("propose")
    assert not held.may("read")
    assert not held.may("manage")
    assert Caller("key:1", ROLES.get("curator"), PERSON).may("read")
    assert not Caller("address:::1").may("read")


@pytest.mark.parametrize(
    ("caller", "needed", "reason"),
    [
        (Caller("address:::1", ROLES.get("reader")), "curator", None),
        (Caller("address:::1"), "reader", None),
        (Caller("key:1", ROLES.get("curator"), PERSON), "reviewer", "role"),
        (Caller("token:x", None, PERSON), "reader", "role"),
        (Caller("key:1", ROLES.get("admin"), PERSON, ("read",)), "curator", "scope"),
        (Caller("key:1", ROLES.get("admin"), "https://w3id.org/stemma/agent/key-1"), "reviewer", "person"),
    ],
)
def test_who_may_not_is_told_why(caller: Caller, needed: str, reason: str | None) -> None:
    role = ROLES.get(needed)
    with pytest.raises((Unauthorized, Forbidden)) as refused:
        caller.check(role, ROLES.permission(role.own))
    assert getattr(refused.value, "reason", None) == reason
    assert isinstance(refused.value, Unauthorized) == (reason is None)


def test_who_may_passes() -> None:
    for role in ROLES.all:
        Caller("key:1", ROLES.get("admin"), PERSON).check(role, ROLES.permission(role.own))
    Caller("address:::1", ROLES.get("reader")).check(ROLES.get("reader"), ROLES.permission("read"))


def test_an_agent_is_named_as_people_do() -> None:
    prefixes = core_prefixes()
    assert agent_iri("0000-0002-1825-0097", prefixes) == agent_iri("orcid:0000-0002-1825-0097", prefixes) == PERSON
    assert agent_iri("pass-1", prefixes) == "https://w3id.org/stemma/agent/pass-1"
    assert agent_iri(None, prefixes).startswith("https://w3id.org/stemma/agent/stemma-")
    for text in ("a b", "nowhere:x", "agent:"):
        with pytest.raises(UsageError):
            agent_iri(text, prefixes)
