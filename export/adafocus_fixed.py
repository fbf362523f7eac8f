"""AdaFocus without its policy: the same networks at places that no video has a say in.

What the papers compare their policies with.
"""

from dataclasses import replace

import torch
from torch import Tensor

from export.compare import Wanted
from export.draft import Draft
from foveate.bundle.manifest import Rectangle
from foveate.errors import ConfigError
from models.adafocus import AdaFocus, cut
from models.fixed_places import Rectangles, centre_places, gaussian_places, grid_places, random_places

SEED = 0
"""Of the places that are drawn: the same for every video, and for every bundle of as many steps."""
PLACES = ("centre", "gaussian", "grid", "random")


def check_places(places: str | None) -> None:
    """Refuse a kind of places that there is none of.

    Raises:
        ConfigError: listing those that there are.
    """
    if places is not None and places not in PLACES:
        raise ConfigError(f"there are no places called {places}; there are: {', '.join(PLACES)}")


def fixed_places(places: str, steps: int, crop: int, patch: int) -> Rectangles:
    """Rectangles (steps, 4) of a kind of ``PLACES``: top, left, height, width."""
    if places == "random":
        return random_places(steps, crop, patch, SEED)
    if places == "gaussian":
        return gaussian_places(steps, crop, patch, SEED)
    return grid_places(steps, crop, patch) if places == "grid" else centre_places(steps, crop, patch)


def at_fixed_places(draft: Draft, model: AdaFocus, places: str) -> Draft:
    """A bundle of the same network that looks at fixed places.

    Args:
        draft: the bundle with its policy.
        model: its network.
        places: a kind of ``PLACES``.
    """
    found = fixed_places(places, draft.plan.steps, draft.preprocessing.crop, model.patch)
    rectangles = tuple(
        Rectangle(y=y, x=x, height=height, width=width) for y, x, height, width in found.tolist()
    )
    options = {name: value for name, value in draft.options.items() if name != "candidates"}
    corners = torch.from_numpy(found[:, :2])
    return replace(
        draft,
        name=f"{draft.name}-{places}",
        description=(
            f"AdaFocus without its policy: {draft.plan.steps} frames, one patch of {model.patch} x "
            f"{model.patch} a frame at fixed places ({places}), {draft.classes} classes"
        ),
        options={**options, "places": places},
        plan=draft.plan.model_copy(update={"rectangles": rectangles}),
        specs=tuple(spec for spec in draft.specs if spec.network != "policy"),
        forward=lambda pixels: _forward(model, corners, pixels),
        published=None,
    )


def _forward(model: AdaFocus, corners: Tensor, pixels: Tensor) -> Wanted:
    videos, steps = pixels.shape[:2]
    flat = pixels.flatten(0, 1)
    glance = model.glance(model.glance_pixels(flat)).mean((2, 3)).reshape(videos, steps, -1)
    local = model.focus(cut(flat, corners.repeat(videos, 1), model.patch)).reshape(videos, steps, -1)
    answers: Tensor = model.classifier(torch.cat([glance, local], 2))
    sides = torch.full_like(corners, model.patch)
    whole = torch.cat([corners, sides], 1).float()
    return Wanted(answers, whole.expand(videos, -1, -1))
