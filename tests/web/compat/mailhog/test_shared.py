from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["nothing", "latest"])
def test_what_is_not_there_is_not_found(http, three, path):
    answer = http.get(f"/mailhog/api/v1/messages/{path}/download")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/json")
    assert answer.json == {"error": f"There is no message with the id {path}."}
