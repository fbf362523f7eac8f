"""The bundles that are served, by name."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foveate.errors import ConfigError, UnavailableError
from server.errors import Problems, Refusal
from server.model import Model, folders_of, load_model


class Catalogue:
    """All models of a server; the first is the default. Once it serves it belongs to one event loop.

    Args:
        models: of different names, at least one.

    Raises:
        ConfigError: two have one name.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = by_name(models)
        self._leases: Counter[str] = Counter()
        self._gone: set[str] = set()
        self.default = models[0]

    @classmethod
    def load(cls, folders: Sequence[Path]) -> "Catalogue":
        """Read bundles and check their hashes.

        Args:
            folders: of a bundle each, or of folders of bundles.

        Raises:
            BundleError: one is missing, incomplete or altered.
            ConfigError: two have one name.
        """
        return cls([load_model(folder) for given in folders for folder in folders_of(given)])

    def __iter__(self) -> Iterator[Model]:
        return iter(tuple(self._models.values()))

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

    def exchange(self, models: Sequence[Model]) -> list[Model]:
        """Serve these from now on; gives those that are served no more, which may still be leased.

        Args:
            models: of different names, at least one.

        Raises:
            ConfigError: two have one name.
        """
        fresh = by_name(models)
        keys = {model.key for model in models}
        old = [model for model in self if model.key not in keys]
        self._models, self.default = fresh, models[0]
        return old

    @contextmanager
    def lease(self, model: Model) -> Iterator[None]:
        """Keep a model until this ends, though another may take its place meanwhile.

        Raises:
            UnavailableError: it was let go of since it was found.
        """
        if model.key in self._gone:
            raise UnavailableError("The model was exchanged meanwhile; send the request again.")
        self._leases[model.key] += 1
        try:
            yield
        finally:
            self._leases[model.key] -= 1

    def let_go(self, model: Model) -> bool:
        """Lease a model to nobody any more; False where somebody has it."""
        if self._leases[model.key]:
            return False
        del self._leases[model.key]
        self._gone.add(model.key)
        return True


def by_name(models: Sequence[Model]) -> dict[str, Model]:
    """Models by their names.

    Raises:
        ConfigError: two have one name.
    """
    found = {model.name: model for model in models}
    if len(found) < len(models):
        twice = next(m.name for m in models if sum(o.name == m.name for o in models) > 1)
        raise ConfigError(f"two bundles are named {twice}")
    return found
