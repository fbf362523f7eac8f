"""The manifest of a bundle: everything the engine knows of a system, and the only thing it knows.

One frozen pydantic model; unknown keys are refused. Shapes are of one unit, without the batch axis, which
every graph has as its first. Costs are multiply-adds.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from foveate.bundle.vocabulary import (
    CropRounding,
    ElementType,
    Form,
    Measure,
    Order,
    PixelOperation,
    Resize,
    SamplingRule,
    Sink,
    Source,
    Span,
    UnitKind,
    View,
)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=1, le=4096)]
Index = Annotated[int, Field(ge=0, le=65535)]


class Record(BaseModel):
    """Base of every part of the manifest: frozen, and closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sampling(Record):
    """Which frames of a video make up its pool: one or two lists by the same rule, one after the other."""

    rule: SamplingRule
    counts: Annotated[tuple[Size, ...], Field(min_length=1, max_length=2)]

    @property
    def pool(self) -> int:
        """Frames in a video's pool, repeats of short videos included."""
        return sum(self.counts)


class Preprocessing(Record):
    """From a decoded frame to an 8-bit RGB square of ``crop`` pixels, and the normalisation after it."""

    resize: Resize
    short_side: Size
    crop: Size
    crop_rounding: CropRounding
    views: Annotated[tuple[View, ...], Field(min_length=1, max_length=3)] = (View.CENTRE,)
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


class Rectangle(Record):
    """A part of a candidate: top, left, height and width in pixels of the cropped frame."""

    y: float
    x: float
    height: float
    width: float


class Plan(Record):
    """What does not depend on a video's content: pool entries, their order, the number of steps."""

    order: Order
    glance: tuple[Index, ...]
    """Pool entries that are glanced at, in the order of the glances; empty without a glance network."""
    candidates: Annotated[tuple[Index, ...], Field(min_length=1)]
    """Pool entries that patches may be cut from; a policy's frame choice indexes into these."""
    steps: Size
    """Patches of a video, and the answers after its focus where the classifier can step."""
    frames: tuple[Index, ...] | None = None
    """Candidate of each step, where no policy chooses it."""
    rectangles: tuple[Rectangle, ...] | None = None
    """Rectangle of each step (or one for all), where no policy chooses it."""
    keep_threshold: float | None = None
    """A patch whose keep probability is below this is dropped: zeros stand for its feature, which costs
    nothing then. Stands exactly where the policy gives keep probabilities."""


class Pixels(Record):
    """What a network sees of a rectangle."""

    operation: PixelOperation
    height: Size
    width: Size


class Input(Record):
    """An input of a graph.

    ``of`` names the feature (of the glance or the focus) or the state; pixels and the step need none.
    """

    name: str
    source: Source
    of: str | None = None
    span: Span = Span.ONE
    shape: tuple[Size, ...]
    dtype: ElementType = ElementType.FLOAT32


class Output(Record):
    """An output of a graph; ``of`` names the feature or the state."""

    name: str
    sink: Sink
    of: str | None = None
    shape: tuple[Size, ...]
    dtype: ElementType = ElementType.FLOAT32


class Graph(Record):
    """An ONNX file of dynamic batch, and the multiply-adds of one unit in it."""

    file: FileName
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]
    multiply_adds: Annotated[int, Field(ge=0)]


class Network(Record):
    """One of the four networks, in the forms it was exported in."""

    unit: UnitKind
    pixels: Pixels | None = None
    forms: Annotated[dict[Form, Graph], Field(min_length=1)]


class Networks(Record):
    """The networks of a bundle. Only the classifier is in every system."""

    glance: Network | None = None
    policy: Network | None = None
    focus: Network | None = None
    classifier: Network


class ExitSetting(Record):
    """One point of the accuracy-compute curve: a threshold for each answer and what it cost and scored."""

    thresholds: tuple[float, ...]
    multiply_adds: float
    """Mean nominal cost of a calibration video, less what its policy dropped."""
    accuracy: float | None = None
    shares: tuple[float, ...]
    """Share of the calibration videos that left at each answer."""


class Exits(Record):
    """How a video may stop early, solved on calibration data; settings in order of rising cost."""

    measure: Measure
    settings: Annotated[tuple[ExitSetting, ...], Field(min_length=1)]
    default: Index
    """The setting used when a request names none."""
    source: str
    """What the thresholds were solved on."""


class Cost(Record):
    """Multiply-adds of a video as the papers count them."""

    nominal: Annotated[tuple[int, ...], Field(min_length=1)]
    """Cost of stopping at each answer, in order, no patch dropped; the last is the cost of everything.
    A video's own cost is less by that of the focus network on each patch that its policy drops."""
    dense: int
    """The focus network on every step's whole frame: what the comparison is made against."""
    published: float | None = None
    """The published figure for everything, where there is one."""


class ParityCheck(Record):
    """The largest absolute difference of one output between the exported graph and its network."""

    graph: str
    output: str
    max_abs_error: float
    tolerance: float


class Parity(Record):
    """What the exporter compared before it wrote the bundle."""

    reference: str
    videos: Annotated[int, Field(ge=1)]
    checks: tuple[ParityCheck, ...]
    patches_compared: int
    patches_identical: bool


class QuantisedOutput(Record):
    """How far one output of a quantised graph is from its network, on frames it was not calibrated on."""

    graph: str
    output: str
    relative_error: float
    """Euclidean length of the difference over that of the network's output."""


class Quantisation(Record):
    """What 8-bit integers cost a bundle: the accuracy report of precision int8."""

    calibrated_on: str
    videos: Annotated[int, Field(ge=1)]
    kept_float: tuple[FileName, ...]
    """Graphs that were tried and stay in float32, because the plan would change."""
    outputs: tuple[QuantisedOutput, ...]
    answers_compared: int
    answers_agreeing: int
    """Answers whose best class is still the network's."""


class Provenance(Record):
    """Where a bundle comes from."""

    system: str
    checkpoint_sha256: Sha256 | None
    exporter: str
    options: dict[str, str | int | float | bool | None] = {}


class Manifest(Record):
    """``manifest.json`` of a bundle."""

    format: Literal[1] = 1
    name: Name
    version: Name
    description: str
    notice: str | None = None
    """Said with every answer, where there is something a reader of it must know."""
    labels: FileName
    classes: Size
    precision: Literal["fp32", "fp16", "bf16", "int8"]
    sampling: Sampling
    preprocessing: Preprocessing
    plan: Plan
    networks: Networks
    exits: Exits | None = None
    cost: Cost
    provenance: Provenance
    parity: Parity
    """Of the graphs before they were quantised, where they are."""
    quantisation: Quantisation | None = None
    files: dict[FileName, Sha256]
    """Every file of the bundle but the manifest itself."""
