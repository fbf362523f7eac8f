import asyncio

import pytest

from foveate.errors import ConfigError, OverloadedError
from server import admission as module
from server.admission import Admission, Ticket
from server.multipart import OVERHEAD
from server.settings import Settings


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(module, "monotonic", lambda: self.now)


def made(requests: int = 2, uploads: int = 9, most: int = 100, patience_s: float = 10.0) -> Admission:
    return Admission(requests, uploads, most, patience_s, lambda: 7.5)


async def placed(admission: Admission) -> Ticket:
    ticket = admission.enter(0)
    await ticket.begin()
    return ticket


def test_bytes_are_counted_and_bounded() -> None:
    admission = made()
    first = admission.enter(60)
    with pytest.raises(OverloadedError, match="bytes"):
        admission.enter(41)
    second = admission.enter(40)
    assert (admission.requests, admission.bytes) == (2, 100)
    first.bytes.close()
    assert (admission.requests, admission.bytes) == (2, 40)
    first.release()
    first.release()
    assert (admission.requests, admission.bytes) == (1, 40)
    second.release()
    assert (admission.requests, admission.bytes, admission.uploading) == (0, 0, 0)


def test_who_uploads_has_no_place_and_makes_no_pressure() -> None:
    async def run() -> None:
        admission = made(requests=2)
        idle = [admission.enter(0) for _ in range(5)]
        assert (admission.requests, admission.uploading, admission.pressure) == (5, 5, 0)
        first, second = [await placed(admission) for _ in range(2)]
        assert (admission.working, admission.uploading, admission.pressure) == (2, 5, 1)
        with pytest.raises(OverloadedError, match="2 requests are in flight") as caught:
            admission.enter(0)
        assert caught.value.retry_after_s == 7.5
        for ticket in (first, second, *idle):
            ticket.release()
        assert (admission.requests, admission.working, admission.uploading) == (0, 0, 0)
        (await placed(admission)).release()

    asyncio.run(run())


def test_uploads_are_bounded_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    admission = made(uploads=3)
    tickets = []
    for begun in (0, 60, 100):
        clock.now = 100.0 + begun
        tickets.append(admission.enter(0))
    clock.now = 210
    with pytest.raises(OverloadedError, match="3 uploads are under way") as caught:
        admission.enter(0)
    # As long as the one in the middle has taken.
    assert caught.value.retry_after_s == 50
    tickets[0].release()
    admission.enter(0)


def test_what_is_complete_waits_its_turn_and_nothing_new_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        clock = Clock(monkeypatch)
        admission = made(requests=1)
        slow, slower = admission.enter(0), admission.enter(0)
        working = await placed(admission)
        clock.now += 60
        turns = [asyncio.ensure_future(ticket.begin()) for ticket in (slow, slower)]
        await asyncio.sleep(0)
        assert (admission.waiting, admission.uploading, admission.working) == (2, 0, 1)
        working.release()
        with pytest.raises(OverloadedError):
            admission.enter(0)
        await turns[0]
        assert not turns[1].done()
        slow.release()
        await turns[1]
        assert (admission.waiting, admission.working) == (0, 1)
        slower.release()

    asyncio.run(run())


@pytest.mark.parametrize(("took", "patience_s"), [(0.0, 10.0), (60.0, 0.01)])
def test_nobody_waits_longer_than_its_upload_took_or_without_end(
    monkeypatch: pytest.MonkeyPatch, took: float, patience_s: float
) -> None:
    async def run() -> None:
        clock = Clock(monkeypatch)
        admission = made(requests=1, patience_s=patience_s)
        late = admission.enter(0)
        working = await placed(admission)
        clock.now += took
        async with asyncio.timeout(5):
            with pytest.raises(OverloadedError, match="1 requests are in flight") as caught:
                await late.begin()
        assert caught.value.retry_after_s == 7.5
        late.release()
        assert (admission.requests, admission.working) == (1, 1)
        working.release()
        (await placed(admission)).release()

    asyncio.run(run())


def test_who_is_cancelled_while_it_waits_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        clock = Clock(monkeypatch)
        admission = made(requests=1)
        late = admission.enter(0)
        working = await placed(admission)
        clock.now += 60
        turn = asyncio.ensure_future(late.begin())
        await asyncio.sleep(0)
        working.release()  # The place is promised to it, and it goes before it can take it.
        turn.cancel()
        await asyncio.wait([turn])
        late.release()
        assert (admission.requests, admission.working) == (0, 0)
        (await placed(admission)).release()

    asyncio.run(run())


def test_an_upload_that_is_allowed_must_have_room() -> None:
    least = 100 + OVERHEAD
    Admission.of(Settings(max_upload_bytes=100, max_bytes_in_flight=least), lambda: 1.0).enter(least)
    with pytest.raises(ConfigError, match=f"--max-bytes-in-flight: {least - 1} are too few; .* {least}"):
        Admission.of(Settings(max_upload_bytes=100, max_bytes_in_flight=least - 1), lambda: 1.0)
