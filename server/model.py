"""A bundle that is served."""

from dataclasses import dataclass
from pathlib import Path

from foveate.bundle.hashes import require_unaltered, sha256
from foveate.bundle.load import MANIFEST, Bundle, load_bundle
from foveate.engine.plan import BundlePlan

_MARK = "#"
"""Stands in no name of a bundle."""


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle that is served.

    Attributes:
        bundle: as loaded.
        plan: its shape.
        sha256: of its manifest, which holds the hashes of everything else.
        generation: tells it from those that were served under its name before.
    """

    bundle: Bundle
    plan: BundlePlan
    sha256: str
    generation: int = 0

    @property
    def name(self) -> str:
        """Its name, unique among what is served."""
        return self.bundle.manifest.name

    @property
    def key(self) -> str:
        """What the engine has it under: one that is exchanged answers what it has beside its successor."""
        return f"{self.name}{_MARK}{self.generation}"

    @property
    def pages(self) -> int:
        """Pages a video may need: each pool entry in each view."""
        return self.bundle.manifest.sampling.pool * self.plan.views

    @property
    def page_bytes(self) -> int:
        """Bytes of a page: a square of 8-bit RGB."""
        return self.bundle.manifest.preprocessing.crop**2 * 3


def name_of(key: str) -> str:
    """The name of the model that the engine has under a key."""
    return key.partition(_MARK)[0]


def load_model(folder: Path, generation: int = 0) -> Model:
    """Read a bundle and check its hashes.

    Args:
        folder: where it lies; a link is followed once, so that all is read from where it leads now.
        generation: see ``Model``.

    Raises:
        BundleError: it is missing, incomplete or altered.
    """
    place = folder.resolve()
    # A folder that is not there is named as it was given.
    bundle = load_bundle(place if place.is_dir() else folder)
    require_unaltered(bundle)
    return Model(bundle, BundlePlan.of(bundle.manifest), sha256(bundle.folder / MANIFEST), generation)


def folders_of(given: Path) -> list[Path]:
    """The bundles that a folder stands for: itself, or those in it, in the order of their names."""
    if (given / MANIFEST).exists() or not given.is_dir():
        return [given]
    inside = sorted(path.parent for path in given.glob(f"*/{MANIFEST}"))
    return inside or [given]
