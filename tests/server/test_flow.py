from server.flow import Flow


class Transport:
    """Notes whether it is read."""

    reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def made() -> tuple[Flow, Transport]:
    transport = Transport()
    return Flow(transport), transport  # type: ignore[arg-type]


def test_what_is_held_is_not_read_until_it_is_let_go() -> None:
    flow, transport = made()
    flow.hold()
    flow.resume_reading()
    assert not transport.reads
    flow.let_go()
    assert transport.reads


def test_what_was_paused_before_or_meanwhile_stays_so() -> None:
    flow, transport = made()
    flow.pause_reading()
    flow.hold()
    flow.let_go()
    assert not transport.reads
    flow.resume_reading()
    flow.hold()
    flow.pause_reading()
    flow.let_go()
    assert not transport.reads


def test_without_a_hold_it_is_as_ever() -> None:
    flow, transport = made()
    flow.let_go()
    assert transport.reads
    flow.pause_reading()
    assert not transport.reads
    flow.resume_reading()
    assert transport.reads
