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


SAMPLED = [name for name, schema in DOCUMENT["components"]["schemas"].items() if "examples" in schema]


@pytest.mark.parametrize("name", SAMPLED)
def test_every_example_is_as_its_schema_says(name):
    (example,) = DOCUMENT["components"]["schemas"][name]["examples"]

    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema).validate(example)
