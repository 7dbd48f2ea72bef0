from __future__ import annotations

import datetime as dt

import pytest

from mailsink.clock import now
from mailsink.testing.scope import Scope

START = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
END = START + dt.timedelta(seconds=10)


def after(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


@pytest.fixture
def scope():
    return Scope(identity="ada", others={"ada", "bob"}, start=START, end=END)


def test_now_is_aware():
    assert now().tzinfo is dt.UTC


@pytest.mark.parametrize(("seconds", "owned"), [(-1, False), (0, True), (9, True), (10, False)])
def test_mail_of_nobody_belongs_by_its_time(scope, seconds, owned):
    assert scope.owns("default", after(seconds)) is owned
    assert scope.owns("an AUTH user of the application's own", after(seconds)) is owned


@pytest.mark.parametrize("seconds", [-1, 5, 11])
def test_mail_of_its_own_belongs_at_any_time(scope, seconds):
    assert scope.owns("ada", after(seconds))


@pytest.mark.parametrize("seconds", [-1, 5, 11])
def test_mail_of_another_never_does(scope, seconds):
    assert not scope.owns("bob", after(seconds))


def test_while_it_is_open_it_has_no_end(scope):
    scope.end = None

    assert scope.covers(after(1_000_000))
