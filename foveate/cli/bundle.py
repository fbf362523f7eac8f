"""``foveate bundle``: look after bundles."""

import argparse
import sys
from pathlib import Path

from foveate.errors import ConfigError

NAME = "bundle"
HELP = "check a bundle's files and graphs"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify", help="check hashes, graphs and a run of each; exit code 1 where something is wrong"
    )
    verify.add_argument("folder", type=Path, metavar="DIR", help="folder of the bundle")


def run(args: argparse.Namespace) -> int:
    """Verify a bundle, a line a check.

    Raises:
        BundleError: the bundle cannot even be read.
        ConfigError: nothing that runs graphs is installed.
    """
    from foveate.bundle.load import load_bundle

    try:
        from foveate.bundle.verify import verify
    except ImportError as error:
        raise ConfigError(f"verifying runs the graphs and needs the extra 'cpu' or 'gpu': {error}") from error
    bundle = load_bundle(args.folder)
    checks = failed = 0
    for finding in verify(bundle):
        checks += 1
        failed += finding.problem is not None
        line = (
            f"ok    {finding.what}" if finding.problem is None else f"WRONG {finding.what}: {finding.problem}"
        )
        print(line, file=sys.stdout if finding.problem is None else sys.stderr)
    manifest = bundle.manifest
    verdict = "all well" if not failed else f"{failed} wrong"
    print(f"{manifest.name} {manifest.version}: {checks} checks, {verdict}")
    return 1 if failed else 0
