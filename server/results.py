"""From the engine's answer and the decoder's findings to the body of a response."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foveate.bundle.manifest import Exits
from foveate.engine.budget import setting_of
from foveate.engine.messages import Answer, Look, Options, Stage
from foveate.runtimes.base import RuntimeInfo
from foveate.video.geometry import Box
from foveate.video.records import Decoded, VideoFacts
from server.model import Model
from server.parameters import Parameters
from server.schemas import (
    Classification,
    Compute,
    ExitSettingUsed,
    ModelUsed,
    Patch,
    PixelBox,
    Prediction,
    StepAnswer,
    Timing,
    Video,
)

_GIGA = 1e9


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds in which a video waited before the engine had it.

    Attributes:
        pages_s: for frames of shared memory.
        decode_s: for a decoder.
    """

    pages_s: float
    decode_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one video.

    Attributes:
        answer: of the engine.
        decoded: of the decoder.
        options: what was asked of its plan in the end.
        waits: before the engine had it.
        degraded: whether it was given less compute than asked for.
    """

    answer: Answer
    decoded: Decoded
    options: Options
    waits: Waits
    degraded: bool


def classification(
    request_id: str,
    model: Model,
    runtime: RuntimeInfo,
    parameters: Parameters,
    outcome: Outcome,
    upload_s: float,
    arrived: float,
) -> Classification:
    """Put together the body of an answer.

    Args:
        request_id: shown to the client.
        model: that answered.
        runtime: that ran it.
        parameters: of the request.
        outcome: of the video.
        upload_s: seconds its body took.
        arrived: when the request did, on the monotonic clock.
    """
    answer, decoded, manifest = outcome.answer, outcome.decoded, model.bundle.manifest
    return Classification(
        id=request_id,
        model=ModelUsed(
            name=model.name,
            version=manifest.version,
            runtime=runtime.name,
            device=runtime.device,
            precision=manifest.precision,
            notice=manifest.notice,
        ),
        predictions=_top(answer.logits, model.bundle.labels, parameters.top_k),
        steps=None
        if answer.step_logits is None
        else _steps(answer.step_logits, model, answer.spent.by_answer),
        compute=_compute(outcome, manifest.exits),
        timing_ms=_timing(outcome, upload_s, time.monotonic() - arrived),
        video=_video(decoded.facts),
        patches=[_patch(look, decoded) for look in answer.looks] if parameters.explain else None,
    )


def server_timing(timing: Timing) -> str:
    """The header Server-Timing, which browsers show."""
    stages: Mapping[str, float] = timing.model_dump()
    return ", ".join(f"{name};dur={value:g}" for name, value in stages.items())


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(shifted / shifted.sum())


def _top(logits: NDArray[np.float32], labels: tuple[str, ...], count: int) -> list[Prediction]:
    scores = _softmax(logits)
    best = np.argsort(-scores, kind="stable")[:count].tolist()
    return [Prediction(label=labels[index], index=index, score=float(scores[index])) for index in best]


def _steps(step_logits: NDArray[np.float32], model: Model, nominal: Sequence[int]) -> list[StepAnswer]:
    steps = []
    for number, logits in enumerate(step_logits):
        best = _top(logits, model.bundle.labels, 1)[0]
        steps.append(
            StepAnswer(answer=number + 1, gflops_nominal=nominal[number] / _GIGA, **best.model_dump())
        )
    return steps


def _compute(outcome: Outcome, exits: Exits | None) -> Compute:
    answer, spent = outcome.answer, outcome.answer.spent
    return Compute(
        gflops=spent.executed / _GIGA,
        gflops_nominal=spent.nominal / _GIGA,
        gflops_full=spent.full / _GIGA,
        gflops_dense=spent.dense / _GIGA,
        saving_of_full=_saving(spent.nominal, spent.full),
        saving_of_dense=_saving(spent.nominal, spent.dense),
        frames_glanced=spent.frames_glanced,
        patches_focused=spent.patches_focused,
        answers=answer.answers,
        exit=answer.exit.value,
        exit_setting=_exit_setting(outcome.options, exits),
        degraded=outcome.degraded,
    )


def _exit_setting(options: Options, exits: Exits | None) -> ExitSettingUsed | None:
    number = setting_of(options, exits)
    if number is None or exits is None:
        return None
    setting = exits.settings[number]
    return ExitSettingUsed(
        number=number,
        measure=exits.measure.value,
        gflops_mean=setting.multiply_adds / _GIGA,
        accuracy=setting.accuracy,
    )


def _saving(part: int, whole: int) -> float:
    return round(1 - part / whole, 4) if whole else 0.0


def _timing(outcome: Outcome, upload_s: float, total_s: float) -> Timing:
    stages = outcome.answer.stage_s
    return Timing(
        upload=_ms(upload_s),
        wait_pages=_ms(outcome.waits.pages_s),
        wait_decode=_ms(outcome.waits.decode_s),
        decode=_ms(outcome.decoded.wall_s),
        wait_lane=_ms(outcome.answer.queue_s),
        glance=_ms(stages.get(Stage.GLANCE, 0.0)),
        policy=_ms(stages.get(Stage.POLICY, 0.0)),
        focus=_ms(stages.get(Stage.FOCUS, 0.0)),
        classify=_ms(stages.get(Stage.CLASSIFY, 0.0)),
        total=_ms(total_s),
    )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _video(facts: VideoFacts) -> Video:
    return Video(
        container=facts.container,
        codec=facts.codec,
        duration_s=facts.duration_s,
        fps=facts.fps,
        width=facts.width,
        height=facts.height,
        rotation=facts.rotation,
        frames=facts.frames,
        frames_decoded=facts.decoded,
        decoder=facts.by,
        variable_frame_rate=facts.variable_rate,
        truncated=facts.truncated,
        size_changes=facts.size_changes,
        pixel_aspect=facts.sample_aspect,
        pixel_format=facts.pixel_format,
        full_range=facts.full_range,
        transfer=facts.transfer,
    )


def _patch(look: Look, decoded: Decoded) -> Patch:
    y, x, height, width = look.rectangle
    box = decoded.geometry.to_source(Box(y=y, x=x, height=height, width=width), look.view)
    timed = decoded.facts.container != "raw"
    return Patch(
        step=look.step,
        view=look.view,
        frame=decoded.indices[look.entry],
        time_s=round(decoded.times_s[look.entry], 6) if timed and decoded.times_s else None,
        focused=look.focused,
        keep=look.keep,
        box=PixelBox(
            x=round(box.x, 3), y=round(box.y, 3), width=round(box.width, 3), height=round(box.height, 3)
        ),
    )
