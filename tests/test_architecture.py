"""Rules of the whole house: who may import whom, what may be named where, how long a file may grow."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("foveate", "server", "export", "models", "training", "benchmarks")
MAY_IMPORT = {
    "foveate": {"foveate"},
    "server": {"server", "foveate"},
    "models": {"models", "foveate"},
    "export": {"export", "models", "foveate"},
    "training": {"training", "models", "foveate"},
    "benchmarks": set(PACKAGES),
}
# The commands import what they run, when they run it.
COMMANDS = ROOT / "foveate" / "cli"
# Imported only once a GPU is asked for; tests/device/test_protocol.py holds that.
DEVICE = ROOT / "foveate" / "device"
NOT_WHERE_IT_SERVES = {"torch", "onnx", "onnxscript", "tensorboard", "tqdm", "triton"}
SYSTEMS = re.compile(r"ada.?focus|ocsampler|\btsm\b|\btsn\b|\bx3d\b|\bv2\b", re.IGNORECASE)


def sources(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    for path in sources(package):
        if COMMANDS in path.parents:
            continue
        strangers = (imported(path) & set(PACKAGES)) - MAY_IMPORT[package]
        assert not strangers, f"{path.relative_to(ROOT)} imports {strangers}"


def test_nothing_that_serves_needs_a_training_library() -> None:
    for path in sources("foveate", "server"):
        if DEVICE in path.parents:
            continue
        assert not imported(path) & NOT_WHERE_IT_SERVES, path.relative_to(ROOT)


def test_the_server_knows_no_system_by_name() -> None:
    for path in sources("foveate", "server"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert not SYSTEMS.search(line), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def test_files_and_functions_stay_short() -> None:
    for path in sources(*PACKAGES, "tests"):
        text = path.read_text()
        assert text.count("\n") <= 300, f"{path.relative_to(ROOT)} has {text.count(chr(10))} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 40, f"{path.relative_to(ROOT)}: {node.name} has {length} lines"


def test_every_module_has_its_test() -> None:
    missing = []
    for path in sources("foveate", "server", "export", "models", "training"):
        if path.name == "__init__.py":
            continue
        inside = path.relative_to(ROOT)
        parts = inside.parts[1:] if inside.parts[0] == "foveate" else inside.parts
        if not (ROOT / "tests").joinpath(*parts[:-1], f"test_{path.name}").exists():
            missing.append(str(inside))
    assert not missing
