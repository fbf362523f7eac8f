"""Golden sets of rules: which frames are taken, and what is done to them before a network sees them."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from export.golden import GoldenSet, thin
from export.golden_report import Array, Line, cannot, difference
from export.transform import MEAN, STD
from foveate.bundle.manifest import Preprocessing
from foveate.bundle.vocabulary import CropRounding, Resize, SamplingRule, View
from foveate.pixels.normalise import Normaliser
from foveate.video.geometry import geometry_of
from foveate.video.preprocess import preprocess
from foveate.video.sampling import sample
from models.frame_choice import FramesByImportance
from models.input_order import bisection_order

_LISTS = {
    "untrimmed": SamplingRule.CENTRES_REPEAT_LAST,
    "tsm": SamplingRule.CENTRES_REPEAT_FIRST,
}
_INDEX = re.compile(r"(\[[^\[\]]*:[^\[\]]*\])")
_CROP = re.compile(r"\((\d+), \1, 3\)")


def sampling_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """AdaFocus's lists of frames, and the order in which they enter AdaFocusV2."""
    for table, said in golden.spec.items():
        if isinstance(said, dict) and "frames" in said:
            rule = next((rule for start, rule in _LISTS.items() if table.startswith(start)), None)
            if rule is None:
                yield cannot(name, "rule", f"the list {table} is of no known rule")
                continue
            yield _lists(name, table, {int(n): (rule, frames) for n, frames in said["frames"].items()})
        elif isinstance(said, dict) and "order" in said:
            worst = max(difference(bisection_order(int(n)), order) for n, order in said["order"].items())
            yield Line(name, table, "rule", worst)


def _lists(name: str, array: str, cases: dict[Any, tuple[SamplingRule, list[int]]]) -> Line:
    """The worst of many lists, by the number of frames in the video."""
    errors = [difference(sample(rule, len(wanted), n), wanted) for n, (rule, wanted) in cases.items()]
    return Line(name, array, "rule", max(errors))


def adafocus_preprocess_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """One image after another: size, place of the crop, its pixels, and their normalisation."""
    spec = golden.spec
    crop_text, normal_text = spec["arrays"]["crop_i"]["what"], spec["arrays"]["normalised_i"]["what"]
    match = _CROP.search(crop_text)
    side = int(match[1]) if match else 224
    tolerance = float(spec["arrays"]["normalised_i"]["atol_with_pil"])
    for number, said in spec["images"].items():
        frame = golden.draw(said["frames_seed"], said["frames_shape"])[0, 0]
        rules = _rules(Resize.PILLOW_BILINEAR, min(said["resized_to_height_width"]), side, spec)
        page, geometry = _crop(frame, rules)
        size = [geometry.resized_height, geometry.resized_width]
        yield Line(name, f"resized_{number}", "rule", difference(size, said["resized_to_height_width"]))
        corner = geometry.corners[0][::-1]
        yield Line(name, f"corner_{number}", "rule", difference(corner, said["crop_top_left"]))
        yield Line(name, f"crop_sum_{number}", "rule", difference(int(page.sum()), said["crop_sum"]))
        thinned = thin(page, _index(crop_text))
        yield Line(name, f"crop_{number}", "rule", difference(thinned, golden.arrays[f"crop_{number}"]))
        normal = thin(_normalised(page, rules), _index(normal_text))
        wanted = golden.arrays[f"normalised_{number}"]
        yield Line(name, f"normalised_{number}", "rule", difference(normal, wanted), tolerance)


def uni_preprocess_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """Uni-AdaFocus's lists of frames and crops, three views included."""
    cases: dict[str, list[float]] = {}
    for case, wanted in golden.spec["frame_index"].items():
        frames, count = (int(part) for part in case.split(":"))
        error = difference(sample(SamplingRule.SEGMENT_MIDDLES, count, frames), wanted)
        cases.setdefault(f"frame_index, {count} frames", []).append(error)
    for array, errors in cases.items():
        yield Line(name, array, "rule", max(errors))
    for number, said in enumerate(golden.spec["videos"]):
        rules = _rules(Resize.PILLOW_BILINEAR, min(said["resized_wh"]), _side(golden))
        yield from _video_lines(name, golden, number, rules, "crop_top_left")
        views = (View.LEFT, View.RIGHT, View.CENTRE)
        three = rules.model_copy(update={"crop_rounding": CropRounding.QUARTERS, "views": views})
        _, geometry = _crop(golden.draw(said["seed"], said["shape"])[0, 0], three)
        corners = [corner[::-1] for corner in geometry.corners]
        error = difference(corners, said["three_crops_top_left"])
        yield Line(name, f"v{number} three corners", "rule", error)


def ocsampler_preprocess_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """OCSampler's lists of frames and crops."""
    rule = SamplingRule.SEEDED_SEGMENTS
    cases = {int(n): (rule, frames) for n, frames in golden.spec["frame_index"].items()}
    yield _lists(name, "frame_index", cases)
    for number, said in enumerate(golden.spec["videos"]):
        rules = _rules(Resize.OPENCV_BILINEAR, min(said["resized_wh"]), _side(golden))
        rules = rules.model_copy(update={"crop_rounding": CropRounding.FLOOR})
        yield from _video_lines(name, golden, number, rules, "crop_left_top")


def _video_lines(
    name: str, golden: GoldenSet, number: int, rules: Preprocessing, corner: str
) -> Iterator[Line]:
    said = golden.spec["videos"][number]
    page, geometry = _crop(golden.draw(said["seed"], said["shape"])[0, 0], rules)
    size = [geometry.resized_width, geometry.resized_height]
    yield Line(name, f"v{number} size", "rule", difference(size, said["resized_wh"]))
    place = geometry.corners[0] if corner == "crop_left_top" else geometry.corners[0][::-1]
    yield Line(name, f"v{number} corner", "rule", difference(place, said[corner]))
    wanted = golden.arrays[f"v{number}_uint8"]
    step = len(page) // len(wanted)
    yield Line(name, f"v{number}_uint8", "rule", difference(page[::step, ::step], wanted))
    normal = thin(_normalised(page, rules), _index(golden.spec["note"]))
    error = difference(normal, golden.arrays[f"v{number}_tensor_sample"])
    yield Line(name, f"v{number}_tensor_sample", "rule", error, float(golden.spec["tolerance"]["tensor"]))


def frame_choice_lines(name: str, golden: GoldenSet) -> Iterator[Line]:
    """Which K of N candidates Uni-AdaFocus looks at."""
    for glances, candidates, count in golden.spec["cases"]:
        case = f"t{glances}_n{candidates}_k{count}"
        weights = torch.from_numpy(golden.arrays[f"{case}_weights"])
        chosen, _ = FramesByImportance(glances, candidates, count)(weights)
        wanted = golden.arrays[f"{case}_index"]
        yield Line(name, f"{case}_index", "rule", difference(chosen.numpy(), wanted))


def _side(golden: GoldenSet) -> int:
    """Side of a crop: the first one is stored whole."""
    return len(golden.arrays["v0_uint8"])


def _rules(resize: Resize, short_side: int, crop: int, spec: dict[str, Any] | None = None) -> Preprocessing:
    mean, std = (tuple((spec or {}).get(name, value)) for name, value in (("mean", MEAN), ("std", STD)))
    return Preprocessing.model_validate(
        {
            "resize": resize,
            "short_side": short_side,
            "crop": crop,
            "crop_rounding": CropRounding.HALF_EVEN,
            "mean": mean,
            "std": std,
        }
    )


def _crop(frame: NDArray[np.uint8], rules: Preprocessing) -> tuple[NDArray[np.uint8], Any]:
    """The first view's crop, and where it comes from."""
    geometry = geometry_of(rules, frame.shape[1], frame.shape[0])
    pages = [np.empty((rules.crop, rules.crop, 3), np.uint8) for _ in rules.views]
    preprocess(frame, rules, geometry, pages)
    return pages[0], geometry


def _normalised(page: NDArray[np.uint8], rules: Preprocessing) -> Array:
    planes = np.empty((3, *page.shape[:2]), np.float32)
    Normaliser.of(rules.mean, rules.std).planes(page, planes)
    return planes


def _index(text: str) -> str:
    """The index in a description such as "thinned [::4, ::4]" or "tensor[:, 1::9, 2::9]"."""
    return str(_INDEX.findall(text)[-1])
