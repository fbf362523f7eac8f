"""What a built image must do: serve as it would in production, and end when it is told to."""

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.image.builder import Builder, BuiltImage
from tests.image.container import Container, running

_AT_ONCE = 4
_PACKAGES = "/opt/foveate/lib/python3.11/site-packages"
_PROVIDER = f"{_PACKAGES}/onnxruntime/capi/libonnxruntime_providers_cuda.so"
_CODEC = "PyNvVideoCodec"
_LOAD_CODEC = "from foveate.video.nvdec import load_library; load_library()"
_FALL_BACK = (
    "import onnxruntime, foveate.bundle.load as load; "
    "session = onnxruntime.InferenceSession(load.default_bundle() / 'glance.onnx', "
    "providers=['CUDAExecutionProvider', 'CPUExecutionProvider']); "
    "print(onnxruntime.get_available_providers(), session.get_providers())"
)


class Trial:
    """Runs one image.

    Args:
        builder: holds it.
        image: to try.
        clip: an MP4.
        say: told of everything that was found true.
    """

    def __init__(self, builder: Builder, image: BuiltImage, clip: bytes, say: Callable[[str], None]) -> None:
        self._builder = builder
        self._image = image
        self._clip = clip
        self._say = say
        self._port = _free_port()

    def contents(self) -> None:
        """Nothing to build with, no PyTorch, not root, every graph of the embedded bundle runs."""
        assert self._image.user == "10001:10001", self._image.user
        script = (
            'id -u; command -v cc gcc make pip nvcc || echo no tools; foveate bundle verify "$1" | tail -1'
        )
        bundle = f"{_PACKAGES}/foveate/bundle/default"
        result = self._builder.run(self._image, "sh", "-c", script, "sh", bundle)
        lines = result.stdout.split("\n")
        assert lines[:2] == ["10001", "no tools"], result
        assert lines[2].endswith("all well"), result
        torch = self._builder.run(self._image, "python", "-c", "import torch")
        assert "No module named 'torch'" in torch.stderr, torch
        self._say(f"user {lines[0]}, {lines[1]}, no torch; {lines[2]}")

    def cuda(self) -> None:
        """All that the CUDA provider needs is there but the driver; without one the CPU serves."""
        absent = self._absent(_PROVIDER)
        result = self._builder.run(self._image, "python", "-c", _FALL_BACK)
        assert result.returncode == 0, result
        assert "CUDAExecutionProvider" in result.stdout.partition("]")[0], result
        if absent:
            self._refused("the runtime 'cuda' cannot be had", FOVEATE_RUNTIME="cuda")
            assert result.stdout.partition("]")[2].strip() == "['CPUExecutionProvider']", result
        self._say(
            f"the CUDA provider lacks {absent or 'nothing'}; available and used: {result.stdout.strip()}"
        )

    def nvdec(self) -> None:
        """All that PyNvVideoCodec needs is there but the driver; without one it is refused by name."""
        absent = self._absent(f"{_PACKAGES}/{_CODEC}/*.so")
        self._say(f"{_CODEC} lacks {absent or 'nothing'}")
        if absent:
            loaded = self._builder.run(self._image, "python", "-c", _LOAD_CODEC).stderr
            (line,) = (line for line in loaded.splitlines() if f"{_CODEC} cannot be used here" in line)
            self._say(f"loaded all the same: {line}")
            self._refused("videos cannot be decoded by nvdec", FOVEATE_DECODE="nvdec")
        scripts = self._builder.run(self._image, "ls", f"{_PACKAGES}/benchmarks", f"{_PACKAGES}/samples")
        assert "decoder_benchmark" not in scripts.stdout, scripts
        assert "No such file" in scripts.stderr, scripts

    def serve(self) -> None:
        """Health check, an answer, and at SIGTERM all answers that are owed."""
        with self._container("serve") as container:
            self._until_healthy(container)
            status, body = self._post()
            assert status == 200, body
            answer = json.loads(body)
            assert len(answer["predictions"]) == 5, answer
            model = answer["model"]
            self._say(f"answers as process 1 on a read-only root: {model['runtime']} on {model['device']}")
            self._say(f"{container.threads()} threads in all its processes")
            parts = ("/", "/viewer/viewer.js", "/viewer/waving.mp4")
            found = {path: self._ask("GET", path, None)[0] for path in parts}
            assert set(found.values()) == {200}, found
            assert not container.maps(_CODEC), "loaded without being asked for"
            refused = self._health("--gpu")
            assert refused.returncode != 0, refused
            assert "the server runs on the CPU" in refused.stderr, refused
            self._say(f"with --gpu: {refused.stderr.splitlines()[0]}")
            self._drain(container)

    def stop_early(self) -> None:
        """A container that is told to stop while it starts does not wait to be killed."""
        number = signal.Signals[self._image.stop_signal]
        with self._container("early") as container:
            self._until(lambda: container.heeds(number))
            assert "listening" not in container.text()
            begin = time.monotonic()
            container.signal(number)
            code = container.ended(20)
            assert code == 130, container.text()
            self._say(
                f"{number.name} while it starts: ended with {code} after {time.monotonic() - begin:.1f} s"
            )

    def _absent(self, pattern: str) -> list[str]:
        """Libraries that are missed by others: the driver's, where there is none, and no other."""
        linked = self._builder.run(self._image, "sh", "-ec", f"ldd {pattern}")
        assert linked.returncode == 0, linked
        absent = sorted({line.split()[0] for line in linked.stdout.splitlines() if "not found" in line})
        assert absent in ([], ["libcuda.so.1"]), absent
        return absent

    def _refused(self, reason: str, **settings: str) -> None:
        """A server that is asked for what cannot be had does not start, and says so."""
        refused = self._builder.run(self._image, *self._image.command, **settings)
        assert refused.returncode != 0, refused
        assert reason in refused.stderr, refused
        (line,) = (line for line in refused.stderr.splitlines() if line.startswith("foveate serve"))
        self._say(f"asked for {', '.join(settings.values())}: {line}")

    def _drain(self, container: Container) -> None:
        answers: list[tuple[int, bytes]] = []
        threads = [threading.Thread(target=lambda: answers.append(self._post())) for _ in range(_AT_ONCE)]
        for thread in threads:
            thread.start()
        self._until(lambda: self._in_flight() == _AT_ONCE)
        container.signal(signal.Signals[self._image.stop_signal])
        for thread in threads:
            thread.join(60)
        code = container.ended(60)
        assert [status for status, _ in answers] == [200] * _AT_ONCE, answers
        assert code == 0, container.text()
        for unwanted in ("Traceback", "level=ERROR", "telemetry"):
            assert unwanted not in container.text(), container.text()
        self._say(f"{self._image.stop_signal} with {_AT_ONCE} requests in flight: all answered, ended with 0")

    @contextmanager
    def _container(self, name: str) -> Iterator[Container]:
        root = self._builder.root_of(self._image)
        log = self._builder.folder / f"{name}.log"
        environment = {**self._image.environment, **self._listening()}
        with running(root, self._image.user, self._image.command, environment, log) as container:
            yield container

    def _listening(self) -> dict[str, str]:
        return {"FOVEATE_HOST": "127.0.0.1", "FOVEATE_PORT": str(self._port)}

    def _health(self, *flags: str) -> "subprocess.CompletedProcess[str]":
        return self._builder.run(self._image, *self._image.health, *flags, **self._listening())

    def _until_healthy(self, container: Container) -> None:
        end = time.monotonic() + 120
        while (result := self._health()).returncode:
            container.first_process()
            assert time.monotonic() < end, result
        assert result.stdout.startswith("ready"), result
        self._say(f"the image's health check says: {result.stdout.strip()}")

    def _until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end
            time.sleep(0.01)

    def _in_flight(self) -> int:
        _, body = self._ask("GET", "/metrics", None)
        lines = body.decode().splitlines()
        return int(float(next(x.split()[1] for x in lines if x.startswith("foveate_requests_in_flight "))))

    def _post(self) -> tuple[int, bytes]:
        return self._ask("POST", "/v1/videos:classify", self._clip)

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, path, body, {"Content-Type": "video/mp4"} if body else {})
            response = connection.getresponse()
            data: Any = response.read()
            return response.status, data
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clip_in(folder: Path) -> bytes:
    """A clip of ten seconds, made there."""
    from benchmarks.video_file import write_video

    return write_video(folder / "clip.mp4").read_bytes()
