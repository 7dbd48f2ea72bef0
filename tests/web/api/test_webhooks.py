from __future__ import annotations

import json

import pytest
from receiving import receiving
from sending import mail, send

UNUSED = "http://127.0.0.1:9/"


@pytest.fixture
def add(http):
    def add(url=UNUSED, **more):
        answer = http.post("/api/webhooks", {"url": url, **more})
        assert answer.status == 201, answer.json
        return answer.json

    return add


def test_a_webhook_is_added_listed_read_changed_and_deleted(http, add):
    made = add(query="subject:welcome", secret="s3cret", authorization="Bearer t0ken")
    address = f"/api/webhooks/{made['id']}"
    listed = http.get("/api/webhooks").json["webhooks"]
    changed = http.patch(address, {"query": "", "secret": "", "format": "mailpit"}).json
    deleted = http.delete(address).json

    assert [made] == listed
    assert (made["signed"], made["authorized"], made["origin"]) == (True, True, "api")
    assert (changed["query"], changed["signed"], changed["format"]) == ("", False, "mailpit")
    assert changed["authorized"]
    assert deleted == {"dropped": 0}
    assert http.get(address).status == http.patch(address, {}).status == http.delete(address).status == 404


def test_its_secrets_are_not_told(http, add):
    add(secret="s3cret", authorization="Bearer t0ken")

    body = http.get("/api/webhooks").body

    assert b"s3cret" not in body
    assert b"t0ken" not in body


def test_it_is_told_of_a_message_as_the_api_gives_it(http, sink, add):
    with receiving() as receiver:
        add(receiver.url)
        send((sink.host, sink.port), mail("Welcome"))
        told = json.loads(receiver.next().body)

    message = http.get("/api/messages/latest").json
    assert (told["type"], told["truncated"]) == ("message.captured", False)
    assert told["data"] == message


def test_it_is_told_what_mailpit_tells(http, sink, add):
    with receiving() as receiver:
        add(receiver.url, format="mailpit")
        send((sink.host, sink.port), mail("Welcome"))
        told = json.loads(receiver.next().body)

    (listed,) = http.get("/api/v1/messages").json["messages"]
    assert told == listed


def test_the_log_says_what_became_of_each_delivery(http, sink, add):
    with receiving((500, {"Retry-After": "3600"})) as receiver:
        made = add(receiver.url)
        tested = http.post(f"/api/webhooks/{made['id']}/test", None).json
        again = http.post(f"/api/webhooks/{made['id']}/deliveries/{tested['id']}/redeliver", None).json
        told = json.loads(receiver.next().body)
        (listed,) = http.get(f"/api/webhooks/{made['id']}/deliveries").json["deliveries"]
        details = http.get(f"/api/webhooks/{made['id']}/deliveries/{tested['id']}").json

    assert tested["state"] == "waiting"
    assert [a["error"] for a in tested["attempts"]] == ["the answer is 500, and 2xx is wanted"]
    assert tested["next_attempt_at"] is not None
    assert [a["status"] for a in again["attempts"]] == [500, 200]
    assert listed == again
    assert json.loads(details["payload"]) == told
    assert told["type"] == "webhook.test"
    assert http.get(f"/api/webhooks/{made['id']}").json["delivered"] == 1


def test_pages_of_the_log_follow_each_other(http, add):
    made = add(enabled=False)
    for _ in range(3):
        http.post(f"/api/webhooks/{made['id']}/test", None)

    first = http.get(f"/api/webhooks/{made['id']}/deliveries?limit=2").json
    second = http.get(f"/api/webhooks/{made['id']}/deliveries?limit=2&cursor={first['next']}").json

    assert len({one["id"] for one in first["deliveries"] + second["deliveries"]}) == 3
    assert second["next"] is None
    assert http.get(f"/api/webhooks/{made['id']}/deliveries?state=failed").json["deliveries"] == []


@pytest.mark.parametrize(
    ("body", "status", "field", "detail"),
    [
        (
            {"url": "http://ada:pw@127.0.0.1/"},
            400,
            "url",
            "A webhook's URL holds no user and password, which logs would show: send authorization.",
        ),
        (
            {"url": "https://hooks.example.org/"},
            409,
            "url",
            "Webhooks may not go to hooks.example.org; to allow it, start mailsink with --webhook-host hooks.example.org.",  # noqa: E501
        ),
        (
            {"url": UNUSED, "secret": "whsec_?"},
            400,
            "secret",
            "A secret that begins with whsec_ goes on in Base64.",
        ),
        ({"url": UNUSED, "authorization": "a\r\nb"}, 400, "authorization", None),
        ({"url": UNUSED, "query": "larger:x"}, 400, "q", None),
        ({}, 400, "url", "url is missing."),
        (
            {"url": "ftp://127.0.0.1/"},
            400,
            "url",
            "A webhook's URL is http:// or https:// and a host, such as http://127.0.0.1:9000/mail.",
        ),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(http, body, status, field, detail):
    answer = http.post("/api/webhooks", body)

    assert (answer.status, answer.json["field"]) == (status, field)
    assert detail in (None, answer.json["detail"])


def test_a_change_to_what_cannot_be_is_refused(http, add):
    made = add(enabled=False)

    answer = http.patch(f"/api/webhooks/{made['id']}", {"url": "nowhere"})

    assert (answer.status, answer.json["field"]) == (400, "url")
    assert http.get(f"/api/webhooks/{made['id']}").json["url"] == made["url"]


def test_a_state_that_is_none_is_told_those_that_are(http, add):
    answer = http.get(f"/api/webhooks/{add(enabled=False)['id']}/deliveries?state=lost")

    assert answer.json["detail"] == "state must be one of delivered, failed, waiting, not 'lost'."


@pytest.mark.parametrize("address", ["/x", "/x/deliveries", "/x/deliveries/y"])
def test_what_is_not_there_is_a_404_that_says_so(http, address):
    answer = http.get(f"/api/webhooks{address}")

    assert answer.json["detail"] == "There is no webhook with the id 'x'."


def test_a_delivery_of_another_webhook_is_not_there(http, add):
    first, second = add(enabled=False), add(enabled=False)
    delivery = http.post(f"/api/webhooks/{first['id']}/test", None).json["id"]

    answer = http.get(f"/api/webhooks/{second['id']}/deliveries/{delivery}")

    assert answer.json["detail"] == f"This webhook has no delivery with the id '{delivery}'."


def test_a_page_of_another_site_adds_none(http):
    answer = http.ask(
        "POST",
        "/api/webhooks",
        json_body={"url": UNUSED},
        headers={"Origin": "https://evil.example"},
    )

    assert answer.status == 403
    assert http.get("/api/webhooks").json == {"webhooks": []}
