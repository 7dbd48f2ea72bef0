"""The client that the web tests ask with; each answer of the API is held against its document."""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TIMEOUT = 10.0
# Addresses under /api that are not of the API, but of those that it stands in for.
EMULATED = ("/api/v1/", "/api/v2/", "/api/events")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        packed = self.headers["Content-Encoding"] == "gzip"
        return json.loads(gzip.decompress(self.body) if packed else self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """A server-sent event; *id* is ``""`` where the block had none."""

    kind: str
    id: str
    data: Any


class Http:
    """Asks a web server over one kept connection; every answer of the API must be as its document says."""

    def __init__(self, host: str, port: int, *, headers: Mapping[str, str] | None = None) -> None:
        self.address = (host, port)
        self._headers = dict(headers or {})
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        self._contract: Contract | None = None

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        json_body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        words = self._headers | dict(headers or {})
        if json_body is not None:
            body = json.dumps(json_body).encode()
            words.setdefault("Content-Type", "application/json")
        self._connection.request(method, path, body, words)
        response = self._connection.getresponse()
        answer = Answer(status=response.status, headers=response.headers, body=response.read())
        if path.startswith("/api/") and not path.startswith(EMULATED):
            self.contract.check(method, path, answer)
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)

    def post(self, path: str, json_body: object) -> Answer:
        return self.ask("POST", path, json_body=json_body)

    def patch(self, path: str, json_body: object) -> Answer:
        return self.ask("PATCH", path, json_body=json_body)

    @property
    def contract(self) -> Contract:
        if self._contract is None:
            self._connection.request("GET", "/api/openapi.json", headers=self._headers)
            self._contract = Contract(json.loads(self._connection.getresponse().read()))
        return self._contract

    def close(self) -> None:
        self._connection.close()


class Stream:
    """A live stream, read event by event. ``with`` closes it."""

    def __init__(
        self, host: str, port: int, query: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        self._connection.request("GET", f"/api/stream{query}", headers=dict(headers or {}))
        self.response = self._connection.getresponse()
        self.last_id = ""

    def blocks(self) -> Iterator[dict[str, str]]:
        """The blocks as they come, comments left out."""
        block: dict[str, str] = {}
        while line := self.response.readline():
            text = line.decode().rstrip("\n")
            name, _, value = text.partition(": ")
            if not text:
                self.last_id = block.get("id", self.last_id)
                yield block
                block = {}
            elif name:
                block[name] = value

    def head(self) -> dict[str, str]:
        return next(self.blocks())

    def event(self) -> SentEvent:
        """The next event; raises StopIteration at the stream's end."""
        block = next(block for block in self.blocks() if "event" in block)
        return SentEvent(kind=block["event"], id=block.get("id", ""), data=json.loads(block["data"]))

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Contract:
    """The API's document, as something to hold answers against."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        self._operations = [
            (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]

    def check(self, method: str, path: str, answer: Answer) -> None:
        """Raise unless *answer* is one that the document names, in the shape that it names."""
        bare = path.partition("?")[0]
        for known, pattern, operation in self._operations:
            if known == method and pattern.fullmatch(bare):
                self._check(operation, answer)

    def _check(self, operation: dict[str, Any], answer: Answer) -> None:
        from jsonschema import Draft202012Validator

        if answer.status == 304:
            return
        responses = operation["responses"]
        name = operation["operationId"]
        assert str(answer.status) in responses, f"{name} does not document {answer.status}"
        content = responses[str(answer.status)]["content"]
        kind = answer.headers.get_content_type()
        assert kind in content or "*/*" in content, f"{name} does not document {kind}"
        schema = content.get(kind, {}).get("schema")
        if schema:
            Draft202012Validator({**schema, "components": self._components}).validate(answer.json)
