"""A video as a state machine: which of its units may run now.

Holds no arrays and no clock. A unit is given out exactly once; what it needs has then been done. Steps are
given out at most ``window`` ahead of the last answer, so that an exit saves something.
"""

from collections.abc import Callable, Iterator

from foveate.bundle.vocabulary import Form, Order
from foveate.engine.messages import Options, Stage
from foveate.engine.plan import BundlePlan
from foveate.engine.units import Outcome, Unit

Judge = Callable[[int], bool]
"""Told the number of an answer that every view has made, says whether the video leaves with it."""


class _View:
    """What has been given out and done of one view."""

    def __init__(self, plan: BundlePlan) -> None:
        self.glance_given = 0
        self.glanced = [False] * plan.glances
        self.policy_given = 0
        self.planned = 0
        self.keep = [True] * plan.steps
        self.focus_given = 0
        self.focused = [False] * plan.focuses
        self.classify_given = 0
        self.classified = 0


class Progress:
    """One video's way through its plan.

    Args:
        video: the scheduler's number of the video.
        plan: its bundle's plan.
        options: what its request asks.
        look_ahead: steps that may be in flight beyond the last answer of a video that may exit.
        judge: see ``Judge``.
    """

    def __init__(self, video: int, plan: BundlePlan, options: Options, look_ahead: int, judge: Judge) -> None:
        self.plan = plan
        self.course = plan.course(options)
        self.finished = False
        self.left_early = False
        self.answered = 0
        self._video = video
        self._judge = judge
        self._look_ahead = max(1, look_ahead)
        self._extra = 0
        self._views = [_View(plan) for _ in range(plan.views)]
        self._interleaved = plan.manifest.plan.order is Order.INTERLEAVED

    def ready(self) -> list[Unit]:
        """Units that may run now and were not given out before."""
        if self.finished:
            return []
        return [unit for number, view in enumerate(self._views) for unit in self._of_view(number, view)]

    def widen(self) -> list[Unit]:
        """Let one more step run ahead, because a lane has nothing else; the units this makes ready."""
        if self.finished or not self.course.uncertain or self._window() >= self.course.steps:
            return []
        self._extra += 1
        return self.ready()

    def done(self, unit: Unit, outcome: Outcome) -> None:
        """Take note of a unit that ran; ``ready`` then tells what follows."""
        view = self._views[unit.view]
        if unit.stage is Stage.GLANCE:
            view.glanced[unit.index] = True
        elif unit.stage is Stage.POLICY:
            self._planned(view, unit, outcome)
        elif unit.stage is Stage.FOCUS:
            view.focused[unit.index] = True
        else:
            self._classified(view, unit)

    def looked_at(self, view: int, step: int) -> bool:
        """Whether a step's patch has been through the focus network."""
        focused = self._views[view].focused
        if not focused or not self._views[view].keep[step]:
            return False
        return focused[step] if len(focused) > 1 else focused[0]

    def nominal(self, answer: int) -> int:
        """Multiply-adds of stopping at an answer as the papers count them.

        A patch that was dropped costs no focus; what is not planned yet counts as kept.
        """
        steps = self.plan.steps_behind(answer)
        dropped = sum(view.keep[:steps].count(False) for view in self._views)
        return self.plan.manifest.cost.nominal[answer] - dropped * self.plan.cost(Stage.FOCUS, Form.WHOLE)

    def planned(self, view: int) -> int:
        """Steps of a view whose patches are known."""
        return self._views[view].planned if self.course.policy else self.plan.steps

    def _planned(self, view: _View, unit: Unit, outcome: Outcome) -> None:
        whole = unit.form is Form.WHOLE
        first, count = (0, self.plan.steps) if whole else (unit.index, 1)
        view.planned = first + count
        if outcome.keep is not None:
            view.keep[first : first + count] = outcome.keep

    def _classified(self, view: _View, unit: Unit) -> None:
        if unit.form is Form.GLANCE or unit.form is Form.STEP:
            view.classified += 1
        else:
            view.classified = self.course.answers
        made = min(v.classified for v in self._views)
        while self.answered < made and not self.finished:
            self.answered += 1
            self._extra = max(0, self._extra - 1)
            last = self.answered >= self.course.answers
            self.left_early = not last and self.course.uncertain and self._judge(self.answered - 1)
            self.finished = last or self.left_early

    def _steps_answered(self) -> int:
        return self.answered - 1 if self.course.glance_answer and self.answered else self.answered

    def _window(self) -> int:
        """Steps that may be given out by now."""
        if self.course.glance_answer and self.answered == 0:
            return 0
        if not self.course.uncertain or self.course.classifier is not Form.STEP:
            return self.course.steps
        return min(self.course.steps, self._steps_answered() + self._look_ahead + self._extra)

    def _of_view(self, number: int, view: _View) -> Iterator[Unit]:
        window = self._window()
        yield from self._glances(number, view, window)
        if self.course.glance_answer and view.classify_given == 0 and all(view.glanced):
            view.classify_given = 1
            yield Unit(self._video, Stage.CLASSIFY, Form.GLANCE, number, 0)
        if window:
            yield from self._policies(number, view, window)
            yield from self._focuses(number, view, window)
            yield from self._classifies(number, view)

    def _glances(self, number: int, view: _View, window: int) -> Iterator[Unit]:
        allowed = window if self._interleaved and self.plan.glances > 1 else self.plan.glances
        if self.course.policy is Form.WHOLE or self.course.classifier is Form.WHOLE:
            allowed = self.plan.glances
        while view.glance_given < min(allowed, self.plan.glances):
            yield Unit(self._video, Stage.GLANCE, Form.WHOLE, number, view.glance_given)
            view.glance_given += 1

    def _glanced_for(self, view: _View, step: int) -> bool:
        if self._interleaved and len(view.glanced) > 1:
            return view.glanced[step]
        return all(view.glanced)

    def _policies(self, number: int, view: _View, window: int) -> Iterator[Unit]:
        if self.course.policy is Form.WHOLE:
            if view.policy_given == 0 and all(view.glanced):
                view.policy_given = 1
                yield Unit(self._video, Stage.POLICY, Form.WHOLE, number, 0)
        elif self.course.policy is Form.STEP:
            step = view.policy_given
            if step < window and step == view.planned and self._glanced_for(view, step):
                view.policy_given += 1
                yield Unit(self._video, Stage.POLICY, Form.STEP, number, step)

    def _focuses(self, number: int, view: _View, window: int) -> Iterator[Unit]:
        planned = view.planned if self.course.policy else self.plan.steps
        if self.plan.focuses == 1 < self.plan.steps:
            if view.focus_given == 0 and planned == self.plan.steps:
                view.focus_given = 1
                yield Unit(self._video, Stage.FOCUS, Form.WHOLE, number, 0)
            return
        while view.focus_given < min(planned, window, self.plan.focuses):
            step = view.focus_given
            view.focus_given += 1
            if view.keep[step]:
                yield Unit(self._video, Stage.FOCUS, Form.WHOLE, number, step)
            else:
                view.focused[step] = True

    def _classifies(self, number: int, view: _View) -> Iterator[Unit]:
        before = 1 if self.course.glance_answer else 0
        if self.course.classifier is Form.WHOLE:
            if view.classify_given == before and all(view.focused) and all(view.glanced):
                view.classify_given += 1
                yield Unit(self._video, Stage.CLASSIFY, Form.WHOLE, number, 0)
            return
        step = view.classify_given - before
        following = view.classify_given == self.answered and step < self.course.steps
        if following and self._focused_for(view, step) and self._glanced_for(view, step):
            view.classify_given += 1
            yield Unit(self._video, Stage.CLASSIFY, Form.STEP, number, step)

    def _focused_for(self, view: _View, step: int) -> bool:
        if self.plan.focuses <= 1:
            return all(view.focused)
        return view.focus_given > step and view.focused[step]
