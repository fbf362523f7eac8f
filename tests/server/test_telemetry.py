import time

from foveate.bundle.vocabulary import Form
from foveate.engine.messages import Stage
from foveate.engine.units import Batch, ClosedBy, QueueKey, Unit
from foveate.runtimes.base import RuntimeInfo
from server.parameters import Parameters
from server.results import classification
from server.settings import Settings
from server.telemetry import Telemetry
from tests.server import made
from tests.server.test_levels import State


def test_everything_is_exposed() -> None:
    telemetry = Telemetry()
    telemetry.watch(State())
    units = tuple(Unit(video, Stage.FOCUS, Form.WHOLE, 0, 0) for video in range(3))
    batch = Batch(1, QueueKey("m", Stage.FOCUS, Form.WHOLE), units, ClosedBy.SHARED)
    telemetry.batch(batch, 0.2, failed=True)
    telemetry.request("/x", 429, 0.1, "m")
    telemetry.request("/y", 404, 0.1)
    telemetry.received(11)
    telemetry.abandoned("deadline")
    info = RuntimeInfo("r", "cpu", "why")
    telemetry.answered(
        classification("r1", made.model(), info, Parameters(), made.outcome(), 0.0, time.monotonic())
    )
    lines = telemetry.exposition().decode().splitlines()
    for line in (
        'foveate_batches_total{closed_by="shared",model="m",stage="focus"} 1.0',
        'foveate_failed_batches_total{model="m",stage="focus"} 1.0',
        'foveate_batch_units_sum{model="m",stage="focus"} 3.0',
        'foveate_requests_total{model="m",route="/x",status="429"} 1.0',
        'foveate_requests_total{model="",route="/y",status="404"} 1.0',
        "foveate_upload_bytes_total 11.0",
        'foveate_cancelled_total{reason="deadline"} 1.0',
        'foveate_degraded_total{model="untrained"} 1.0',
        'foveate_video_multiply_adds_sum{kind="executed",model="untrained"} 3.5e+08',
        'foveate_stage_seconds_sum{model="untrained",stage="decode"} 0.05',
        'foveate_stage_seconds_sum{model="untrained",stage="wait_lane"} 0.004',
        "foveate_pages_free 7.0",
    ):
        assert line in lines, line


def test_what_may_go_wrong_is_counted_from_the_start() -> None:
    telemetry = Telemetry()
    telemetry.expect("m", (Stage.GLANCE, Stage.CLASSIFY))
    lines = telemetry.exposition().decode().splitlines()
    for line in (
        'foveate_cancelled_total{reason="gone"} 0.0',
        'foveate_cancelled_total{reason="deadline"} 0.0',
        'foveate_degraded_total{model="m"} 0.0',
        'foveate_failed_batches_total{model="m",stage="glance"} 0.0',
        'foveate_failed_batches_total{model="m",stage="classify"} 0.0',
    ):
        assert line in lines, line
    assert not any('stage="focus"' in line for line in lines)


def test_a_request_that_runs_into_the_default_deadline_is_in_a_bucket() -> None:
    telemetry = Telemetry()
    telemetry.request("/x", 504, Settings.model_fields["deadline_s"].default + 0.1)
    lines = telemetry.exposition().decode().splitlines()
    assert 'foveate_request_seconds_bucket{le="120.0",route="/x"} 0.0' in lines
    assert 'foveate_request_seconds_bucket{le="300.0",route="/x"} 1.0' in lines


def test_the_process_is_measured() -> None:
    lines = Telemetry().exposition().decode().splitlines()
    samples = {line.split()[0]: float(line.split()[-1]) for line in lines if line.startswith("process_")}
    for name in ("resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds"):
        assert samples[f"process_{name}"] > 0
    assert "process_cpu_seconds_total" in samples


def test_there_is_no_sample_for_when_a_metric_was_made() -> None:
    telemetry = Telemetry()
    telemetry.request("/x", 200, 0.1)
    assert "_created" not in telemetry.exposition().decode()


def test_two_servers_share_nothing() -> None:
    first, second = Telemetry(), Telemetry()
    first.received(5)
    assert "foveate_upload_bytes_total 0.0" in second.exposition().decode().splitlines()
