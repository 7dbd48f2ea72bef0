from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from mailsink_web.api import ALL
from mailsink_web.api.document import document
from mailsink_web.app import create_app

DOCUMENT = document(ALL)


def test_the_document_is_valid_openapi_3_1(http):
    served = http.get("/api/openapi.json").json

    OpenAPIV31SpecValidator(served).validate()
    assert served["openapi"].startswith("3.1.")


def test_routes_and_document_agree(sink):
    rules = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in create_app(sink).url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    documented = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert rules == documented


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_every_operation_says_what_it_does_in_one_sentence(operation):
    assert operation.summary.endswith(".")
    assert "\n" not in operation.summary


def test_every_parameter_is_described():
    nameless = [
        (path, parameter["name"])
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if not parameter["description"]
    ]

    assert nameless == []


def test_no_parameter_may_be_null():
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]

    assert "null" not in str([p["schema"] for operation in operations for p in operation["parameters"]])


def test_no_component_has_a_name_of_two():
    names = [operation.name for operation in ALL]

    assert len(names) == len(set(names))
    assert [name for name in DOCUMENT["components"]["schemas"] if not name.isidentifier()] == []


OPERATIONS = {o["operationId"]: o for methods in DOCUMENT["paths"].values() for o in methods.values()}


def contents(operation):
    """Each content of requests and answers, with a name for people."""
    for media, content in operation.get("requestBody", {"content": {}})["content"].items():
        yield f"request {media}", content
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            yield f"{status} {media}", content


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_everything_that_is_asked_and_answered_has_an_example(operation):
    bare = [name for name, content in contents(operation) if not {"example", "examples"} & set(content)]
    bare += [parameter["name"] for parameter in operation["parameters"] if "example" not in parameter]

    assert bare == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_example_is_as_its_schema_says(operation):
    values = DOCUMENT["components"]["examples"]
    for name, content in contents(operation):
        shown = [
            values[example["$ref"].rpartition("/")[2]] for example in content.get("examples", {}).values()
        ]
        for example in [each["value"] for each in shown] + (
            [content["example"]] if "example" in content else []
        ):
            schema = {**content.get("schema", {}), "components": DOCUMENT["components"]}
            assert not [e.message for e in Draft202012Validator(schema).iter_errors(example)], name


def test_the_probes_ask_for_no_token():
    assert OPERATIONS["live"]["security"] == [{}]
    assert "401" not in OPERATIONS["live"]["responses"]


def test_emulated_apis_are_left_out():
    assert not [path for path in DOCUMENT["paths"] if path.startswith(("/api/v1", "/api/v2"))]


def test_every_group_is_described():
    described = {tag["name"] for tag in DOCUMENT["tags"]}

    assert {name for operation in OPERATIONS.values() for name in operation["tags"]} == described
