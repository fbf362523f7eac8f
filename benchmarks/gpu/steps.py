"""What a GPU's session runs, and in which order: what matters most first, for time may run out."""

import sys
from dataclasses import dataclass
from pathlib import Path

BUNDLES = ("adafocus-tsm-p144", "tsm-plus", "resnet50", "adafocus-p128")
PROVIDER = "onnxruntime-gpu.tar.xz"
"""ONNX Runtime with its CUDA provider, if somebody packed it: as in site-packages, for that Python."""
_MORE = BUNDLES[0]
"""The bundle that is measured in other ways too."""
_PYTHON = (sys.executable, "-m")
_PORT = 8123


@dataclass(frozen=True, slots=True)
class Step:
    """A command.

    Attributes:
        name: of it, and of its log.
        command: its words.
        limit_s: most seconds it may take.
        ahead: folder of modules that it takes before all others.
    """

    name: str
    command: tuple[str, ...]
    limit_s: float
    ahead: Path | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """Steps that belong together.

    Attributes:
        steps: in order.
        beside: whether they run side by side; else each has the machine for itself.
        share: of the session's time that they may take together.
    """

    steps: tuple[Step, ...]
    beside: bool = False
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are.

    Attributes:
        packed: folder that ``benchmarks.gpu.pack`` made.
        work: a folder for what is made on the way.
        raw: folder of the logs and reports.
    """

    packed: Path
    work: Path
    raw: Path

    @property
    def site(self) -> Path:
        """What was packed as wheels, installed."""
        return self.work / "site"

    @property
    def provider(self) -> Path:
        """ONNX Runtime with its CUDA provider; parts of it that others need may be left out."""
        return self.work / "onnxruntime-gpu"

    @property
    def bundles(self) -> Path:
        """The bundles to measure."""
        return self.work / "bundles"


def phases(at: Places, seconds: float) -> list[Phase]:
    """Everything, in order.

    Args:
        at: where things are.
        seconds: of each measurement.
    """
    first, dense, *others = (measured(at, name, seconds) for name in BUNDLES)
    packed = (at.packed / PROVIDER).exists()
    provided = by_provider(at, seconds) if packed else ()
    served = (over_http(at, seconds),) if any((at.packed / "clips").glob("*")) else ()
    return [
        Phase(prepared(at)),
        Phase((*exports(at), *([unpacked(at)] if packed else ())), beside=True, share=0.3),
        Phase((first, device_tests())),
        Phase((*parities(at), *goldens(at)), beside=True, share=0.25),
        Phase((by_layer(at), dense, *provided, *served, *others)),
    ]


def prepared(at: Places) -> tuple[Step, ...]:
    """Install what was packed, and ask what machine this is."""
    machine = Step("machine", ("nvidia-smi",), 20)
    wheels = sorted(map(str, (at.packed / "wheels").glob("*.whl")))
    if not wheels:
        return (machine,)
    install = (*_PYTHON, "pip", "install", "-q", "--no-index", "--no-deps", "--no-compile")
    return Step("install", (*install, "--target", str(at.site), *wheels), 60), machine


def unpacked(at: Places) -> Step:
    """Unpack ONNX Runtime's provider, without a program for its compression, which may be missing."""
    command = (*_PYTHON, "tarfile", "--filter", "data", "-e", str(at.packed / PROVIDER), str(at.provider))
    return Step("unpack", command, 90)


def exports(at: Places) -> tuple[Step, ...]:
    """Make the bundles to measure."""
    command = (*_PYTHON, "benchmarks.gpu.bundles")
    return tuple(Step(f"bundle-{name}", (*command, str(at.bundles / name), name), 160) for name in BUNDLES)


def measured(at: Places, name: str, seconds: float) -> Step:
    """Measure one bundle."""
    command = (*_measure(at, seconds), "--bundle", str(at.bundles / name))
    # The first compiles the kernels, and measures the ceilings.
    limit = 150 if name == BUNDLES[0] else 100
    return Step(f"gpu-{name}", (*command, "--out", str(at.raw / f"gpu-{name}.json")), limit)


def device_tests() -> Step:
    """The device path's tests on a GPU; the others need none."""
    files = [f"tests/device/test_{name}.py" for name in ("cuda", "convolution", "temporal_shift", "runtime")]
    elsewhere = "not onnxruntime and not cpu and not kernels"
    return Step("tests", (*_pytest(), *files, "-k", elsewhere), 100)


def parities(at: Places) -> tuple[Step, ...]:
    """Hold each bundle to its network in float32 on the GPU."""
    command = (*_PYTHON, "benchmarks.gpu.parity")
    return tuple(
        Step(
            f"parity-{name}",
            (*command, str(at.bundles / name), "--out", str(at.raw / f"parity-{name}.json")),
            130,
        )
        for name in BUNDLES
    )


def goldens(at: Places) -> tuple[Step, ...]:
    """Golden sets through the GPU."""
    folder = at.packed / "golden"
    names = sorted(path.stem for path in folder.glob("*.json"))
    command = (*_PYTHON, "foveate.cli.main", "golden", str(folder), "--gpu", "0", "--precision", "fp16")
    return tuple(Step(f"golden-{name}", (*command, "--set", name), 160) for name in names)


def by_layer(at: Places) -> Step:
    """Measure each convolution of a bundle by our kernels and by torch."""
    command = (*_PYTHON, "benchmarks.gpu.layers", "--bundle", str(at.bundles / _MORE))
    return Step("layers", (*command, "--out", str(at.raw / "layers.json")), 45)


def by_provider(at: Places, seconds: float) -> tuple[Step, ...]:
    """Test ONNX Runtime's CUDA provider, and measure a bundle with it."""
    tests = (*_pytest(), "tests/device/test_runtime.py", "-k", "onnxruntime")
    command = (*_measure(at, seconds), "--runtime", "onnxruntime", "--bundle", str(at.bundles / _MORE))
    return (
        Step("tests-onnxruntime", tests, 50, at.provider),
        Step("gpu-onnxruntime", (*command, "--out", str(at.raw / "gpu-onnxruntime.json")), 100, at.provider),
    )


def over_http(at: Places, seconds: float) -> Step:
    """MP4 files through a server on this machine."""
    command = (*_PYTHON, "benchmarks.gpu.mp4_in", str(at.bundles / _MORE), str(at.packed / "clips"))
    report = ("--out", str(at.raw / "mp4-in.json"), "--port", str(_PORT), "--seconds", str(seconds))
    return Step("mp4-in", (*command, *report), 110)


def table(at: Places) -> tuple[str, ...]:
    """The command that makes the table of the reports so far."""
    reports = [str(at.raw / f"gpu-{name}.json") for name in (*BUNDLES, "onnxruntime")]
    more = ("--mp4-in", str(at.raw / "mp4-in.json"), "--parity", *_parity_reports(at))
    return (*_PYTHON, "benchmarks.gpu.table", *reports, *more)


def _parity_reports(at: Places) -> list[str]:
    return [step.command[-1] for step in parities(at)]


def _measure(at: Places, seconds: float) -> tuple[str, ...]:
    # The machine's ceilings are measured by whichever comes first.
    ceilings = ("--ceilings", str(at.raw / "ceilings.json"))
    return (*_PYTHON, "benchmarks.gpu", "--seconds", f"{seconds:g}", "--repeats", "10", *ceilings)


def _pytest() -> tuple[str, ...]:
    return (*_PYTHON, "pytest", "-q", "-p", "no:cacheprovider", "-o", "filterwarnings=")
