from ipaddress import ip_network
from pathlib import Path

import pytest

from server.settings import Settings
from server.starting import changed, log_settings, unknown_settings


@pytest.fixture
def info(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO", "foveate.server")
    return caplog


def test_what_nothing_reads_is_found() -> None:
    variables = ["FOVEATE_PORT", "foveate_port", "FOVEATE_TYPO", "PATH", "FOVEATE_MAX_INFLIGHT", "FOVEATE"]
    assert unknown_settings(variables) == ["FOVEATE_MAX_INFLIGHT", "FOVEATE_TYPO"]


def test_a_mistyped_variable_is_warned_of(info: pytest.LogCaptureFixture) -> None:
    log_settings(Settings(), ["FOVEATE_MAX_INFLIGHT", "FOVEATE_MAX_UPLOADS", "FOVEATE_Q\nX"])
    warnings = [record.getMessage() for record in info.records if record.levelname == "WARNING"]
    assert warnings == [
        "the variable 'FOVEATE_MAX_INFLIGHT' is no setting; did you mean FOVEATE_MAX_IN_FLIGHT?",
        "the variable 'FOVEATE_Q\\nX' is no setting",
    ]


def test_what_differs_from_the_defaults_is_logged(info: pytest.LogCaptureFixture) -> None:
    trusted = (ip_network("10.0.0.0/8"),)
    settings = Settings(max_in_flight=5, bundle=(Path("/a b"),), trusted_proxies=trusted, port=8000)
    assert set(changed(settings)) == {"max_in_flight", "bundle", "trusted_proxies"}
    log_settings(settings, [])
    said = 'msg=settings bundle="/a b" max_in_flight=5 trusted_proxies=10.0.0.0/8'
    assert [record.getMessage() for record in info.records] == [said]


def test_where_nothing_does_that_is_logged(info: pytest.LogCaptureFixture) -> None:
    log_settings(Settings(), [])
    assert info.messages == ['msg="settings are the defaults"']
