"""Building blocks of manifests written by hand: small networks, with the published units and forms."""

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


def exits(nominal: list[int], thresholds: list[float] | None = None) -> dict[str, Any]:
    """One setting, at which as many videos leave at each answer."""
    answers = len(nominal)
    return {
        "measure": "largest-logit",
        "settings": [
            {
                "thresholds": thresholds or [0.0] * answers,
                "multiply_adds": sum(nominal) / answers,
                "shares": [1.0 / answers] * answers,
            }
        ],
        "default": 0,
        "source": "made up",
    }


def interleaved(order: list[int]) -> dict[str, Any]:
    steps = len(order)
    return {
        "order": "interleaved",
        "glance": order,
        "candidates": order,
        "steps": steps,
        "frames": list(range(steps)),
    }


def whole_policy(steps: int) -> dict[str, Any]:
    return graph(
        "policy.onnx",
        [port("map", "glance", [steps, 8], "map", "all")],
        [out("rectangles", "rectangles", [steps, 4])],
        10 * steps,
    )


def step_policy() -> dict[str, Any]:
    return graph(
        "policy_step.onnx",
        [port("map", "glance", [8], "map"), port("h", "state", [6], "policy")],
        [out("rectangles", "rectangles", [4]), out("next", "state", [6], "policy")],
        10,
    )


def whole_classifier(steps: int, logits: list[int], cost: int, glance: int | None = None) -> dict[str, Any]:
    return graph(
        "classifier.onnx",
        [
            port("g", "glance", [steps if glance is None else glance, 4], "vector", "all"),
            port("l", "focus", [steps, 4], "vector", "all"),
        ],
        [out("logits", "logits", logits)],
        cost,
    )


def video_glance(glance: int, side: int) -> dict[str, Any]:
    outputs = [
        out("map", "feature", [glance, 8], "map"),
        out("logits", "feature", [CLASSES], "logits"),
        out("early", "feature", [CLASSES], "early"),
    ]
    inputs = [port("pixels", "pixels", [glance, 3, side, side])]
    return {
        "unit": "video",
        "pixels": pixels("cut" if side == CROP else "bilinear", side),
        "forms": {"whole": graph("glance.onnx", inputs, outputs, 300 * glance)},
    }


def choosing_policy(glance: int, steps: int, rectangles: list[int]) -> dict[str, Any]:
    inputs = [port("map", "glance", [glance, 8], "map", "all")]
    outputs = [out("frames", "frames", [steps]), out("rectangles", "rectangles", rectangles)]
    return {"unit": "video", "forms": {"whole": graph("policy.onnx", inputs, outputs, 50)}}


def video_focus(steps: int) -> dict[str, Any]:
    inputs = [port("pixels", "pixels", [steps, 3, PATCH, PATCH])]
    outputs = [out("logits", "feature", [CLASSES], "logits")]
    return {
        "unit": "video",
        "pixels": pixels("bilinear", PATCH),
        "forms": {"whole": graph("focus.onnx", inputs, outputs, 800 * steps)},
    }


def sum_classifier() -> dict[str, Any]:
    early = [port("early", "glance", [CLASSES], "early", "all")]
    both = [
        port("g", "glance", [CLASSES], "logits", "all"),
        port("l", "focus", [CLASSES], "logits", "all"),
    ]
    logits = [out("out", "logits", [CLASSES])]
    return {
        "unit": "video",
        "forms": {
            "glance": graph("classifier_glance.onnx", early, logits, 1),
            "whole": graph("classifier.onnx", both, logits, 2),
        },
    }


def step_of_two_maxima() -> dict[str, Any]:
    return graph(
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
