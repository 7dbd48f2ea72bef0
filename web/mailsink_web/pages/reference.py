"""An OpenAPI document read into what the page of the reference shows: operations, kinds of objects, refusals.

Knows no HTTP beyond the lines to try an operation by.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

__all__ = ["Group", "Kind", "Member", "Operation", "Reference", "Refusal", "Shown", "marked", "reference"]

# Parameters that the line to try shows; the others may be left out.
_TOLD = ("q", "timeout", "forward_paths")
_MARKED = re.compile(r"`([^`]+)`|(?<!\w)\*(\w+)\*(?!\w)")
_WORDS = {
    "null": "null",
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "object": "object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A parameter, or a member of an object.

    *place* is where a parameter stands: ``path``, ``query`` or ``header``. *types* are words, each with the
    kind that it leads to, or ``""``.
    """

    name: str
    place: str = ""
    types: tuple[tuple[str, str], ...]
    limits: str
    default: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Something to be read: a body or an answer. *kind* is that of its JSON, ``""`` where it is none."""

    media: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Another status that an operation answers with, and when."""

    status: str
    description: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. *curl* are the lines to try it by, for ``{url}`` the server's address."""

    id: str
    method: str
    path: str
    summary: str
    description: tuple[str, ...]
    parameters: tuple[Member, ...]
    bodies: tuple[Shown, ...]
    curl: tuple[str, ...]
    status: str
    answer: Shown | None
    headers: tuple[str, ...]
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Operations that belong together."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of JSON object."""

    name: str
    description: tuple[str, ...]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """*common* are the refusals that nearly every operation may answer with; they are told once."""

    groups: tuple[Group, ...]
    kinds: tuple[Kind, ...]
    common: tuple[Refusal, ...]


def reference(document: Mapping[str, Any]) -> Reference:
    """What an OpenAPI *document* says."""
    examples = {name: each["value"] for name, each in document["components"]["examples"].items()}
    found = [
        (described["tags"][0], _operation(method, path, described, examples))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    common = _common([operation for _, operation in found])
    known = {(refusal.status, refusal.description) for refusal in common}

    def own(of: Operation) -> Operation:
        return replace(of, refusals=tuple(r for r in of.refusals if (r.status, r.description) not in known))

    schemas = document["components"]["schemas"]
    return Reference(
        groups=tuple(
            Group(
                name=tag["name"],
                description=tag["description"],
                operations=tuple(own(operation) for name, operation in found if name == tag["name"]),
            )
            for tag in document["tags"]
        ),
        kinds=tuple(_kind(name, schemas[name]) for name in sorted(schemas)),
        common=common,
    )


def marked(text: str) -> Iterator[tuple[bool, str]]:
    """The pieces of *text*, and whether each is a name or code: what stands in backquotes or asterisks."""
    end = 0
    for match in _MARKED.finditer(text):
        yield False, text[end : match.start()]
        yield True, match[1] or match[2]
        end = match.end()
    yield False, text[end:]


def _common(operations: list[Operation]) -> tuple[Refusal, ...]:
    """The refusals that nearly all have, the example of the first."""
    shared: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in (refusal for operation in operations for refusal in operation.refusals):
        shared.setdefault((refusal.status, refusal.description), []).append(refusal)
    return tuple(same[0] for same in shared.values() if len(same) > len(operations) * 0.9)


def _operation(method: str, path: str, of: Mapping[str, Any], examples: Mapping[str, Any]) -> Operation:
    answers = of["responses"]
    status = next(status for status in answers if status.startswith("2"))
    bodies = tuple(_shown(of.get("requestBody", {}), examples))
    return Operation(
        id=of["operationId"],
        method=method.upper(),
        path=path,
        summary=of["summary"],
        description=_paragraphs(of.get("description", "")),
        parameters=tuple(_parameter(each) for each in of["parameters"]),
        bodies=bodies,
        curl=tuple(_curl(method, path, of["parameters"], bodies)),
        status=f"{status} {answers[status]['description']}",
        answer=next(_shown(answers[status], examples), None),
        headers=tuple(answers[status].get("headers", ())),
        refusals=tuple(
            Refusal(
                status=code,
                description=answer["description"],
                text=next((each.text for each in _shown(answer, examples)), ""),
            )
            for code, answer in answers.items()
            if code != status
        ),
    )


def _shown(of: Mapping[str, Any], examples: Mapping[str, Any]) -> Iterator[Shown]:
    """Each content of a request or an answer."""
    for media, content in of.get("content", {}).items():
        reference = content.get("schema", {}).get("$ref", "")
        kind = reference.rpartition("/")[2]
        value = content.get("example", examples.get(kind, "") if "examples" in content else "")
        yield Shown(media=media, kind=kind, text=value if isinstance(value, str) else _pretty(value))


def _pretty(value: Any) -> str:
    """JSON over several lines, with lists and objects that are short on one."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return re.sub(r"[\[{]\n[^\[\]{}]*?\n *[\]}]", _on_one_line, text)


def _on_one_line(match: re.Match[str]) -> str:
    line = (
        re.sub(r"\n *", " ", match[0])
        .replace("[ ", "[")
        .replace(" ]", "]")
        .replace("{ ", "{")
        .replace(" }", "}")
    )
    return line if len(line) <= 72 else match[0]


def _curl(
    method: str, path: str, parameters: list[dict[str, Any]], bodies: tuple[Shown, ...]
) -> Iterator[str]:
    """A line for each body that may be sent, or the one without."""
    known = {(each["in"], each["name"]): each.get("example", "") for each in parameters}
    for place, name in known:
        if place == "path":
            path = path.replace(f"{{{name}}}", str(known[place, name]))
    query = urlencode({name: known["query", name] for name in _TOLD if ("query", name) in known}, safe=":@,")
    verb = "" if method == "get" else f"-X {method.upper()} "
    for body in bodies or (None,):
        address = f"{{url}}{path}"
        if body is None or body.media != "application/json":
            address += f"?{query}" if query else ""
        line = f"curl {verb}'{address}'"
        if body is None:
            yield line
        elif body.media == "application/json":
            compact = json.dumps(json.loads(body.text), ensure_ascii=False)
            yield f"{line} \\\n  -H 'Content-Type: application/json' \\\n  -d {shlex.quote(compact)}"
        else:
            yield f"{line} \\\n  -H 'Content-Type: {body.media}' --data-binary @mail.eml"


def _kind(name: str, schema: Mapping[str, Any]) -> Kind:
    required = schema.get("required", ())
    return Kind(
        name=name,
        description=_paragraphs(schema.get("description", "")),
        members=tuple(
            _member(key, each, is_required=key in required)
            for key, each in schema.get("properties", {}).items()
        ),
    )


def _parameter(of: Mapping[str, Any]) -> Member:
    return _member(
        of["name"],
        {**of["schema"], "description": of["description"]},
        is_required=of.get("required", False),
        place=of["in"],
    )


def _member(name: str, schema: Mapping[str, Any], *, is_required: bool, place: str = "") -> Member:
    default = schema.get("default")
    return Member(
        name=name,
        place=place,
        types=tuple(dict.fromkeys(_types(schema))),
        limits=_limits(schema),
        default="" if default in (None, "", [], {}) else json.dumps(default),
        is_required=is_required,
        description=schema.get("description", ""),
    )


def _types(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The types of *schema* in words; *prefix* says in how many lists."""
    if "$ref" in schema:
        kind = schema["$ref"].rpartition("/")[2]
        yield f"{prefix}{kind}", kind
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from _types(choice, prefix)
    elif "enum" in schema:
        yield prefix + ", ".join(map(str, schema["enum"])), ""
    elif schema.get("type") == "array":
        if "prefixItems" in schema:
            words = (next(_types(item))[0] for item in schema["prefixItems"])
            yield f"{prefix}list of {' and '.join(words)}", ""
        else:
            yield from _types(schema.get("items", {}), f"{prefix}list of ")
    else:
        yield prefix + _words(schema), ""


def _words(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    if isinstance(kind, list):
        return " or ".join(_WORDS[each] for each in kind)
    return "time" if schema.get("format") == "date-time" else _WORDS.get(kind, "anything")


def _limits(schema: Mapping[str, Any]) -> str:
    """What a value is bounded by, in words."""
    one: Mapping[str, Any] = next(
        (choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"), schema
    )
    if "minimum" in one and "maximum" in one:
        return f"{one['minimum']:,} to {one['maximum']:,}"
    if "maxLength" in one:
        return f"at most {one['maxLength']:,} characters"
    return f"at most {one['maxItems']:,}" if "maxItems" in one else ""


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("\n\n")))
