"""What the server says of its models, as it appears in OpenAPI."""

from typing import Literal

from pydantic import Field

from server.schemas import Schema


class RuntimePassedOver(Schema):
    """A runtime that was tried before the one that is used."""

    name: str
    reason: str = Field(description="Why it was passed over.")


class RuntimeUsed(Schema):
    """What runs a model's graphs."""

    name: str
    device: str
    reason: str = Field(description="Why this one.")
    passed_over: list[RuntimePassedOver] = Field(description="What was tried before it, best first.")


class ModelInput(Schema):
    """What a model makes of a video before it looks at it."""

    sampling: str = Field(description="Rule by which frames are chosen.")
    pool: int = Field(description="Frames sampled from a video.")
    resize: str
    short_side: int
    crop: int = Field(description="Side of the square that is looked at, in pixels.")
    views: list[str]


class ModelPlan(Schema):
    """How a model goes through a video."""

    order: str
    glance_frames: int
    candidates: int = Field(description="Frames that patches may be cut from.")
    steps: int = Field(description="Patches a video.")
    keep_threshold: float | None = Field(
        description="Patches of a lower keep probability are dropped, and cost nothing; null if none are."
    )
    can_stop: bool = Field(description="Whether a video may end before its last answer.")


class ModelCost(Schema):
    """Multiply-adds: the papers' FLOPs."""

    unit: Literal["multiply-adds"] = "multiply-adds"
    by_answer: list[int] = Field(
        description="Of stopping at each answer, no patch dropped; the last is the whole plan."
    )
    dense: int = Field(description="The focus network on every step's whole frame.")
    published: float | None = Field(description="The published figure of the whole plan, if there is one.")
    by_graph: dict[str, int] = Field(description="Of one unit in each graph.")


class ExitPoint(Schema):
    """A point of the accuracy-compute curve."""

    multiply_adds: float = Field(description="Mean of the calibration videos.")
    accuracy: float | None
    shares: list[float] = Field(description="Share of the calibration videos that left at each answer.")


class ModelExits(Schema):
    """How videos leave early."""

    measure: str
    default: int = Field(description="The setting used when a request gives no budget.")
    settings: list[ExitPoint]
    source: str


class ModelSummary(Schema):
    """A model in the list."""

    name: str
    version: str
    description: str
    notice: str | None
    default: bool = Field(description="Whether requests that name no model get this one.")


class ModelList(Schema):
    """All models."""

    models: list[ModelSummary]


class ModelDescription(ModelSummary):
    """Everything about a model."""

    sha256: str = Field(description="Of the manifest, which holds those of all its files.")
    files: dict[str, str] = Field(description="Hash of each file.")
    precision: str
    runtime: RuntimeUsed
    labels: list[str]
    input: ModelInput
    plan: ModelPlan
    cost: ModelCost
    exits: ModelExits | None = Field(
        description="Null where the model has no exits: it was not calibrated, or cannot stop. "
        "A budget then counts steps."
    )
