import asyncio
from collections.abc import Callable

import pytest

from server.flow import Flow
from tests.server.live import running


class Transport:
    """Notes whether it is read, and has so many bytes left to write, asked one time after the other."""

    aborted = False

    def __init__(self, *left: int) -> None:
        self._left = list(left)
        self._reads = True

    def get_write_buffer_size(self) -> int:
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True

    def is_reading(self) -> bool:
        return self._reads


def made() -> tuple[Flow, Transport]:
    transport = Transport()
    return Flow(transport, None), transport  # type: ignore[arg-type]


def test_what_is_held_is_not_read_until_it_is_let_go() -> None:
    flow, transport = made()
    flow.hold()
    flow.resume_reading()
    assert not transport.is_reading()
    flow.let_go()
    assert transport.is_reading()


def test_what_was_paused_before_or_meanwhile_stays_so() -> None:
    flow, transport = made()
    flow.pause_reading()
    flow.hold()
    flow.let_go()
    assert not transport.is_reading()
    flow.resume_reading()
    flow.hold()
    flow.pause_reading()
    flow.let_go()
    assert not transport.is_reading()


def test_without_a_hold_it_is_as_ever() -> None:
    flow, transport = made()
    flow.let_go()
    assert transport.is_reading()
    flow.pause_reading()
    assert not transport.is_reading()
    flow.resume_reading()
    assert transport.is_reading()


async def _after(transport: Transport, use: Callable[[Flow], None], seconds: float) -> bool:
    use(Flow(transport, asyncio.get_running_loop()))  # type: ignore[arg-type]
    await asyncio.sleep(seconds)
    return transport.aborted


@pytest.mark.parametrize("use", [Flow.pause_writing, Flow.await_reader])
def test_who_does_not_read_is_given_up(use: Callable[[Flow], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flow, "unread_timeout_s", 0.01)
    assert asyncio.run(_after(Transport(9), use, 0.1))


def test_who_reads_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flow, "unread_timeout_s", 0.1)
    # Looked at, each time, once to compare and once to begin again.
    assert not asyncio.run(_after(Transport(9, 8, 8, 7, 7, 6, 6, 5), Flow.pause_writing, 0.35))


def test_who_has_read_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flow, "unread_timeout_s", 0.01)

    def use(flow: Flow) -> None:
        flow.pause_writing()
        flow.resume_writing()

    assert not asyncio.run(_after(Transport(9), use, 0.05))


def test_a_connection_whose_client_does_not_read_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flow, "unread_timeout_s", 0.2)
    page = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n"
    with running() as live, live.connect() as connection:
        connection.sendall(page * 40)
        live.until(lambda: len(live.server.server_state.connections) == 1)
        live.until(lambda: not live.server.server_state.connections)
