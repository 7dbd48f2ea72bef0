"""A server's fault rules as a plan: what changes a plan here changes it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..clock import moment_of
from ..errors import ConfigError, RequestError
from ..fault_text import read_rule, write_rule
from ..faults import Fired, Moment, Plan, Rule, Tally
from .http import Http, segment

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RemotePlan"]


class RemotePlan(Plan):
    """The plan of the server of *http*. A method raises RequestError where it cannot be asked.

    A `Tally` tells of the newest 20 firings at most.
    """

    def __init__(self, http: Http) -> None:
        super().__init__()
        self._http = http

    def __iter__(self) -> Iterator[Rule]:
        return iter([_rule(one) for one in self._http.json("GET", "/faults")["rules"]])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Plan at {self._http.url}>"

    def add(self, *rules: Rule) -> tuple[Rule, ...]:
        added: list[Rule] = []
        for rule in rules:
            table = write_rule(rule)
            if not rule.id:
                del table["id"]
            try:
                added += map(_rule, self._http.json("POST", "/faults", body=table)["rules"])
            except RequestError as error:
                # All or none, as in a plan of one's own.
                self.remove(*(one.id for one in added))
                if error.status == 400:
                    raise ConfigError(str(error)) from None
                raise
        return tuple(added)

    def get(self, rule_id: str) -> Rule | None:
        data = self._find(rule_id)
        return None if data is None else _rule(data)

    def tally(self, rule_id: str) -> Tally:
        data = self._find(rule_id)
        if data is None:
            return Tally()
        rule = _rule(data)
        log = tuple(_fired(rule, one) for one in reversed(data["log"]))
        return Tally(matches=data["matches"], hits=data["hits"], log=log)

    def update(self, rule: Rule) -> bool:
        return self._changed("PUT", rule.id, write_rule(rule))

    def enable(self, rule_id: str, *, enabled: bool = True) -> bool:
        return self._changed("PATCH", rule_id, {"enabled": enabled})

    def remove(self, *rule_ids: str) -> int:
        return sum(self._changed("DELETE", rule_id, None) for rule_id in rule_ids)

    def _find(self, rule_id: str) -> Any:
        try:
            return self._http.json("GET", f"/faults/{segment(rule_id)}") if rule_id else None
        except RequestError as error:
            if error.status == 404:
                return None
            raise

    def _changed(self, method: str, rule_id: str, body: object) -> bool:
        try:
            self._http.json(method, f"/faults/{segment(rule_id)}", body=body)
        except RequestError as error:
            if error.status == 404:
                return False
            if error.status == 400:
                raise ConfigError(str(error)) from None
            raise
        return True


def _rule(data: Mapping[str, Any]) -> Rule:
    return read_rule(data["rule"])


def _fired(rule: Rule, data: Mapping[str, Any]) -> Fired:
    at = moment_of(data["at"]).timestamp()
    moment = Moment(**{name: data[name] for name in _WHERE})
    return Fired(rule=rule, number=data["number"], at=at, moment=moment)


_WHERE = tuple(one.name for one in fields(Moment) if one.name not in ("octets", "header"))
