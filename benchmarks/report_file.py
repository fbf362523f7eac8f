"""The raw numbers of a benchmark as JSON: looked after before it runs, written whole when it has."""

import json
from pathlib import Path
from typing import Any

from foveate.files import require_writable, write_whole


def check_report(path: Path | None) -> None:
    """Check, before anything is measured, that a report can be written; nothing without a path.

    Raises:
        ConfigError: it cannot.
    """
    if path is not None:
        require_writable(path)


def write_report(path: Path | None, report: Any) -> None:
    """Write a report, or leave what is there as it is; nothing without a path.

    Raises:
        ConfigError: it cannot be written.
    """
    if path is not None:
        text = json.dumps(report, indent=1) + "\n"
        write_whole(path, lambda file: file.write(text.encode()))
