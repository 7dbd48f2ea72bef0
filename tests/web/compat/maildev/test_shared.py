from __future__ import annotations

import pytest


@pytest.mark.parametrize("prefix", ["", "/api"], ids=["version 2", "version 3"])
def test_both_versions_are_there(http, three, prefix):
    assert http.get(f"/maildev{prefix}/email/{three[0].id}").json["subject"] == "First"


@pytest.mark.parametrize("path", ["nothing", "latest"])
def test_what_is_not_there_is_not_found(http, three, path):
    answer = http.get(f"/maildev/email/{path}")

    assert (answer.status, answer.json) == (404, {"error": "Email was not found"})
