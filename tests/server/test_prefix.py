from typing import Any

import pytest

from server.prefix import put_under


@pytest.mark.parametrize(
    ("prefix", "path", "asked"),
    [
        ("", "/livez", "/livez"),
        ("/a/b", "/a/b/livez", "/a/b/livez"),
        ("/a/b", "/livez", "/a/b/livez"),
        ("/a/b", "/a/bc", "/a/b/a/bc"),
        ("/a", "/a", "/a"),
        ("/a", "/", "/a/"),
        ("/a", "/a/", "/a/"),
    ],
)
def test_a_path_is_the_one_that_was_asked_for(prefix: str, path: str, asked: str) -> None:
    scope: dict[str, Any] = {"path": path}
    put_under(prefix, scope)
    assert scope == {"path": asked, "root_path": prefix}
