"""The circumstances of a measurement, so that it can be made again."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from foveate import __version__
from foveate.bench.facts import ServedModel
from foveate.bench.inputs import Item
from foveate.bench.plan import Options
from foveate.bench.schemas import Host, Inputs, Setup

_NAMES = 16


def describe(
    options: Options, command: str, model: ServedModel, server: str, path: str, items: Sequence[Item]
) -> Setup:
    """Put the circumstances down.

    Args:
        options: of the measurement.
        command: as it was typed, less what is secret.
        model: under load.
        server: version of the server.
        path: of the route.
        items: that are posted.
    """
    return Setup(
        command=command,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        versions={
            "server": server,
            "foveate": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("aiohttp", "uvloop")},
        },
        host=Host(
            cpu=cpu_name(Path("/proc/cpuinfo")),
            cores=len(os.sched_getaffinity(0)),
            system=f"{platform.system()} {platform.release()} {platform.machine()}",
        ),
        url=options.url,
        headers=list(options.headers),
        parameters=dict(options.parameters),
        model=model,
        inputs=Inputs(
            path=path,
            count=len(items),
            bytes=sum(len(item.body) for item in items),
            labelled=sum(item.label is not None for item in items),
            names=[item.name for item in items[:_NAMES]],
        ),
        options=_options(options),
    )


def cpu_name(cpuinfo: Path) -> str:
    """The processor's name as the kernel tells it; else the architecture."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _options(options: Options) -> dict[str, str | bool | int | float | None]:
    rules, first = options.rules, options.levels[0]
    return {
        "body": "form" if options.form else "raw",
        "order": "random" if options.shuffled else "in turn",
        "seed": options.seed,
        "arrivals": {"concurrency": "closed loop", "rate": "poisson" if first.poisson else "constant"}.get(
            first.kind, "trace"
        ),
        "max_outstanding": first.most,
        "warmup_s": rules.warmup_s,
        "window_s": rules.window_s,
        "window_requests": rules.window_requests,
        "max_windows": rules.most,
        "stability": rules.within,
        "watched": rules.watched,
        "timeout_s": options.timeout_s,
        "latency_limit_s": options.limit_s,
        "search_lowest": options.search.lowest if options.search else None,
        "search_highest": options.search.highest if options.search else None,
        "search_within": options.search.within if options.search else None,
    }
