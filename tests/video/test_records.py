"""The records that travel to a worker and back."""

import pickle
from dataclasses import FrozenInstanceError

import pytest

from foveate.video.records import DecodeJob, RawFrames
from tests.video.made import SMALL, middles
from tests.video.test_protocol import DECODED


def test_records_travel_whole() -> None:
    job = DecodeJob("/a", middles(4, 2), SMALL, (1, 2, 3, 4, 5, 6), RawFrames(6, 32, 32))
    assert pickle.loads(pickle.dumps(job)) == job
    assert pickle.loads(pickle.dumps(DECODED)) == DECODED


def test_records_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        DECODED.facts.frames = 3  # type: ignore[misc]


def test_used_pages_come_once() -> None:
    assert DECODED.pages == ((7, 9, 9),)
    assert DECODED.used == (7, 9)
