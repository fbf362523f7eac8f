"""Manifests of the family written by hand, with small networks: what the engine must be able to run.

Frames are 32 pixels wide and features a few numbers long, so that a whole video takes milliseconds; counts of
frames, steps and answers are the published ones.
"""

from typing import Any

from foveate.bundle.manifest import Manifest

CROP, PATCH, CLASSES = 32, 16, 5


def port(
    name: str, source: str, shape: list[int], of: str | None = None, span: str = "one"
) -> dict[str, Any]:
    dtype = "int64" if source == "step" else "float32"
    return {"name": name, "source": source, "of": of, "span": span, "shape": shape, "dtype": dtype}


def out(name: str, sink: str, shape: list[int], of: str | None = None) -> dict[str, Any]:
    dtype = "int64" if sink == "frames" else "float32"
    return {"name": name, "sink": sink, "of": of, "shape": shape, "dtype": dtype}


def graph(file: str, inputs: list[Any], outputs: list[Any], cost: int) -> dict[str, Any]:
    return {"file": file, "inputs": inputs, "outputs": outputs, "multiply_adds": cost}


def pixels(operation: str, side: int) -> dict[str, Any]:
    return {"operation": operation, "height": side, "width": side}


def manifest(name: str, **parts: Any) -> Manifest:
    preprocessing = {
        "resize": "pillow-bilinear",
        "short_side": 36,
        "crop": CROP,
        "crop_rounding": "half-even",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    } | parts.pop("preprocessing", {})
    return Manifest.model_validate(
        {
            "name": name,
            "version": "1",
            "description": "fake networks",
            "labels": "labels.txt",
            "classes": CLASSES,
            "precision": "fp32",
            "preprocessing": preprocessing,
            "provenance": {"system": name, "checkpoint_sha256": None, "exporter": "by hand"},
            "parity": {
                "reference": "none",
                "videos": 1,
                "checks": [],
                "patches_compared": 0,
                "patches_identical": True,
            },
            "files": {},
            **parts,
        }
    )


def recurrent(name: str = "recurrent", steps: int = 16) -> Manifest:
    """AdaFocus: causal GRUs over the frames, both in two forms, integer patches."""
    frames = list(range(steps))
    return manifest(
        name,
        sampling={"rule": "centres-repeat-last", "counts": [steps]},
        plan={
            "order": "interleaved",
            "glance": frames,
            "candidates": frames,
            "steps": steps,
            "frames": frames,
        },
        networks={
            "glance": glance_network(f"{name}-glance", "cut"),
            "policy": {
                "unit": "frame",
                "forms": {
                    "whole": graph(
                        "policy.onnx",
                        [port("map", "glance", [steps, 8], "map", "all")],
                        [out("rectangles", "rectangles", [steps, 4])],
                        10 * steps,
                    ),
                    "step": graph(
                        "policy_step.onnx",
                        [port("map", "glance", [8], "map"), port("h", "state", [6], "policy")],
                        [out("rectangles", "rectangles", [4]), out("next", "state", [6], "policy")],
                        10,
                    ),
                },
            },
            "focus": focus_network(f"{name}-focus", "cut"),
            "classifier": {
                "unit": "frame",
                "forms": {
                    "whole": graph(
                        "classifier.onnx",
                        [
                            port("g", "glance", [steps, 4], "vector", "all"),
                            port("l", "focus", [steps, 4], "vector", "all"),
                        ],
                        [out("logits", "logits", [steps, CLASSES])],
                        20 * steps,
                    ),
                    "step": step_classifier("classifier_step.onnx", 20),
                },
            },
        },
        cost={"nominal": [1130 * (k + 1) for k in range(steps)], "dense": 4000 * steps},
    )


def exits(answers: int, thresholds: list[float] | None = None) -> dict[str, Any]:
    return {
        "measure": "largest-logit",
        "settings": [
            {
                "thresholds": thresholds or [0.0] * answers,
                "multiply_adds": 1e3,
                "shares": [1.0 / answers] * answers,
            }
        ],
        "default": 0,
        "source": "made up",
    }


def v2_exits(steps: int = 16) -> Manifest:
    """AdaFocusV2 with exits: bisection order, fractional patches, running maximum, a layer a step."""
    order = [7, 0, 15, 3, 11, 1, 5, 9, 13, 2, 4, 6, 8, 10, 12, 14][:steps]
    step = step_classifier("classifier_step.onnx", 20)
    step["inputs"].append(port("step", "step", []))
    return manifest(
        "v2-exits",
        sampling={"rule": "centres-repeat-last", "counts": [16]},
        plan={
            "order": "interleaved",
            "glance": order,
            "candidates": order,
            "steps": steps,
            "frames": list(range(steps)),
        },
        networks={
            "glance": glance_network("glance", "bilinear-aligned", side=12),
            "policy": {
                "unit": "frame",
                "forms": {
                    "step": graph(
                        "policy_step.onnx",
                        [port("map", "glance", [8], "map"), port("h", "state", [6], "policy")],
                        [out("rectangles", "rectangles", [4]), out("next", "state", [6], "policy")],
                        10,
                    )
                },
            },
            "focus": focus_network("focus", "bilinear"),
            "classifier": {"unit": "frame", "forms": {"step": step}},
        },
        exits=exits(steps),
        cost={"nominal": [1130 * (k + 1) for k in range(steps)], "dense": 4000 * steps},
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
    glance_operation = "cut" if glance_side == CROP else "bilinear"
    count = len(views)
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
            "glance": {
                "unit": "video",
                "pixels": pixels(glance_operation, glance_side),
                "forms": {
                    "whole": graph(
                        "glance.onnx",
                        [port("pixels", "pixels", [glance, 3, glance_side, glance_side])],
                        [
                            out("map", "feature", [glance, 8], "map"),
                            out("logits", "feature", [CLASSES], "logits"),
                            out("early", "feature", [CLASSES], "early"),
                        ],
                        300 * glance,
                    )
                },
            },
            "policy": {
                "unit": "video",
                "forms": {
                    "whole": graph(
                        "policy.onnx",
                        [port("map", "glance", [glance, 8], "map", "all")],
                        [out("frames", "frames", [steps]), out("rectangle", "rectangles", [4])],
                        50,
                    )
                },
            },
            "focus": {
                "unit": "video",
                "pixels": pixels("bilinear", PATCH),
                "forms": {
                    "whole": graph(
                        "focus.onnx",
                        [port("pixels", "pixels", [steps, 3, PATCH, PATCH])],
                        [out("logits", "feature", [CLASSES], "logits")],
                        800 * steps,
                    )
                },
            },
            "classifier": {
                "unit": "video",
                "forms": {
                    "glance": graph(
                        "classifier_glance.onnx",
                        [port("early", "glance", [CLASSES], "early", "all")],
                        [out("out", "logits", [CLASSES])],
                        1,
                    ),
                    "whole": graph(
                        "classifier.onnx",
                        [
                            port("g", "glance", [CLASSES], "logits", "all"),
                            port("l", "focus", [CLASSES], "logits", "all"),
                        ],
                        [out("out", "logits", [CLASSES])],
                        2,
                    ),
                },
            },
        },
        exits=exits(2),
        cost={
            "nominal": [count * (300 * glance + 1), count * (300 * glance + 50 + 800 * steps + 2)],
            "dense": count * 4000 * steps,
        },
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
    step = graph(
        "classifier_step.onnx",
        [
            port("l", "focus", [4], "vector"),
            port("m", "state", [4], "focus-max"),
            port("e", "state", [4], "glance-max"),
            port("step", "step", []),
        ],
        [
            out("logits", "logits", [CLASSES]),
            out("m_next", "state", [4], "focus-max"),
            out("e_next", "state", [4], "glance-max"),
        ],
        20,
    )
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
            "policy": {
                "unit": "video",
                "forms": {
                    "whole": graph(
                        "policy.onnx",
                        [port("map", "glance", [glance, 8], "map", "all")],
                        [out("frames", "frames", [steps]), out("rectangles", "rectangles", [steps, 4])],
                        50,
                    )
                },
            },
            "focus": focus_network("focus", "bilinear"),
            "classifier": {
                "unit": "frame",
                "forms": {
                    "glance": graph(
                        "classifier_glance.onnx",
                        [port("g", "glance", [glance, 4], "vector", "all")],
                        [out("logits", "logits", [CLASSES]), out("e", "state", [4], "glance-max")],
                        5,
                    ),
                    "step": step,
                    "whole": graph(
                        "classifier.onnx",
                        [
                            port("g", "glance", [glance, 4], "vector", "all"),
                            port("l", "focus", [steps, 4], "vector", "all"),
                        ],
                        [out("logits", "logits", [CLASSES])],
                        20,
                    ),
                },
            },
        },
        exits=exits(steps + 1),
        cost={
            "nominal": [300 * glance + 5] + [300 * glance + 55 + 820 * (k + 1) for k in range(steps)],
            "dense": 4000 * steps,
        },
    )


def glance_network(name: str, operation: str, side: int = CROP) -> dict[str, Any]:
    return {
        "unit": "frame",
        "pixels": pixels(operation, side),
        "forms": {
            "whole": graph(
                f"{name}.onnx",
                [port("pixels", "pixels", [3, side, side])],
                [out("map", "feature", [8], "map"), out("vector", "feature", [4], "vector")],
                300,
            )
        },
    }


def focus_network(name: str, operation: str, side: int = PATCH, cost: int = 800) -> dict[str, Any]:
    return {
        "unit": "frame",
        "pixels": pixels(operation, side),
        "forms": {
            "whole": graph(
                f"{name}.onnx",
                [port("pixels", "pixels", [3, side, side])],
                [out("vector", "feature", [4], "vector")],
                cost,
            )
        },
    }


def step_classifier(file: str, cost: int) -> dict[str, Any]:
    return graph(
        file,
        [
            port("g", "glance", [4], "vector"),
            port("l", "focus", [4], "vector"),
            port("h", "state", [6], "classifier"),
        ],
        [out("logits", "logits", [CLASSES]), out("next", "state", [6], "classifier")],
        cost,
    )


ALL = {
    "recurrent": recurrent,
    "v2-exits": v2_exits,
    "uni-tsm": uni_tsm,
    "uni-x3d": uni_x3d,
    "dense": dense,
    "skipping": skipping,
    "glance-then-steps": glance_then_steps,
}
