"""Names of variables, held to the settings of the server."""

from collections.abc import Iterable

from server.settings import PREFIX, Settings


def unknown_settings(names: Iterable[str]) -> set[str]:
    """Those of these variables with the server's prefix that it would not read."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return {name for name in names if name.startswith(PREFIX)} - known
