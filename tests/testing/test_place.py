from __future__ import annotations

import dataclasses

import pytest

from mailsink.testing.place import Place


def test_a_place_is_plain_and_needs_no_login_unless_told():
    place = Place(host="127.0.0.1", port=25)

    assert (place.user, place.password, place.tls) == ("", "", "none")


def test_a_place_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Place(host="127.0.0.1", port=25).port = 26
