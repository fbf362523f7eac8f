"""What the server answers with, as it appears in OpenAPI. Compute is in multiply-adds, 1 G = 10^9."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foveate.video.records import DecodedBy


class Schema(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelUsed(Schema):
    """The model that answered."""

    name: str
    version: str
    runtime: str = Field(description="What ran its graphs.")
    device: str
    precision: str
    notice: str | None = Field(
        description="What a reader of the answer must know of this model, if anything."
    )


class Prediction(Schema):
    """A class and its probability."""

    label: str
    index: int
    score: float = Field(description="Softmax probability.")


class StepAnswer(Schema):
    """What the answer would have been, had the video been left at this step."""

    answer: int = Field(description="Number of the answer, from 1.")
    label: str
    index: int
    score: float
    gflops_nominal: float = Field(description="G multiply-adds of stopping here.")


class ExitSettingUsed(Schema):
    """The setting by which the video could leave early, of those that the model's description lists."""

    number: int = Field(description="Its place in the list, from 0.")
    measure: str = Field(description="What an answer's confidence is measured by.")
    gflops_mean: float = Field(description="G multiply-adds of a calibration video in the mean.")
    accuracy: float | None = Field(description="On the calibration videos, if it is known.")


class Compute(Schema):
    """What the request spent, in G multiply-adds (the papers' FLOPs)."""

    unit: Literal["multiply-adds"] = "multiply-adds"
    gflops: float = Field(description="Executed for this video, look-ahead in vain included.")
    gflops_nominal: float = Field(
        description="What the papers count for stopping at this answer: nothing for a patch that was dropped."
    )
    gflops_full: float = Field(description="The same for the whole plan, nothing dropped.")
    gflops_dense: float = Field(description="The focus network on every step's whole frame.")
    saving_of_full: float = Field(description="1 - gflops_nominal / gflops_full.")
    saving_of_dense: float = Field(description="1 - gflops_nominal / gflops_dense.")
    frames_glanced: int
    patches_focused: int
    answers: int = Field(description="Answers made, the last one included.")
    exit: Literal["complete", "confidence", "budget"] = Field(description="Why it stopped there.")
    exit_setting: ExitSettingUsed | None = Field(
        description="Null where it could not leave early: the model has no exits, or all was asked for."
    )
    degraded: bool = Field(description="Given less compute than asked for, because the server is busy.")


class Timing(Schema):
    """Wall milliseconds. Stages may overlap, so they need not add up to the total."""

    upload: float
    wait_pages: float = Field(
        description="Waiting for its turn and for shared memory, which videos hold until computed."
    )
    wait_decode: float = Field(description="Waiting for a decoder.")
    decode: float
    wait_lane: float = Field(description="In the engine, waiting for a lane: before and between batches.")
    glance: float
    policy: float
    focus: float
    classify: float
    total: float = Field(description="From the arrival of the request to its answer.")


class Video(Schema):
    """What is known of the video; null where its file does not say."""

    container: str
    codec: str
    duration_s: float | None
    fps: float | None
    width: int = Field(description="Coded width in pixels, before rotation.")
    height: int
    rotation: int = Field(description="Degrees counter-clockwise by which frames were turned upright.")
    frames: int
    frames_decoded: int = Field(description="Frames that had to be reconstructed.")
    decoder: DecodedBy = Field(description="What reconstructed them: cpu, or a GPU's nvdec.")
    variable_frame_rate: bool
    truncated: bool = Field(description="Parts of the file are missing or broken; the answer is of the rest.")
    size_changes: bool
    pixel_aspect: float | None
    pixel_format: str
    full_range: bool
    transfer: str | None = Field(description="pq or hlg for high dynamic range, which is not tone-mapped.")


class PixelBox(Schema):
    """A rectangle in pixels of the source frame as coded (before rotation)."""

    x: float
    y: float
    width: float
    height: float


class Patch(Schema):
    """Where the plan looked."""

    step: int = Field(description="Place in the plan, from 0.")
    view: int = Field(description="Which crop of the frame, from 0.")
    frame: int = Field(description="Index of the source frame.")
    time_s: float | None = Field(description="Time of that frame; null for raw frames.")
    focused: bool = Field(description="False where it was planned and then dropped, or not reached.")
    keep: float | None = Field(
        description="Probability by which the policy keeps this patch; null for a model that drops none."
    )
    box: PixelBox


class Classification(Schema):
    """The answer to a video."""

    id: str = Field(description="The request's id, as in X-Request-ID.")
    model: ModelUsed
    predictions: list[Prediction] = Field(description="The most probable classes, best first.")
    steps: list[StepAnswer] | None = Field(description="With steps=all, the best class after each answer.")
    compute: Compute
    timing_ms: Timing
    video: Video
    patches: list[Patch] | None = Field(description="With explain=true, the plan in source pixels.")


class ParameterError(Schema):
    """One thing that is wrong with a request."""

    parameter: str
    message: str


class Problem(Schema):
    """An error, after RFC 9457 (application/problem+json)."""

    type: str = Field(description="Path of a page about this kind of problem.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    request_id: str
    errors: list[ParameterError]
