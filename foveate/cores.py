"""How many cores this process may use."""

import os
from collections.abc import Iterator
from math import ceil
from pathlib import Path, PurePosixPath

_MOUNTED = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def core_count() -> int:
    """Cores that this process may run on, or as many as its quota of processor time is worth if that is less.

    A container with a quota, as Kubernetes's ``limits.cpu`` and Docker's ``--cpus`` set it, sees every core
    of its machine; more threads than the quota pays for only hold each other up.
    """
    cores = len(os.sched_getaffinity(0))
    quota = cpu_quota()
    return cores if quota is None else max(1, min(cores, ceil(quota)))


def cpu_quota(mounted: Path = _MOUNTED, membership: Path = _MEMBERSHIP) -> float | None:
    """The least quota of this process's control groups and of those around them, in cores; None without any.

    Args:
        mounted: where control groups are, of version 2 or 1.
        membership: the file that tells this process's.
    """
    found = [_quota_v2(folder) for folder in _around(mounted, _group(membership, ""))]
    found += [_quota_v1(folder) for folder in _around(mounted / "cpu", _group(membership, "cpu"))]
    return min((quota for quota in found if quota is not None), default=None)


def _group(membership: Path, controller: str) -> PurePosixPath:
    """Path of this process's group; version 2 names no controller in that line."""
    for line in _read(membership).splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controller in controllers.split(",") and (controller or number == "0"):
            return PurePosixPath(path)
    return PurePosixPath("/")


def _around(mounted: Path, group: PurePosixPath) -> Iterator[Path]:
    """Folders of a group and those around it. In a container its path may be the host's, and not be there."""
    for path in (group, *group.parents):
        if ".." not in path.parts:
            yield mounted.joinpath(*path.parts[1:])


def _quota_v2(folder: Path) -> float | None:
    return _ratio(_read(folder / "cpu.max").split())


def _quota_v1(folder: Path) -> float | None:
    return _ratio([*_read(folder / "cpu.cfs_quota_us").split(), *_read(folder / "cpu.cfs_period_us").split()])


def _ratio(numbers: list[str]) -> float | None:
    """Quota over period; "max" and -1 stand for no quota."""
    if len(numbers) != 2 or not all(map(str.isdecimal, numbers)):
        return None
    quota, period = map(int, numbers)
    return quota / period if quota and period else None


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""
