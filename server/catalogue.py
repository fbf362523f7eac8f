"""The bundles that are served, by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foveate.bundle.hashes import require_unaltered, sha256
from foveate.bundle.load import MANIFEST, Bundle, load_bundle
from foveate.engine.plan import BundlePlan
from foveate.errors import ConfigError
from server.errors import Problems, Refusal


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle that is served.

    Attributes:
        bundle: as loaded.
        plan: its shape.
        sha256: of its manifest, which holds the hashes of everything else.
    """

    bundle: Bundle
    plan: BundlePlan
    sha256: str

    @property
    def name(self) -> str:
        """Its name, unique in a server."""
        return self.bundle.manifest.name

    @property
    def pages(self) -> int:
        """Pages a video may need: each pool entry in each view."""
        return self.bundle.manifest.sampling.pool * self.plan.views

    @property
    def page_bytes(self) -> int:
        """Bytes of a page: a square of 8-bit RGB."""
        return self.bundle.manifest.preprocessing.crop**2 * 3


class Catalogue:
    """All models of a server; the first is the default."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = {model.name: model for model in models}
        if len(self._models) < len(models):
            twice = next(m.name for m in models if sum(o.name == m.name for o in models) > 1)
            raise ConfigError(f"two bundles are named {twice}")
        self.default = models[0]

    @classmethod
    def load(cls, folders: Sequence[Path]) -> "Catalogue":
        """Read bundles and check their hashes.

        Raises:
            BundleError: one is missing, incomplete or altered.
            ConfigError: two have one name.
        """
        return cls([_load(folder) for folder in folders])

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    @property
    def pages(self) -> int:
        """Pages that a video may need of the model that takes most."""
        return max(model.pages for model in self)

    @property
    def page_bytes(self) -> int:
        """Bytes of a page that holds a frame of any model."""
        return max(model.page_bytes for model in self)

    def find(self, name: str | None) -> Model:
        """A model by name, or the default.

        Raises:
            Refusal: there is none of that name.
        """
        if name is None:
            return self.default
        if name not in self._models:
            there = ", ".join(self._models)
            raise Refusal(Problems.UNKNOWN_MODEL, f"There is no model {name!r}; there are: {there}.")
        return self._models[name]


def _load(folder: Path) -> Model:
    bundle = load_bundle(folder)
    require_unaltered(bundle)
    return Model(bundle, BundlePlan.of(bundle.manifest), sha256(folder / MANIFEST))
