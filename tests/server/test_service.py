import asyncio
from dataclasses import replace

import httpx
import pytest

from foveate.cli.main import main
from foveate.errors import ConfigError, UnavailableError
from foveate.runtimes import choose
from foveate.runtimes.choose import Candidate
from foveate.runtimes.wish import RuntimeName
from foveate.video.pool import DecodePool
from server.service import Service
from server.settings import Settings
from tests.server.live import SMALL, Live


def test_pages_that_hold_no_video_are_refused() -> None:
    with pytest.raises(ConfigError, match="one video takes up to 16"):
        Service(Settings(**SMALL, pages=15))


@pytest.fixture
def with_gpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose GPU's runtime passes its trial, and fails at the bundle as it is told to."""
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    candidates = (
        Candidate(RuntimeName.CUDA, lambda wish: None, f"tests.runtimes.picky:{request.param}"),
        Candidate(RuntimeName.CPU, lambda wish: None, "foveate.runtimes.onnx_cpu:make"),
    )
    monkeypatch.setattr(choose, "chain", lambda: candidates)


@pytest.mark.parametrize(
    ("with_gpu", "reason"),
    [
        ("make_picky", "glance.onnx cannot be compiled"),
        ("make_lame", "glance.onnx was loaded and does not run: RuntimeError: no kernel image"),
        ("make_null", "TypeError: pybind11::init(): factory function returned nullptr"),
    ],
    indirect=["with_gpu"],
)
@pytest.mark.usefixtures("with_gpu")
def test_a_runtime_that_fails_at_the_bundle_is_passed_over_and_one_that_was_asked_for_refused(
    reason: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def serve_once() -> None:
        service = Service(Settings(**SMALL))
        await service.start()
        assert (service.runtime.device, service.lanes) == ("cpu", 2)
        (passed,) = service.runtime.passed_over
        assert passed.name == "cuda"
        assert passed.reason.endswith(reason)
        assert f"the runtime 'cuda' is there and cannot be used: {passed.reason}" in caplog.messages
        await service.close()

    asyncio.run(serve_once())
    monkeypatch.setattr("foveate.cli.serve.heed_sigterm", lambda: None)
    capsys.readouterr()
    assert main(["serve", "--runtime", "cuda", "--port", "0"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("foveate serve: ")
    assert said.endswith(reason)


def test_room_that_never_holds_an_upload_is_refused() -> None:
    settings = Settings(**SMALL, max_upload_bytes=2 << 30)
    with pytest.raises(ConfigError, match=r"--max-bytes-in-flight: 1073741824 are too few; .* 2147549184"):
        Service(settings)


def test_what_may_go_wrong_is_counted_from_the_start(live: Live) -> None:
    said = live.service.telemetry.exposition().decode()
    for model in ("untrained", "with-exits"):
        assert f'foveate_degraded_total{{model="{model}"}}' in said
        for stage in ("glance", "policy", "focus", "classify"):
            assert f'foveate_failed_batches_total{{model="{model}",stage="{stage}"}}' in said


def test_retry_after_grows_with_what_waits(live: Live, client: httpx.Client, clip: bytes) -> None:
    # Only what has been measured can be promised: a video goes through first.
    assert client.post("/v1/videos:classify", content=clip).status_code == 200
    live.until(live.at_rest)
    idle = live.service.retry_after_s()
    assert idle == 0
    ticket = live.service.admission.enter(0)
    try:
        # Nobody waits for one that still uploads.
        assert live.service.retry_after_s() == idle
        live.service.admission.uploaded(ticket)
        assert live.service.retry_after_s() > idle
    finally:
        ticket.release()


def test_decoders_and_lanes_work_side_by_side(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    service = live.service
    monkeypatch.setattr(service.engine, "in_flight", lambda: 2)
    monkeypatch.setattr(service.engine, "drain_seconds", lambda: 4.0)
    monkeypatch.setattr(service.admission, "requests", 8)
    for mean_job_s, seconds in ((1.0, 4 + 6 * 2), (5.0, 6 * 5)):
        stats = replace(service.decode_stats(), mean_job_s=mean_job_s, workers=1)
        monkeypatch.setattr(service._pool, "stats", lambda given=stats: given)
        assert service.retry_after_s() == seconds


def test_a_service_whose_decoders_do_not_start_leaves_nothing_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        service = Service(Settings(**SMALL))

        async def fail() -> None:
            raise UnavailableError("no decoders")

        monkeypatch.setattr(service._pool, "start", fail)
        with pytest.raises(UnavailableError, match="no decoders"):
            await service.start()
        assert service.unready() is not None
        await service.close()

    asyncio.run(run())


def test_lost_decoders_are_replaced_without_a_request(live: Live, client: httpx.Client, clip: bytes) -> None:
    before = live.service.decode_stats().restarts
    pool = live.service._pool
    assert isinstance(pool, DecodePool)
    for child in tuple(pool._children):
        child.kill()
    live.until(lambda: live.service.decode_stats().restarts > before)
    live.until(lambda: client.get("/readyz").status_code == 200)
    assert client.post("/v1/videos:classify", content=clip).status_code == 200
