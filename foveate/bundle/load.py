"""Reading a bundle from its folder, without running anything in it."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from foveate.bundle.check import check_manifest
from foveate.bundle.manifest import Manifest
from foveate.errors import BundleError

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose manifest has been read and found sound.

    Attributes:
        folder: where it lies.
        manifest: its manifest.
        labels: name of each class.
    """

    folder: Path
    manifest: Manifest
    labels: tuple[str, ...]


def load_bundle(folder: Path) -> Bundle:
    """Read a bundle: its manifest and labels, and that its files are there. Hashes are not computed.

    Raises:
        BundleError: it is missing, incomplete, of another form, or contradicts itself.
    """
    if not folder.is_dir():
        raise BundleError(f"there is no bundle at {folder}: it is not a folder")
    manifest = read_manifest(folder / MANIFEST)
    try:
        check_manifest(manifest)
        _check_files(folder, manifest)
        labels = read_labels(folder / manifest.labels)
    except BundleError as error:
        raise BundleError(f"the bundle at {folder} cannot be used: {error}") from error
    if len(labels) != manifest.classes:
        raise BundleError(
            f"the bundle at {folder} cannot be used: {manifest.labels} names {len(labels)} classes, "
            f"and the manifest has {manifest.classes}"
        )
    return Bundle(folder, manifest, labels)


def default_bundle() -> Path:
    """Folder of the bundle that is served where none is named; MODEL_CARD.md beside it says what it is."""
    return Path(__file__).parent / "default"


def untrained_bundle() -> Path:
    """Folder of another bundle that comes with the package: made-up weights, which anyone can make again."""
    return Path(__file__).parent / "untrained"


def read_manifest(path: Path) -> Manifest:
    """Read and validate ``manifest.json``.

    Raises:
        BundleError: it is missing, no JSON, or not of this form; the message says where.
    """
    text = _text(path)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise BundleError(
            f"{path} is no JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:
        # Nested without end, or a number of thousands of digits.
        raise BundleError(f"{path} is not a manifest, but JSON that cannot be read: {error}") from error
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        raise BundleError(f"{path} is not a manifest of this version: {_first_problem(error)}") from error


def read_labels(path: Path) -> tuple[str, ...]:
    """Read one label a line.

    Raises:
        BundleError: the file is missing, not UTF-8, or has an empty line between labels.
    """
    lines = tuple(line.strip() for line in _text(path).rstrip().splitlines())
    if not all(lines):
        raise BundleError(f"{path} has an empty line at {lines.index('') + 1}")
    return lines


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise BundleError(f"{path} is missing") from error
    except UnicodeDecodeError as error:
        raise BundleError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from error


def _check_files(folder: Path, manifest: Manifest) -> None:
    networks = manifest.networks
    present = [n for n in (networks.glance, networks.policy, networks.focus, networks.classifier) if n]
    used = {graph.file for network in present for graph in network.forms.values()} | {manifest.labels}
    unlisted = sorted(used - manifest.files.keys())
    if unlisted:
        raise BundleError(f"files does not list {', '.join(unlisted)}")
    missing = sorted(name for name in manifest.files if not (folder / name).is_file())
    if missing:
        raise BundleError(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    place = ".".join(str(part) for part in problems[0]["loc"]) or "top level"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{place}: {problems[0]['msg']}{more}"
