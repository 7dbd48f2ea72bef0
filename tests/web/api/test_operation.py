from __future__ import annotations

import msgspec
import pytest
from flask import Blueprint, Flask

from mailsink_web.api.operation import Operation, Operations
from mailsink_web.api.problem import RefusedError


class Answer(msgspec.Struct, frozen=True):
    number: int


def view(id):  # noqa: A002
    """Do a thing.

    Say more
    on two lines.

    And again.
    """
    return Answer(int(id))


def test_the_docstring_is_the_documentation():
    operation = Operation(method="GET", path="/things/{id}/{part}", view=view)

    assert operation.name == "view"
    assert operation.summary == "Do a thing."
    assert operation.description == "Say more on two lines.\n\nAnd again."
    assert operation.variables == ("id", "part")


@pytest.fixture
def client():
    operations, blueprint, app = Operations(), Blueprint("b", __name__), Flask(__name__)
    operations.add("GET", "/things/{id}", answer=Answer)(view)
    operations.route(blueprint)
    blueprint.register_error_handler(RefusedError, lambda error: (error.problem.detail, 400))
    app.register_blueprint(blueprint)
    return app.test_client()


def test_the_answer_is_json(client):
    answer = client.get("/things/7")

    assert answer.json == {"number": 7}
    assert answer.mimetype == "application/json"


def test_only_the_declared_method_is_routed(client):
    assert client.post("/things/7").status_code == 405


def test_parameters_that_are_not_declared_are_refused(client):
    assert client.get("/things/7?x=1").text == "There is no parameter 'x'; none is taken here."
