"""``foveate runtimes``: what could run graphs on this machine, and why the rest could not."""

import argparse

NAME = "runtimes"
HELP = "show which runtime this machine would serve with, and why none of the better ones"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--runtime", metavar="NAME", default="auto", help="as of foveate serve (default: auto)"
    )
    parser.add_argument("--device", type=int, metavar="N", default=0, help="number of the GPU (default: 0)")


def run(args: argparse.Namespace) -> int:
    """Try the chain and print it, best first.

    Raises:
        ConfigError: nothing can be had, or not what was asked for.
    """
    from foveate.errors import ConfigError
    from foveate.runtimes.choose import choose
    from foveate.runtimes.wish import RuntimeName, Wish

    try:
        name = RuntimeName(args.runtime)
    except ValueError:
        known = ", ".join(each.value for each in RuntimeName)
        raise ConfigError(f"there is no runtime '{args.runtime}'; there are: {known}") from None
    info = choose(Wish(runtime=name, device=args.device)).info
    for step in info.passed_over:
        print(f"passed over  {step.name}: {step.reason}")
    print(f"chosen       {info.name} on {info.device}: {info.reason}")
    return 0
