"""Several evaluations, one after the other, on one list."""

from collections.abc import Sequence
from dataclasses import replace

from foveate.bundle.load import load_bundle
from foveate.errors import ConfigError
from foveate.evaluation.evaluate import Prepared, Request, prepare
from foveate.evaluation.keep_shares import drops_patches


def prepare_all(requests: Sequence[Request]) -> list[Prepared]:
    """Prepare every evaluation before the first one runs.

    Where shares of the patches are asked for and some bundles drop none, they are asked of the others.

    Raises:
        ConfigError: the bundles are of different numbers of classes, or shares fit none of them, or keep
            probabilities fit several; or see ``prepare``.
        BundleError, InputError: see ``prepare``.
    """
    if len(requests) > 1 and any(request.keep_shares for request in requests):
        requests = _with_fitting_shares(requests)
    prepared = [prepare(request) for request in requests]
    for one in prepared[1:]:
        first, other = prepared[0].bundle.manifest, one.bundle.manifest
        if first.classes != other.classes:
            raise ConfigError(
                f"{first.name} has {first.classes} classes and {other.name} has {other.classes}: "
                "the labels of one list cannot mean the same to both"
            )
    return prepared


def _with_fitting_shares(requests: Sequence[Request]) -> list[Request]:
    drops = [drops_patches(load_bundle(request.bundle)) for request in requests]
    if not any(drops):
        raise ConfigError("none of the bundles drops patches: there are no shares of them to keep")
    if sum(drops) > 1 and any(request.keep_probabilities for request in requests):
        raise ConfigError(
            f"keep probabilities are those of one bundle, and {sum(drops)} of these drop patches"
        )
    return [
        request if fits else replace(request, keep_shares=(), keep_probabilities=None, every_answer=True)
        for request, fits in zip(requests, drops, strict=True)
    ]
