from typing import Any

import pytest

from foveate.bundle.check import check_manifest
from foveate.bundle.manifest import Manifest
from foveate.errors import BundleError
from tests.bundle.test_check import spoilt
from tests.engine.parts import graph, out, port
from tests.engine.systems import glance_then_steps, recurrent, uni_tsm, v2_exits

STEP = "networks.classifier.forms.step"
WHOLE = "networks.classifier.forms.whole"


@pytest.mark.parametrize(
    ("manifest", "path", "value", "message"),
    [
        (recurrent(), "networks.glance.pixels", None, "glance.pixels does not say which"),
        (
            recurrent(),
            "networks.focus.pixels.height",
            20,
            r"shape \(3, 16, 16\), and what it reads has \(3, 20, 16\)",
        ),
        (recurrent(), f"{STEP}.inputs.0.of", "vectors", "reads glance.vectors, which nothing gives"),
        (recurrent(), f"{STEP}.inputs.0.shape", [5], r"\(5,\), and what it reads has \(4,\)"),
        (recurrent(), f"{WHOLE}.inputs.0.shape", [15, 4], r"what it reads has \(16, 4\)"),
        (recurrent(), f"{WHOLE}.inputs.0.span", "one", "one step's value where there is none"),
        (recurrent(), f"{STEP}.inputs.2.shape", [7], "state classifier, which it gives in no such shape"),
        (recurrent(), f"{STEP}.inputs.2.of", "memory", "state memory"),
        (recurrent(), f"{STEP}.outputs.1.of", None, "without a name or in two shapes"),
        (recurrent(), f"{STEP}.outputs.0.shape", [6], "must give logits once, of 5 classes"),
        (recurrent(), f"{STEP}.outputs.0.sink", "rectangles", "cannot have rectangles as an output"),
        (recurrent(), f"{STEP}.inputs.1.name", "g", "two inputs or outputs of one name"),
        (recurrent(), "networks.policy.forms.whole.outputs.0.shape", [16, 2], r"\(16, 2\), not \(16, 4\)"),
        (recurrent(), "networks.policy.forms.step.outputs.0.shape", [1, 4], r"\(1, 4\), not \(4,\)"),
        (
            recurrent(),
            "networks.policy.forms.whole.inputs.0.source",
            "focus",
            "cannot have focus as an input",
        ),
        (v2_exits(), f"{STEP}.inputs.3.dtype", "float32", "an int64 of the form step"),
        (v2_exits(), f"{STEP}.inputs.3.shape", [1], r"\(1,\), and what it reads has \(\)"),
        (uni_tsm(), "networks.policy.forms.whole.outputs.0.dtype", "float32", "must be int64"),
        (uni_tsm(), "networks.policy.forms.whole.outputs.0.shape", [11], r"\(11,\), not \(12,\)"),
        (uni_tsm(), "networks.focus.forms.whole.inputs.0.shape", [11, 3, 16, 16], "what it reads has"),
        (
            glance_then_steps(),
            "networks.classifier.forms.glance.inputs.0.source",
            "focus",
            "reads the focus, which comes after it",
        ),
    ],
)
def test_what_does_not_fit_is_named(manifest: Manifest, path: str, value: object, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        check_manifest(spoilt(manifest, path, value))


def forms(manifest: Manifest, network: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest.model_dump(mode="json")["networks"][network]["forms"]
    return found


def test_a_focus_that_steps_is_refused() -> None:
    focus = forms(recurrent(), "focus")
    with pytest.raises(BundleError, match=r"networks\.focus has a form that it cannot have"):
        check_manifest(spoilt(recurrent(), "networks.focus.forms", {"step": focus["whole"]}))


def test_a_classifier_that_only_glances_is_refused() -> None:
    only = {"glance": forms(uni_tsm(), "classifier")["glance"]}
    with pytest.raises(BundleError, match="no form that answers after the steps"):
        check_manifest(spoilt(uni_tsm(), "networks.classifier.forms", only))


def test_a_feature_of_the_whole_video_is_read_as_it_is() -> None:
    step = graph(
        "classifier_step.onnx",
        [port("early", "glance", [5], "early", "all"), port("s", "state", [5], "sum")],
        [out("logits", "logits", [5]), out("next", "state", [5], "sum")],
        1,
    )
    changed = spoilt(uni_tsm(), "networks.classifier.forms", {"step": step})
    costs = spoilt(changed, "exits", None)
    check_manifest(spoilt(costs, "cost.nominal", list(range(12))))
