"""Stages of our own, for networks that start from nothing or from few videos: what they look for is told."""

from typing import Annotated, Literal

from pydantic import Field

from training.part import Positive, Share, Stage


class GlanceStage(Stage):
    """A small ResNet-50 as a glance network alone, from nothing: the action, a frame at a time.

    Attributes:
        place: weight of a second task, where in the frame the figure is. It stands in for the start from a
            network that knows objects, and needs data that know the place.
        blur: how far around the figure's cell others count as right too, in cells: a standard deviation.
    """

    kind: Literal["glance"]
    place: Annotated[float, Field(ge=0)] = 0.0
    blur: Annotated[float, Field(ge=0)] = 0.0


class FocusStage(Stage):
    """The focus network alone, from nothing: the action, a patch at a time.

    Attributes:
        around: the share of patches that lie around the figure, whose place the data must then know; the
            others are random. It stands in for the start from a network that knows objects.
        jitter: how far the figure may be from the middle of such a patch, in pixels.
    """

    kind: Literal["focus"]
    around: Share = 0.0
    jitter: Annotated[float, Field(ge=0)] = 14.0


class PlacesStage(Stage):
    """The policy alone, taught a place: a start for rewards, or all that so few videos can teach.

    Attributes:
        of: the figure's place, which the data must know; or that of the patch in which most changes over the
            frames of a video, which needs no labels.
        start: the policy as it is; or (``change``), of a recurrent one with a table of places, set so that it
            looks where the glance's maps have changed most so far. With ``epochs = 0`` it stays so.
        width: distance from the figure within which the loss still pulls at first, of the free way.
        last_width: the same in the end.
    """

    kind: Literal["places"]
    of: Literal["figure", "change"] = "figure"
    start: Literal["given", "change"] = "given"
    width: Positive = 0.5
    last_width: Positive = 0.12
