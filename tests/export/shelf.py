"""Bundles of the small networks, each exported once however many tests look at it."""

from pathlib import Path

from filelock import FileLock

from export import uni_adafocus_x3d
from export.draft import Draft, export_draft
from export.request import ExportRequest
from foveate.bundle.vocabulary import View
from tests.export.drafts import small_drafts
from tests.models import small_uni

THREE_VIEWS = "uni x3d three views"


class Shelf:
    """Exports on demand, in float32; several test processes may share the folder.

    Args:
        folder: where the bundles lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        views = (View.LEFT, View.RIGHT, View.CENTRE)
        three = uni_adafocus_x3d.draft(small_uni.uni_adafocus_x3d(), None, views)
        self._drafts = small_drafts() | {THREE_VIEWS: three}

    @property
    def names(self) -> tuple[str, ...]:
        """Of every bundle that can be had."""
        return tuple(self._drafts)

    def draft(self, name: str) -> Draft:
        """What a bundle was made of."""
        return self._drafts[name]

    def bundle(self, name: str) -> Path:
        """The folder of a bundle; its own name is the same with hyphens."""
        draft, called = self._drafts[name], name.replace(" ", "-")
        labels = tuple(f"class {number}" for number in range(draft.classes))
        with FileLock(self._folder / f"{called}.lock"):
            target = self._folder / called
            if not target.is_dir():
                export_draft(draft, ExportRequest(Path(), labels, target, name=called), lambda _: None)
        return target
