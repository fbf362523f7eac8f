from foveate.device.lane import DeviceLane, DeviceLostError
from tests.device.fake import FakeDevice


def test_a_lane_captures_on_another_stream_than_it_serves_on() -> None:
    lane = DeviceLane(FakeDevice())
    assert lane.stream is not lane.loading


def test_a_lost_device_is_not_the_fault_of_a_batch() -> None:
    assert not issubclass(DeviceLostError, Exception)
