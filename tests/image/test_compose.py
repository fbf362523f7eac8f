import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from server.settings import PREFIX, Settings, read_settings
from server.starting import unknown_settings
from tests.image.builder import REPOSITORY

FILE = REPOSITORY / "docker-compose.yml"
UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
EACH_GPU = tuple(f"foveate-gpu-{number}" for number in range(8))
GPU_SERVICES = ("foveate", *EACH_GPU)
SERVICES = ("foveate", "foveate-cpu", *EACH_GPU)


def config(file: Path = FILE, *flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What the real Compose makes of the file, without anything from the environment but these variables."""
    found = importlib.util.find_spec("compose")
    assert found is not None, "the extra 'test' brings it"
    assert found.origin is not None
    tool = Path(found.origin).with_name("docker-compose")
    command = [str(tool), "--file", str(file), "--env-file", os.devnull, *flags, "config", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, env=variables, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    result = config(FILE, "--profile", "*")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    found: dict[str, Any] = json.loads(result.stdout)["services"]
    assert sorted(found) == list(SERVICES)
    return found


def size(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([kmg]?)", text).groups()  # type: ignore[union-attr]
    return int(number) * UNITS.get(unit, 1)


def devices(service: Any) -> Any:
    (device,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    return device


def test_compose_would_refuse_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILE.read_text().replace("read_only: true", "readonly: true", 1))
    result = config(wrong)
    assert result.returncode != 0
    assert "readonly" in result.stderr


@pytest.mark.parametrize(
    ("profile", "started"),
    [(None, ()), ("cpu", ("foveate-cpu",)), ("gpu", ("foveate",)), ("all-gpus", EACH_GPU)],
)
def test_a_profile_starts_what_it_says(profile: str | None, started: tuple[str, ...]) -> None:
    result = config(FILE, *(("--profile", profile) if profile else ()))
    assert tuple(sorted(json.loads(result.stdout)["services"])) == started


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_can_be_written_or_gained(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert not service.get("privileged")
    assert {"cap_add", "network_mode", "pid", "ipc"}.isdisjoint(service)
    (bundles,) = (volume for volume in service["volumes"] if volume["target"] == "/bundles")
    assert bundles["read_only"] is True
    # It neither encrypts nor authenticates: by itself it is for this machine only.
    assert [port["host_ip"] for port in service["ports"]] == ["127.0.0.1"]


@pytest.mark.parametrize("name", SERVICES)
def test_memory_holds_what_may_be_in_it(services: dict[str, Any], name: str) -> None:
    service = services[name]
    (temporary,) = service["tmpfs"]
    path, _, options = temporary.partition(":")
    settings = dict(option.partition("=")[::2] for option in options.split(","))
    limits = service["deploy"]["resources"]["limits"]
    uploads = int(service["environment"]["FOVEATE_MAX_BYTES_IN_FLIGHT"])
    assert path == "/tmp"
    assert {"noexec", "nosuid", "nodev"} <= set(settings)
    assert uploads < size(settings["size"]) < size(limits["memory"]) // 2
    assert limits["pids"] > 0


@pytest.mark.parametrize("name", SERVICES)
def test_settings_are_the_servers(services: dict[str, Any], name: str) -> None:
    service = services[name]
    environment: dict[str, str] = service["environment"]
    assert unknown_settings(environment) == []
    given = {key.removeprefix("FOVEATE_").lower(): value for key, value in environment.items() if value}
    used = read_settings(given)
    default = read_settings({"runtime": used.runtime})
    assert used == default, "but for the runtime, the file gives the defaults, for all to see"
    assert used.runtime == ("cpu" if name == "foveate-cpu" else "cuda")
    assert int(service["stop_grace_period"].rstrip("s")) > used.drain_s + 10
    assert [port["target"] for port in service["ports"]] == [used.port]


def test_every_setting_can_be_given() -> None:
    of_the_image = {"host", "port", "engine_cache"}
    of_a_gpu = {"FOVEATE_DECODE", "FOVEATE_NVDEC_PIXELS", "FOVEATE_NVDEC_WORKERS"}
    given = {f"{PREFIX}{name.upper()}": "x" for name in set(Settings.model_fields) - of_the_image}
    result = config(FILE, "--profile", "*", UPLOADS="5g", GRACE="3m", **given)
    for name, service in json.loads(result.stdout)["services"].items():
        assert service["tmpfs"][0].startswith("/tmp:size=5g,")
        assert service["stop_grace_period"] == "3m0s"
        on_cpu = {key: "x" for key in given if key not in of_a_gpu} | {"FOVEATE_RUNTIME": "cpu"}
        assert service["environment"] == (on_cpu if name == "foveate-cpu" else given)


@pytest.mark.parametrize("name", GPU_SERVICES)
def test_a_gpu_is_asked_for_looked_after_and_built_for(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["healthcheck"]["test"] == ["CMD", "foveate", "health", "--gpu"]
    assert service["build"]["target"] == "gpu"
    assert service["image"] == "foveate:gpu"
    kinds = {volume["target"]: volume["type"] for volume in service["volumes"]}
    assert kinds["/var/cache/foveate"] == "volume"


def test_one_gpu(services: dict[str, Any]) -> None:
    assert devices(services["foveate"])["count"] == 1
    other = config(FILE, "--profile", "gpu", ADDRESS="10.0.0.1", PORT="9000")
    (port,) = json.loads(other.stdout)["services"]["foveate"]["ports"]
    assert (port["host_ip"], port["published"]) == ("10.0.0.1", "9000")


@pytest.mark.parametrize(("number", "name"), list(enumerate(EACH_GPU)))
def test_each_gpu_has_a_container_and_a_port(services: dict[str, Any], number: int, name: str) -> None:
    assert devices(services[name])["device_ids"] == [str(number)]
    assert [port["published"] for port in services[name]["ports"]] == [str(8000 + number)]


def test_without_a_gpu(services: dict[str, Any]) -> None:
    service = services["foveate-cpu"]
    assert service["build"]["target"] == "cpu"
    assert "healthcheck" not in service, "the image has one"
    assert "reservations" not in service["deploy"]["resources"]
