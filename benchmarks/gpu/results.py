"""What a GPU's session leaves: a table, the numbers, an archive: few files, that are easily brought away."""

import io
import json
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from foveate.files import replacing

TABLE, NUMBERS, ARCHIVE = "table.txt", "session.json", "raw.tar.gz"


class Results:
    """The files, made anew after each step, so that a session that is cut off leaves what it had.

    Args:
        out: folder that they are left in; those of an earlier session go.
        raw: folder of the logs and reports as the steps write them.
        tabulate: makes the table of the reports so far.
    """

    def __init__(self, out: Path, raw: Path, tabulate: Callable[[], str]) -> None:
        self._out, self._raw, self._tabulate = out, raw, tabulate
        self._steps: list[dict[str, object]] = []
        self._one_at_a_time = Lock()
        for name in (TABLE, NUMBERS, ARCHIVE):
            (out / name).unlink(missing_ok=True)

    def add(self, step: dict[str, object]) -> None:
        """Keep what there is, now that a step has ended.

        Args:
            step: what to say of it.
        """
        with self._one_at_a_time:
            self._steps.append(step)
            numbers = {"steps": self._steps, "reports": self._reports()}
            self._leave(NUMBERS, (json.dumps(numbers, indent=1) + "\n").encode())
            self._leave(ARCHIVE, self._archive())
            self._leave(TABLE, self._tabulate().encode())

    def table(self) -> str:
        """The table as it was left last."""
        return (self._out / TABLE).read_text("utf-8")

    def _reports(self) -> dict[str, object]:
        reports: dict[str, object] = {}
        for path in sorted(self._raw.glob("*.json")):
            try:
                reports[path.stem] = json.loads(path.read_text("utf-8"))
            except ValueError:
                continue  # Its step was ended while it wrote; the archive has it as it is.
        return reports

    def _archive(self) -> bytes:
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w:gz") as archive:
            for path in sorted(path for path in self._raw.rglob("*") if path.is_file()):
                # As it is now: another step may still write to its log.
                content = path.read_bytes()
                entry = tarfile.TarInfo(str(Path("raw") / path.relative_to(self._raw)))
                entry.size, entry.mtime = len(content), int(time.time())
                archive.addfile(entry, io.BytesIO(content))
        return written.getvalue()

    def _leave(self, name: str, content: bytes) -> None:
        """Replace a file at once, so that it is whole whenever the end comes."""
        with replacing(self._out / name) as fresh:
            fresh.write_bytes(content)
