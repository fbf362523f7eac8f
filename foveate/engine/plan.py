"""What a bundle's manifest means for the order of work: counts, forms, answers and costs.

Made once per bundle; knows nothing of a video.
"""

from dataclasses import dataclass

from foveate.bundle.check_exits import can_stop
from foveate.bundle.costs import steps_behind
from foveate.bundle.manifest import Manifest, Network
from foveate.bundle.vocabulary import Form, Order, Sink, UnitKind
from foveate.engine.messages import Options, Stage


@dataclass(frozen=True, slots=True)
class Course:
    """How one request goes through its plan, decided when it is submitted.

    Attributes:
        policy: form of the policy network, None where the plan needs none.
        classifier: form of the classifier after the focus.
        glance_answer: whether the classifier answers after the glance too.
        answers: answers it makes at most.
        steps: steps it goes through at most.
        uncertain: whether it may leave earlier than that, so that looking ahead may be in vain.
    """

    policy: Form | None
    classifier: Form
    glance_answer: bool
    answers: int
    steps: int
    uncertain: bool


@dataclass(frozen=True, slots=True)
class BundlePlan:
    """The shape of every video's work in one bundle.

    Attributes:
        views: crops of a frame, each a video of its own until their logits are averaged.
        glances: glance units of a view.
        glance_frames: glance frames in one glance unit.
        steps: patches of a view.
        focuses: focus units of a view.
        answers: answers of a video that goes through all of its plan and makes each of them.
        has_glance_answer: whether the first of them comes after the glance.
    """

    manifest: Manifest
    views: int
    glances: int
    glance_frames: int
    steps: int
    focuses: int
    answers: int
    has_glance_answer: bool

    @classmethod
    def of(cls, manifest: Manifest) -> "BundlePlan":
        """Read the shape off a manifest that has been checked."""
        plan, networks = manifest.plan, manifest.networks
        glances = _units(networks.glance, len(plan.glance))
        focuses = _units(networks.focus, plan.steps)
        return cls(
            manifest=manifest,
            views=len(manifest.preprocessing.views),
            glances=glances,
            glance_frames=len(plan.glance) // glances if glances else 0,
            steps=plan.steps,
            focuses=focuses,
            answers=len(manifest.cost.nominal),
            has_glance_answer=Form.GLANCE in networks.classifier.forms,
        )

    @property
    def can_stop(self) -> bool:
        """Whether a video may end before its last answer."""
        return can_stop(self.manifest)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that have a network."""
        return tuple(stage for stage in Stage if self.network(stage) is not None)

    def network(self, stage: Stage) -> Network | None:
        """The network of a stage, None where the bundle has none."""
        networks = self.manifest.networks
        return {
            Stage.GLANCE: networks.glance,
            Stage.POLICY: networks.policy,
            Stage.FOCUS: networks.focus,
            Stage.CLASSIFY: networks.classifier,
        }[stage]

    def cost(self, stage: Stage, form: Form) -> int:
        """Multiply-adds of one unit."""
        network = self.network(stage)
        return 0 if network is None else network.forms[form].multiply_adds

    def steps_behind(self, answer: int) -> int:
        """Steps that an answer has seen; see ``foveate.bundle.costs.steps_behind``."""
        return steps_behind(self.manifest, answer)

    def frames_in(self, stage: Stage) -> int:
        """Frames or patches in one unit of a stage: what a batch's size is counted in."""
        if stage is Stage.GLANCE:
            return self.glance_frames
        if stage is Stage.FOCUS:
            return self.steps // self.focuses if self.focuses else 1
        return 1

    def course(self, options: Options) -> Course:
        """Choose the forms for a request: whole sequences unless it may stop early or wants every step."""
        answers = min(options.max_answers or self.answers, self.answers)
        uncertain = options.thresholds is not None and self.can_stop
        early = uncertain or answers < self.answers
        classifier = self.manifest.networks.classifier
        stepwise = early or (options.every_step and not self._whole_answers_each_step())
        form = _prefer(classifier, Form.STEP if stepwise else Form.WHOLE)
        glance_answer = self.has_glance_answer and (early or options.every_step or form is Form.STEP)
        steps = self.steps
        if form is Form.STEP:
            steps = answers - 1 if glance_answer else answers
        elif glance_answer and answers == 1:
            steps = 0
        policy = self.manifest.networks.policy
        interleaved = self.manifest.plan.order is Order.INTERLEAVED
        return Course(
            policy=_prefer(policy, Form.STEP if early and interleaved else Form.WHOLE) if policy else None,
            classifier=form,
            glance_answer=glance_answer,
            answers=answers,
            steps=steps,
            uncertain=uncertain,
        )

    def _whole_answers_each_step(self) -> bool:
        whole = self.manifest.networks.classifier.forms.get(Form.WHOLE)
        return whole is not None and any(o.sink is Sink.LOGITS and len(o.shape) == 2 for o in whole.outputs)


def _units(network: Network | None, frames: int) -> int:
    if network is None or frames == 0:
        return 0
    return frames if network.unit is UnitKind.FRAME else 1


def _prefer(network: Network, form: Form) -> Form:
    """The wanted form if the network has it, else the other one that goes through all steps."""
    if form in network.forms:
        return form
    return Form.WHOLE if form is Form.STEP else Form.STEP
