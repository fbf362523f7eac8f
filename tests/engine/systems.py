"""Manifests of the family written by hand, with small networks: what the engine must be able to run.

Frames are 32 pixels wide and features a few numbers long, so that a whole video takes milliseconds; counts of
frames, steps and answers are the published ones.
"""

from collections.abc import Callable

from foveate.bundle.manifest import Manifest
from tests.engine.parts import (
    CLASSES,
    CROP,
    choosing_policy,
    exits,
    focus_network,
    glance_network,
    graph,
    interleaved,
    manifest,
    out,
    port,
    step_classifier,
    step_of_two_maxima,
    step_policy,
    sum_classifier,
    video_focus,
    video_glance,
    whole_classifier,
    whole_policy,
)


def recurrent(name: str = "recurrent", steps: int = 16) -> Manifest:
    """AdaFocus: causal GRUs over the frames, both in two forms, integer patches."""
    frames = list(range(steps))
    return manifest(
        name,
        sampling={"rule": "centres-repeat-last", "counts": [steps]},
        plan=interleaved(frames),
        networks={
            "glance": glance_network(f"{name}-glance", "cut"),
            "policy": {"unit": "frame", "forms": {"whole": whole_policy(steps), "step": step_policy()}},
            "focus": focus_network(f"{name}-focus", "cut"),
            "classifier": {
                "unit": "frame",
                "forms": {
                    "whole": whole_classifier(steps, [steps, CLASSES], 20 * steps),
                    "step": step_classifier("classifier_step.onnx", 20),
                },
            },
        },
        cost={"nominal": [1130 * (k + 1) for k in range(steps)], "dense": 4000 * steps},
    )


def v2_exits(steps: int = 16) -> Manifest:
    """AdaFocusV2 with exits: bisection order, fractional patches, running maximum, a layer a step."""
    step = step_classifier("classifier_step.onnx", 20)
    step["inputs"].append(port("step", "step", []))
    nominal = [1130 * (k + 1) for k in range(steps)]
    return manifest(
        "v2-exits",
        sampling={"rule": "centres-repeat-last", "counts": [16]},
        plan=interleaved([7, 0, 15, 3, 11, 1, 5, 9, 13, 2, 4, 6, 8, 10, 12, 14][:steps]),
        networks={
            "glance": glance_network("glance", "bilinear-aligned", side=12),
            "policy": {"unit": "frame", "forms": {"step": step_policy()}},
            "focus": focus_network("focus", "bilinear"),
            "classifier": {"unit": "frame", "forms": {"step": step}},
        },
        exits=exits(nominal),
        cost={"nominal": nominal, "dense": 4000 * steps},
    )


def uni_tsm() -> Manifest:
    """Uni-AdaFocus-TSM: two lists, K of 24 frames by importance, one rectangle a video, an exit before it."""
    return video_level("uni-tsm", glance=8, candidates=24, steps=12, views=["centre"], glance_side=CROP)


def uni_x3d() -> Manifest:
    """Uni-AdaFocus-X3D with three views: two lists, 32 of 96 frames, the glance resized."""
    return video_level(
        "uni-x3d", glance=16, candidates=96, steps=32, views=["left", "right", "centre"], glance_side=20
    )


def video_level(
    name: str, glance: int, candidates: int, steps: int, views: list[str], glance_side: int
) -> Manifest:
    count = len(views)
    nominal = [count * (300 * glance + 1), count * (300 * glance + 50 + 800 * steps + 2)]
    return manifest(
        name,
        preprocessing={"views": views, "crop_rounding": "quarters" if count > 1 else "half-even"},
        sampling={"rule": "segment-middles", "counts": [glance, candidates]},
        plan={
            "order": "glance-first",
            "glance": list(range(glance)),
            "candidates": list(range(glance, glance + candidates)),
            "steps": steps,
        },
        networks={
            "glance": video_glance(glance, glance_side),
            "policy": choosing_policy(glance, steps, [4]),
            "focus": video_focus(steps),
            "classifier": sum_classifier(),
        },
        exits=exits(nominal),
        cost={"nominal": nominal, "dense": count * 4000 * steps},
    )


def dense(steps: int = 8) -> Manifest:
    """A dense baseline: every frame whole, no glance and no policy, the mean of the logits."""
    frames = list(range(steps))
    whole = {"y": 0.0, "x": 0.0, "height": float(CROP), "width": float(CROP)}
    return manifest(
        "dense",
        sampling={"rule": "centres-repeat-last", "counts": [steps]},
        plan={
            "order": "glance-first",
            "glance": [],
            "candidates": frames,
            "steps": steps,
            "frames": frames,
            "rectangles": [whole],
        },
        networks={
            "focus": focus_network("focus", "cut", side=CROP, cost=4000),
            "classifier": {
                "unit": "video",
                "forms": {
                    "whole": graph(
                        "classifier.onnx",
                        [port("l", "focus", [steps, 4], "vector", "all")],
                        [out("logits", "logits", [CLASSES])],
                        5,
                    )
                },
            },
        },
        cost={"nominal": [4000 * steps + 5], "dense": 4000 * steps},
    )


def skipping(steps: int = 16) -> Manifest:
    """AdaFocus+: the policy also gives a keep probability; dropped patches are zeros to the classifier."""
    data = recurrent("skipping", steps).model_dump(mode="json")
    forms = data["networks"]["policy"]["forms"]
    forms["whole"]["outputs"].append(out("keep", "keep", [steps]))
    forms["step"]["outputs"].append(out("keep", "keep", [1]))
    data["plan"]["keep_threshold"] = 0.5
    return Manifest.model_validate(data)


def glance_then_steps(glance: int = 4, candidates: int = 12, steps: int = 6) -> Manifest:
    """Uni-AdaFocus 2D: an answer after the glance whose state the steps take up, a rectangle a step."""
    early = graph(
        "classifier_glance.onnx",
        [port("g", "glance", [glance, 4], "vector", "all")],
        [out("logits", "logits", [CLASSES]), out("e", "state", [4], "glance-max")],
        5,
    )
    nominal = [300 * glance + 5] + [300 * glance + 55 + 820 * (k + 1) for k in range(steps)]
    return manifest(
        "glance-then-steps",
        sampling={"rule": "segment-middles", "counts": [candidates]},
        plan={
            "order": "glance-first",
            "glance": [1 + i * candidates // glance for i in range(glance)],
            "candidates": list(range(candidates)),
            "steps": steps,
        },
        networks={
            "glance": glance_network("glance", "cut"),
            "policy": choosing_policy(glance, steps, [steps, 4]),
            "focus": focus_network("focus", "bilinear"),
            "classifier": {
                "unit": "frame",
                "forms": {
                    "glance": early,
                    "step": step_of_two_maxima(),
                    "whole": whole_classifier(steps, [CLASSES], 20, glance),
                },
            },
        },
        exits=exits(nominal),
        cost={"nominal": nominal, "dense": 4000 * steps},
    )


ALL: dict[str, Callable[[], Manifest]] = {
    "recurrent": recurrent,
    "v2-exits": v2_exits,
    "uni-tsm": uni_tsm,
    "uni-x3d": uni_x3d,
    "dense": dense,
    "skipping": skipping,
    "glance-then-steps": glance_then_steps,
}
