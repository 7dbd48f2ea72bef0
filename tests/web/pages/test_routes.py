from __future__ import annotations

from flask import Blueprint, Flask

from mailsink_web.pages.routes import Routes


def test_a_view_is_found_under_its_address_and_method():
    routes = Routes()

    @routes.get("/shown/<name>")
    def show(name):
        return f"shown {name}"

    @routes.post("/done")
    def do():
        return "done"

    app, blueprint = Flask("test"), Blueprint("pages", "test")
    routes.install(blueprint)
    app.register_blueprint(blueprint)
    client = app.test_client()

    assert client.get("/shown/a").text == "shown a"
    assert client.post("/done").text == "done"
    assert client.get("/done").status_code == 405
