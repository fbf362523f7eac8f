"""``foveate runtimes``: what could run graphs on this machine, and why the rest could not."""

import argparse

from foveate.cli.arguments import add_engine_cache

NAME = "runtimes"
HELP = (
    "try the runtimes on a small graph: which one this machine serves with, and why none of the better ones"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--runtime", metavar="NAME", default="auto", help="as of foveate serve (default: auto)"
    )
    parser.add_argument("--device", type=int, metavar="N", default=0, help="number of the GPU (default: 0)")
    add_engine_cache(parser, ": a small one is built as TensorRT is tried")


def run(args: argparse.Namespace) -> int:
    """Try the chain on a small graph and print it, best first.

    Raises:
        ConfigError: nothing can be had, or not what was asked for.
    """
    from foveate.errors import ConfigError
    from foveate.runtimes.choose import choose
    from foveate.runtimes.wish import RuntimeName, Wish, default_engine_cache

    try:
        name = RuntimeName(args.runtime)
    except ValueError:
        known = ", ".join(each.value for each in RuntimeName)
        raise ConfigError(f"there is no runtime '{args.runtime}'; there are: {known}") from None
    cache = args.engine_cache or default_engine_cache()
    info = choose(Wish(runtime=name, device=args.device, engine_cache=cache)).info
    for step in info.passed_over:
        print(f"passed over  {step.name}: {step.reason}")
    print(f"chosen       {info.name} on {info.device}: {info.reason}")
    return 0
