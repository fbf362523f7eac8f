from pathlib import Path

import pytest

from foveate.errors import ConfigError
from server import settings as settings_module
from server.settings import PREFIX, Settings, read_settings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)


def test_defaults() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.bundle) == ("127.0.0.1", 8000, ())
    assert settings.lane_count >= 1
    assert settings.brown_out == 0.75


def test_lanes_keep_to_a_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "core_count", lambda: 4)
    assert read_settings({}).lane_count == 4


@pytest.mark.parametrize("prefix", ["/a", "/a/b-c_d.e~f"])
def test_a_prefix(prefix: str) -> None:
    assert read_settings({"root_path": prefix}).root_path == prefix


@pytest.mark.parametrize("prefix", ["a", "/a/", "/", "/a//b", "/a b", "http://a", "/a?b"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError, match="--root-path"):
        read_settings({"root_path": prefix})


def test_a_flag_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_PORT", "9000")
    monkeypatch.setenv("FOVEATE_LANES", "3")
    settings = read_settings({"port": "9001"})
    assert (settings.port, settings.lane_count) == (9001, 3)


def test_bundles_in_the_environment_are_separated_by_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_BUNDLE", "/a:/b")
    assert read_settings({}).bundle == (Path("/a"), Path("/b"))
    assert read_settings({"bundle": ["/c"]}).bundle == (Path("/c"),)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_PORT", "")
    assert read_settings({}).port == 8000


def test_proxies_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOVEATE_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    assert [str(network) for network in read_settings({}).trusted_proxies] == ["10.0.0.0/8", "192.0.2.1/32"]
    assert read_settings({"trusted_proxies": ""}).trusted_proxies == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("port", "http"),
        ("lanes", "-1"),
        ("body_timeout_s", "0"),
        ("brown_out", "1.5"),
        ("log_level", "loud"),
        ("max_in_flight", "0"),
        ("trusted_proxies", "everybody"),
    ],
)
def test_a_wrong_value_names_the_flag_and_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    flag = f"--{name.replace('_', '-')} (or FOVEATE_{name.upper()})"
    with pytest.raises(ConfigError) as caught:
        read_settings({name: value})
    assert str(caught.value).startswith(flag)
    assert repr(value) in str(caught.value)
    monkeypatch.setenv(PREFIX + name.upper(), value)
    with pytest.raises(ConfigError) as caught:
        read_settings({})
    assert str(caught.value).startswith(flag)
    assert "\n" not in str(caught.value)


def test_every_setting_has_help() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
