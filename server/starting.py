"""What the log of a start says of the settings."""

import logging
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from server.logs import Value, facts
from server.settings import PREFIX, Settings

log = logging.getLogger("foveate.server")


def log_settings(settings: Settings, variables: Iterable[str]) -> None:
    """Log what differs from the defaults, and warn of variables that nothing reads.

    They are not refused: in Kubernetes a service whose name begins with the prefix brings some of its own.

    Args:
        settings: that were read.
        variables: names of the environment's.
    """
    for name in unknown_settings(variables):
        near = get_close_matches(name[len(PREFIX) :].lower(), Settings.model_fields, n=1)
        hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
        log.warning("the variable %r is no setting%s", name, hint)
    differ = {name: _plain(value) for name, value in changed(settings).items()}
    log.info(facts(msg="settings" if differ else "settings are the defaults", **differ))


def unknown_settings(variables: Iterable[str]) -> list[str]:
    """Those of these variables with the server's prefix that it does not read, in order."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known)


def changed(settings: Settings) -> dict[str, Any]:
    """The settings that are not the defaults."""
    fields = Settings.model_fields.items()
    values = {name: (getattr(settings, name), field.default) for name, field in fields}
    return {name: value for name, (value, default) in values.items() if value != default}


def _plain(value: Any) -> Value:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return value if isinstance(value, str | int | float) else str(value)
