from collections.abc import Iterator

import httpx
import pytest

from foveate.bundle.load import untrained_bundle
from tests.server.live import Live, running, with_exits
from tests.video.made import encode

UPLOAD_LIMIT = 300_000


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small MP4 of two seconds."""
    path = encode(tmp_path_factory.mktemp("clip") / "clip.mp4", "libx264", frames=50, size=(128, 96))
    return path.read_bytes()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server of two bundles, shared by the tests that leave it as they found it."""
    folder = with_exits(tmp_path_factory.mktemp("bundles") / "with-exits")
    with running(
        bundle=[untrained_bundle(), folder],
        max_upload_bytes=UPLOAD_LIMIT,
        max_in_flight=4,
        body_timeout_s=0.5,
    ) as live:
        yield live


@pytest.fixture
def live(server: Live) -> Iterator[Live]:
    """The shared server; whatever a test does with it, nothing may be left in use."""
    yield server
    server.until(server.at_rest)


@pytest.fixture
def client(live: Live) -> Iterator[httpx.Client]:
    with live.client() as client:
        yield client
