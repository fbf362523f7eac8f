"""From a system's networks to its bundle: what every exporter does alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from export.calibration_frames import calibration_frames
from export.compare import Forward, bundle_parity
from export.cost import units
from export.count_module import module_multiply_adds
from export.graphs import GraphSpec, write_graphs
from export.int8 import quantise_bundle
from export.onnx_graph import BF16_OPSET, OPSET
from export.plan_parity import lost_choices
from export.precision import Precision
from export.request import ExportRequest, Progress
from export.rounding import RoundingRuntime
from foveate import __version__
from foveate.bundle.check import check_manifest
from foveate.bundle.manifest import (
    Cost,
    Graph,
    Manifest,
    Network,
    Networks,
    Parity,
    Pixels,
    Plan,
    Preprocessing,
    Provenance,
    Sampling,
)
from foveate.bundle.vocabulary import Form, PixelOperation, UnitKind
from foveate.bundle.writer import LABELS, staged, write_labels, write_manifest
from foveate.errors import ConfigError
from foveate.parity.frames import smooth_frames

Nominal = Callable[[Plan, Networks], tuple[int, ...]]
Graphs = dict[str, dict[Form, Graph]]
_VIDEOS = 2
_NOTHING_YET = Parity(reference="", videos=1, checks=(), patches_compared=0, patches_identical=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything about a bundle that is known before its graphs are written.

    Attributes:
        system: the system's name.
        name: of the bundle, where the request has none.
        description: a line about it, where the request has none.
        classes: number of classes.
        checkpoint_sha256: of the checkpoint; None for weights that come from none.
        options: what the request chose, for the bundle's provenance.
        sampling: which frames make up the pool.
        preprocessing: what is done to them.
        plan: what does not depend on a video's content.
        unit: what each network takes at once; single frames where a network is not named.
        pixels: what the glance and the focus network see of a rectangle.
        specs: every graph.
        nominal: the costs of stopping at each answer, for one view.
        forward: the network's own forward pass on pool frames.
        published: the published multiply-adds of one view of a video, where everything is as published.
    """

    system: str
    name: str
    description: str
    classes: int
    checkpoint_sha256: str | None
    options: Mapping[str, str | int | float | bool | None]
    sampling: Sampling
    preprocessing: Preprocessing
    plan: Plan
    pixels: Mapping[str, Pixels]
    specs: tuple[GraphSpec, ...]
    nominal: Nominal
    forward: Forward
    published: float | None = None
    unit: Mapping[str, UnitKind] = field(default_factory=dict)


def square(operation: PixelOperation, side: int) -> Pixels:
    """What a network sees: a square of ``side`` pixels."""
    return Pixels(operation=operation, height=side, width=side)


def glance_pixels(side: int, crop: int) -> Pixels:
    """What a glance network sees of frames that may be larger: all of them, made smaller."""
    return square(PixelOperation.CUT if side == crop else PixelOperation.BILINEAR_ALIGNED, side)


def export_draft(draft: Draft, request: ExportRequest, progress: Progress) -> Path:
    """Write, count and compare a draft's graphs, and the bundle around them.

    Returns:
        Folder of the bundle.

    Raises:
        ConfigError: there are not as many labels as classes.
        ExportError: a graph cannot be exported or disagrees with its network.
    """
    if len(request.labels) != draft.classes:
        raise ConfigError(
            f"there are {len(request.labels)} labels, and the checkpoint has {draft.classes} classes"
        )
    with staged(request.out, request.force) as folder:
        precision: Precision = "fp32" if request.precision == "int8" else request.precision
        graphs = write_graphs(draft.specs, folder, precision, progress)
        if precision != "fp32":
            draft, graphs = _keep_plan(draft, request, graphs, folder, progress)
        write_labels(folder, request.labels)
        manifest = manifest_of_graphs(draft, request, graphs)
        check_manifest(manifest)
        progress("comparing the graphs with the network")
        parity = bundle_parity(manifest, folder, draft.specs, draft.forward, precision)
        manifest = manifest.model_copy(update={"parity": parity})
        if request.precision == "int8":
            frames = calibration_frames(request.calibration, draft.sampling.pool, draft.preprocessing.crop)
            report = quantise_bundle(manifest, folder, draft.specs, frames, progress)
            manifest = manifest.model_copy(update={"quantisation": report})
        write_manifest(folder, manifest)
    cost = manifest.cost.nominal[-1]
    progress(f"wrote {request.out}: {cost / 1e9:.2f} G multiply-adds a video")
    return request.out


def _keep_plan(
    draft: Draft, request: ExportRequest, graphs: Graphs, folder: Path, progress: Progress
) -> tuple[Draft, Graphs]:
    """The draft and its graphs, the glance in float32 again where the plan would be another without."""
    manifest = manifest_of_graphs(draft, request, graphs)
    frames = smooth_frames(_VIDEOS, draft.sampling.pool, draft.preprocessing.crop)
    lost = lost_choices(manifest, folder, draft.specs, frames, RoundingRuntime(half=True))
    if not lost:
        return draft, graphs
    progress(f"{lost} choices that were no near ties would change: the glance stays in float32")
    exact = tuple(replace(spec, exact=True) if spec.network == "glance" else spec for spec in draft.specs)
    glance = [spec for spec in exact if spec.network == "glance"]
    graphs = graphs | write_graphs(glance, folder, "fp32", progress)
    options = {**draft.options, "glance_precision": "fp32"}
    return replace(draft, specs=exact, options=options), graphs


def manifest_of_graphs(draft: Draft, request: ExportRequest, graphs: Graphs) -> Manifest:
    """The manifest of a draft whose graphs are counted; nothing has been compared yet."""
    networks = Networks.model_validate(
        {
            name: Network(
                unit=draft.unit.get(name, UnitKind.FRAME), pixels=draft.pixels.get(name), forms=forms
            )
            for name, forms in graphs.items()
        }
    )
    views = len(draft.preprocessing.views)
    opset = BF16_OPSET if request.precision == "bf16" else OPSET
    return Manifest(
        name=request.name or draft.name,
        version=request.version,
        description=request.description or draft.description,
        notice=request.notice,
        labels=LABELS,
        classes=draft.classes,
        precision=request.precision,
        sampling=draft.sampling,
        preprocessing=draft.preprocessing,
        plan=draft.plan,
        networks=networks,
        cost=Cost(
            nominal=tuple(views * cost for cost in draft.nominal(draft.plan, networks)),
            dense=views * dense_cost(draft, networks),
            published=views * draft.published if draft.published is not None else None,
        ),
        provenance=Provenance(
            system=draft.system,
            checkpoint_sha256=draft.checkpoint_sha256,
            exporter=f"foveate {__version__}, torch {torch.__version__}, opset {opset}",
            options=dict(draft.options),
        ),
        parity=_NOTHING_YET,
        files={},
    )


def dense_cost(draft: Draft, networks: Networks) -> int:
    """Multiply-adds of the focus network on every step's whole frame."""
    spec = next(spec for spec in draft.specs if spec.network == "focus")
    (pixels,) = spec.inputs
    crop = draft.preprocessing.crop
    whole = module_multiply_adds(spec, {pixels.name: (*pixels.shape[:-2], crop, crop)})
    return units(networks.focus, draft.plan.steps) * whole
