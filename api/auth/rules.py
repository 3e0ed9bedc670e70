"""What every route of an application needs: read once, after the last route is in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from api.auth.needs import Need
from kg.access.roles import Roles

Json = dict[str, Any]
SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class Rule:
    """One route.

    :param path: its template, such as ``/api/v1/claims/{id}``.
    :param needs: what each of its methods needs.
    :param form: what its paths look like.
    """

    path: str
    needs: Mapping[str, Need]
    form: re.Pattern[str]


class Rules:
    """The rules of an application.

    :param app: with all its routes.
    :param roles: the roles that they may name.
    :param open: paths of mounted applications that are open to all.
    :raises RuntimeError: if a route says of a method not what it needs, or names no role of the ontology.
    """

    def __init__(self, app: FastAPI, roles: Roles, open: Iterable[str] = ()) -> None:
        self._roles, self._open = roles, frozenset(open)
        self.all = tuple(self._rule(route) for route in iter_route_contexts(app.routes))

    def find(self, method: str, path: str) -> tuple[str, Need | None]:
        """The route of a request: its template and its need; no need if nothing is there, or not done so."""
        template = ""
        for rule in self.all:
            if rule.form.match(path):
                need = rule.needs.get(method)
                if need is not None:
                    return rule.path, need
                template = template or rule.path
        return template, None

    def describe(self, openapi: Json, *, open_reading: bool) -> Json:
        """Say in an OpenAPI document what each operation needs.

        :param open_reading: whether one without a key may read.
        """
        first = self._roles.all[0].word
        scheme = {"type": "http", "scheme": "bearer", "description": "A key of this service, or a sign-in token."}
        openapi.setdefault("components", {}).setdefault("securitySchemes", {})[SCHEME] = scheme
        for rule in self.all:
            for method, operation in openapi.get("paths", {}).get(rule.path, {}).items():
                need = rule.needs.get(method.upper())
                if need is None or not isinstance(operation, dict):
                    continue
                if need.role is None:
                    operation["security"] = []
                    continue
                role = self._roles.get(need.role)
                optional: list[Json] = [{}] if open_reading and role.word == first else []
                operation["x-role"] = role.word
                operation["x-scope"] = need.scope or role.own
                operation["security"] = [*optional, {SCHEME: []}]
        return openapi

    def _rule(self, route: RouteContext) -> Rule:
        path = route.path_format or route.path or ""
        form = getattr(route, "path_regex", None)
        if form is None:
            raise RuntimeError(f"the route {path or route.route} has no form of paths, so nothing guards it")
        methods = route.methods or {"GET", "HEAD"}
        if path.split("/{")[0] in self._open:
            return Rule(path, dict.fromkeys(methods, Need(None)), form)
        told = tuple(_told(getattr(route, "dependant", None)))
        return Rule(path, {m: self._strongest(f"{m} {path}", m, told) for m in sorted(methods)}, form)

    def _strongest(self, name: str, method: str, told: Iterable[Need]) -> Need:
        found = [n for n in told if n.holds_for(method)]
        if not found:
            raise RuntimeError(f"{name} does not say what it needs: add dependencies=[needs(ROLE)]")
        for need in found:
            if need.role is not None:
                role = self._roles.get(need.role)
                self._roles.scopes(role, [need.scope] if need.scope else [])
        strongest = max(found, key=lambda n: self._roles.get(n.role).rank if n.role else 0)
        costs = any(n.costs for n in found)
        return Need(strongest.role, strongest.scope, costs)


def _told(dependant: Dependant | None) -> Iterator[Need]:
    for each in dependant.dependencies if dependant else ():
        if isinstance(each.call, Need):
            yield each.call
        yield from _told(each)
