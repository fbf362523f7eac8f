"""Writing a bundle anew with its exits."""

import hashlib
import shutil
from pathlib import Path

from foveate.bundle.check import check_manifest
from foveate.bundle.hashes import require_unaltered
from foveate.bundle.load import Bundle, default_bundle, untrained_bundle
from foveate.bundle.manifest import Exits, Manifest
from foveate.bundle.writer import check_target, put_manifest, staged
from foveate.errors import ConfigError

_MARK = "-exits."
_LONGEST_VERSION = 64


def with_exits(manifest: Manifest, exits: Exits) -> Manifest:
    """A manifest with exits, under a version that tells them from none and from others.

    Raises:
        BundleError: the exits do not fit the bundle.
    """
    mark = _MARK + hashlib.sha256(exits.model_dump_json().encode()).hexdigest()[:8]
    version = manifest.version.partition(_MARK)[0][: _LONGEST_VERSION - len(mark)] + mark
    complete = Manifest.model_validate(
        manifest.model_dump() | {"exits": exits.model_dump(), "version": version}
    )
    check_manifest(complete)
    return complete


def check_place(bundle: Bundle, out: Path | None, force: bool) -> None:
    """Refuse a place that a bundle may not be written to; worth asking before the work is done.

    Raises:
        ConfigError: it is a bundle that comes with the package, or a link that leads nowhere.
        ExportError: something else is there.
    """
    try:
        place = (out or bundle.folder).resolve()
    except RuntimeError as error:  # links that lead round
        raise ConfigError(f"{out or bundle.folder} leads nowhere: {error}") from error
    if place in (default_bundle().resolve(), untrained_bundle().resolve()):
        raise ConfigError("an embedded bundle is left as it is; --out DIR writes a calibrated copy")
    if out is not None and place != bundle.folder.resolve():
        check_target(out, force)


def write_exits(bundle: Bundle, exits: Exits, out: Path | None, force: bool) -> Path:
    """Write a bundle with its exits: into its own folder, where the manifest alone changes, or a copy.

    Either is there whole or as it was before; a server that runs the bundle goes on as it began.

    Returns:
        The folder.

    Raises:
        BundleError: the bundle was altered, or the exits do not fit it.
        ConfigError, ExportError: the place may not or cannot be written to.
    """
    check_place(bundle, out, force)
    require_unaltered(bundle)
    manifest = with_exits(bundle.manifest, exits)
    if out is None or out.resolve() == bundle.folder.resolve():
        put_manifest(bundle.folder, manifest)
        return bundle.folder
    with staged(out, force) as folder:
        for name in manifest.files:
            shutil.copyfile(bundle.folder / name, folder / name)
        put_manifest(folder, manifest)
    return out
