"""The long runs of `make soak`, in short."""

from __future__ import annotations

import random
import sys

import pytest
from acceptance import soak
from acceptance.soak import MIB, Level, Soaked, growth, kill_again_and_again

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def levels(memory: list[int], descriptors: list[int]) -> list[Level]:
    return [
        Level(at=float(at), memory=m * MIB, descriptors=d)
        for at, (m, d) in enumerate(zip(memory, descriptors, strict=True))
    ]


def test_servers_that_die_at_random_moments_lose_nothing(tmp_path):
    deaths = kill_again_and_again(tmp_path, 3, random.Random(2026))

    assert deaths.damage == ()
    assert deaths.kills == 3
    assert deaths.acknowledged > 3


@pytest.mark.parametrize("store", ["memory", "mail.db"])
def test_a_server_at_full_load_refuses_nobody_and_keeps_its_descriptors(tmp_path, store):
    done = soak.soak(tmp_path, store if store == "memory" else str(tmp_path / store), 3.0, turn=0.5)

    assert done.trouble == ""
    assert done.messages > 0
    # Memory is still being warmed up after seconds; descriptors are not.
    descriptors = [level.descriptors for level in done.levels]
    assert max(descriptors[-2:]) <= max(descriptors[:-2]) + soak.MORE_DESCRIPTORS


def test_what_stays_level_is_no_trouble():
    assert growth(levels([40, 60, 60, 61, 62, 60], [9, 9, 12, 12, 12, 11])) == []
    assert growth(levels([40], [9])) == []


def test_what_grows_is_told():
    grown = levels([40, 60, 60, 60, 90, 110], [9, 9, 9, 9, 20, 30])

    assert growth(grown) == ["memory grew from 60 to 100 MiB", "descriptors grew from 9 to 30"]
    done = Soaked(levels=tuple(grown), messages=1, p99=0.0, trouble="451 no")
    assert done.damage() == ["a client was refused: 451 no", *growth(grown)]
