from dataclasses import replace
from pathlib import Path

import pytest

from export.request import ExportRequest, check_names
from foveate.errors import ConfigError

REQUEST = ExportRequest(Path("c"), ("a",), Path("o"))


@pytest.mark.parametrize("name", [None, "a", "kitchen-cam_2.1"])
def test_good_names(name: str | None) -> None:
    check_names(replace(REQUEST, name=name))


@pytest.mark.parametrize("name", ["", "My Model", "../up", "-x", "a" * 65])
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a bundle's name"):
        check_names(replace(REQUEST, name=name))
    with pytest.raises(ConfigError, match="cannot be a bundle's version"):
        check_names(replace(REQUEST, version=name))
