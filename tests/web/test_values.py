from __future__ import annotations

import msgspec
import pytest

from mailsink_web import values

KINDS = [kind for name in values.__all__ if isinstance(kind := getattr(values, name), type)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_value_is_frozen_and_says_what_it_is(kind):
    assert kind.__struct_config__.frozen
    assert kind.__doc__


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_members_are_written_in_snake_case(kind):
    names = [field.encode_name for field in msgspec.structs.fields(kind)]

    assert all(name == name.lower().strip("_") for name in names)
