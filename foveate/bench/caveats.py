"""What a reader must know before trusting the figures of a level."""

from foveate.bench.schemas import Level

_BUSY = 0.8
_LATE = 0.01
_FEW = 30
_BEHIND = 0.95


def caveats(level: Level) -> list[str]:
    """A sentence for everything that puts a level's figures in doubt."""
    return [*_of_the_generator(level), *_of_the_server(level)]


def overloaded(level: Level) -> bool:
    """Whether answers do not keep up with the rate at which requests are due."""
    return level.kind == "rate" and level.throughput.mean < _BEHIND * (level.offered or 0.0)


def _of_the_generator(level: Level) -> list[str]:
    generator, found = level.generator, []
    ended = level.answered + sum(level.failed.values())
    # A few are always due at the moment a window ends.
    if generator.unsent > _LATE * ended:
        found.append(
            f"the generator could not keep up: {generator.unsent} requests that were due were not sent"
        )
    if generator.late > _LATE * ended:
        found.append(
            f"the generator could not keep up: {generator.late} of {ended} requests were sent more than "
            "10 ms late; their latency counts from when they were due"
        )
    if generator.cpu_share > _BUSY:
        found.append(
            f"the generator is the bottleneck: it used {generator.cpu_share:.0%} of the one core it can use"
        )
    return found


def _of_the_server(level: Level) -> list[str]:
    found = []
    if level.steady is False:
        found.append(f"unstable: throughput and {level.watched} latency of the last windows do not agree")
    if level.steady is None and level.kind != "trace":
        found.append("interrupted: whether the level is steady is not known")
    if level.answered < _FEW:
        found.append(f"only {level.answered} answers: high percentiles mean little; measure longer windows")
    if failed := sum(level.failed.values()):
        kinds = ", ".join(f"{what} x {count}" for what, count in level.failed.items())
        found.append(f"{failed} of {failed + level.answered} requests were not answered: {kinds}")
    if overloaded(level):
        found.append(
            f"overloaded: {level.throughput.mean:.3g} of {level.offered:.3g} requests a second were answered"
        )
    if level.compute and level.compute.degraded:
        found.append(f"{level.compute.degraded:.0%} of the answers are degraded (brown-out)")
    return found
