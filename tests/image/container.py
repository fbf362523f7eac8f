"""A container as production runs it: process 1, read-only root, no privileges, temporary files in memory.

buildah's chroot isolation has neither of the first two, so the kernel is asked directly.
"""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_AS_PROCESS_1 = """
set -eu
root=$1 user=$2
shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o size=1152m,mode=1777,noexec,nosuid,nodev tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs chroot --userspec="$user" "$root" "$@"
"""


class Container:
    """A running container.

    Attributes:
        log: what it has written to both outputs.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self.log = log

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text(errors="replace")

    def first_process(self) -> int:
        """What process 1 is called outside.

        Raises:
            RuntimeError: it has ended.
        """
        parent = self._process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if not children:
            raise RuntimeError(f"the container has ended: {self.text()}")
        return int(children[0])

    def heeds(self, number: int) -> bool:
        """Whether process 1 has a handler of a signal; without one it ignores it."""
        status = Path(f"/proc/{self.first_process()}/status").read_text()
        (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
        return bool(int(caught, 16) >> (number - 1) & 1)

    def signal(self, number: int) -> None:
        """Send a signal to process 1, as a container engine does."""
        subprocess.run(["kill", f"-{number}", str(self.first_process())], check=True)

    def ended(self, seconds: float) -> int:
        """Wait for the end, and return the exit code of process 1.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        return self._process.wait(seconds)

    def threads(self) -> int:
        """Threads of all its processes, which is what a limit of pids counts."""
        return sum(self._of_each(lambda process: len(list((process / "task").iterdir()))))

    def maps(self, name: str) -> bool:
        """Whether any of its processes has loaded a library from a path with this name in it."""
        return any(self._of_each(lambda process: name in (process / "maps").read_text()))

    def _of_each(self, ask: Callable[[Path], int]) -> list[int]:
        """What is asked of the folder in /proc of each of its processes."""
        space = Path(f"/proc/{self.first_process()}/ns/pid").readlink()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "ns/pid").readlink() == space:
                    found.append(ask(process))
            except OSError:
                continue  # It has ended meanwhile.
        return found


@contextmanager
def running(
    root: Path, user: str, command: Sequence[str], environment: Mapping[str, str], log: Path
) -> Iterator[Container]:
    """Run a command as process 1 of a container; whatever happens, it does not outlive the block."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    arguments = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _AS_PROCESS_1, "sh"]
    arguments += [str(root), user, "/usr/bin/env", "-i", *variables, *command]
    output: IO[bytes]
    with log.open("wb") as output, subprocess.Popen(arguments, stdout=output, stderr=output) as process:
        try:
            # Both programs before it only replace themselves; then it is the command.
            _until_replaced(process)
            yield Container(process, log)
        finally:
            process.kill()


def _until_replaced(process: "subprocess.Popen[bytes]", seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/comm").read_text().strip() not in ("unshare", "sh"):
            return
        time.sleep(0.02)
