"""What a manifest must say beyond its form: that its parts fit one another."""

from foveate.bundle.check_exits import check_exits
from foveate.bundle.check_graphs import check_networks
from foveate.bundle.manifest import Manifest, Network, Plan, Preprocessing
from foveate.bundle.vocabulary import CropRounding, Form, Order, Resize, Sink, UnitKind, View
from foveate.errors import BundleError


def answers(manifest: Manifest) -> int:
    """Answers of a video that goes through all of its plan: after the glance, and after each step."""
    classifier = manifest.networks.classifier
    after_glance = 1 if Form.GLANCE in classifier.forms else 0
    whole = classifier.forms.get(Form.WHOLE)
    each_step = Form.STEP in classifier.forms or (
        whole is not None and any(o.sink is Sink.LOGITS and len(o.shape) == 2 for o in whole.outputs)
    )
    return after_glance + (manifest.plan.steps if each_step else 1)


def check_manifest(manifest: Manifest) -> None:
    """Check that a manifest's parts fit one another.

    Raises:
        BundleError: they do not; the message names the part.
    """
    _check_preprocessing(manifest.preprocessing)
    _check_plan(manifest)
    _check_order(manifest)
    check_networks(manifest)
    _check_answers(manifest)
    check_exits(manifest)


def _check_preprocessing(preprocessing: Preprocessing) -> None:
    crop, short = preprocessing.crop, preprocessing.short_side
    if preprocessing.resize is not Resize.NONE and crop > short:
        raise BundleError(f"preprocessing.crop of {crop} does not fit a short side of {short}")
    sides = set(preprocessing.views) - {View.CENTRE}
    if sides and preprocessing.crop_rounding is not CropRounding.QUARTERS:
        raise BundleError("preprocessing.views beside the centre need the crop_rounding quarters")
    if not all(preprocessing.std):
        raise BundleError("preprocessing.std has a zero, and is divided by")


def _check_order(manifest: Manifest) -> None:
    """Step k of an interleaved plan takes glance k, so there must be one for each."""
    plan, glance = manifest.plan, manifest.networks.glance
    if plan.order is not Order.INTERLEAVED or glance is None or glance.unit is UnitKind.VIDEO:
        return
    if len(plan.glance) != plan.steps:
        raise BundleError(f"an interleaved plan of {plan.steps} steps has {len(plan.glance)} glance frames")


def _check_plan(manifest: Manifest) -> None:
    plan, networks, pool = manifest.plan, manifest.networks, manifest.sampling.pool
    for name, entries in (("glance", plan.glance), ("candidates", plan.candidates)):
        if any(entry >= pool for entry in entries):
            raise BundleError(f"plan.{name} names an entry beyond the pool of {pool} frames")
    if bool(plan.glance) != (networks.glance is not None):
        raise BundleError("plan.glance names frames exactly where there is a glance network")
    _check_frames(plan, networks.policy)
    _check_rectangles(plan, networks.policy, manifest.preprocessing.crop)
    if (plan.keep_threshold is not None) != _gives(networks.policy, Sink.KEEP):
        raise BundleError("plan.keep_threshold stands exactly where the policy gives keep probabilities")
    if plan.keep_threshold is not None and networks.focus and networks.focus.unit is UnitKind.VIDEO:
        raise BundleError(
            "plan.keep_threshold drops single patches, and the focus network takes all together"
        )


def _check_frames(plan: Plan, policy: Network | None) -> None:
    if (plan.frames is None) != _gives(policy, Sink.FRAMES):
        raise BundleError("the frame of each step comes either from plan.frames or from the policy")
    if plan.frames is None:
        return
    if len(plan.frames) != plan.steps:
        raise BundleError(f"plan.frames has {len(plan.frames)} entries for {plan.steps} steps")
    if any(frame >= len(plan.candidates) for frame in plan.frames):
        raise BundleError(f"plan.frames names one beyond the {len(plan.candidates)} candidates")


def _check_rectangles(plan: Plan, policy: Network | None, crop: int) -> None:
    if (plan.rectangles is None) != _gives(policy, Sink.RECTANGLES):
        raise BundleError("the rectangle of each step comes either from plan.rectangles or from the policy")
    if plan.rectangles is None:
        return
    if len(plan.rectangles) not in (1, plan.steps):
        raise BundleError(f"plan.rectangles has {len(plan.rectangles)} entries for {plan.steps} steps")
    for r in plan.rectangles:
        inside = 0 <= r.y <= r.y + r.height <= crop and 0 <= r.x <= r.x + r.width <= crop
        if not inside or not r.height or not r.width:
            raise BundleError(f"plan.rectangles has one that is empty or outside a frame of {crop} pixels")


def _check_answers(manifest: Manifest) -> None:
    count, cost = answers(manifest), manifest.cost
    if len(cost.nominal) != count:
        raise BundleError(f"cost.nominal has {len(cost.nominal)} entries for {count} answers")
    if list(cost.nominal) != sorted(cost.nominal):
        raise BundleError("cost.nominal falls from one answer to the next")


def _gives(network: Network | None, sink: Sink) -> bool:
    if network is None:
        return False
    given = [any(output.sink is sink for output in graph.outputs) for graph in network.forms.values()]
    if any(given) != all(given):
        raise BundleError(f"one form of the policy gives {sink.value} and another does not")
    return all(given)
