"""From an evaluation's answers to its report: one frozen record, and the same as JSON."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from foveate.bundle.load import Bundle
from foveate.evaluation.collected import Collected
from foveate.evaluation.curve import AnswerPoint, ExitPoint, Scores, answer_points, exit_points
from foveate.evaluation.keep_shares import KeepPoint
from foveate.evaluation.score import average_precisions, targets_of

_GIGA = 1e9


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class.

    Attributes:
        index: its number.
        label: its name.
        videos: of which it is the first label.
        top1: per cent of them whose best class it is; None where there are none.
        average_precision: per cent; every label of a video counts. 0 where no video has it.
    """

    index: int
    label: str
    videos: int
    top1: float | None
    average_precision: float


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found. Costs are multiply-adds.

    Attributes:
        bundle: name and version.
        notice: of the bundle.
        videos: that were answered.
        several_labels: of them, those with more than one label.
        empty_classes: classes that no video has; their average precision counts 0.
        scores: of the answers that were given.
        executed: mean multiply-adds run for a video.
        nominal: mean multiply-adds that the papers count.
        full: multiply-adds that the papers count for everything, no patch dropped.
        dense: the focus network on every step's whole frame.
        answers: a point for each answer, where every answer was asked for.
        exits: a point for each exit setting, where every answer was asked for and the bundle has exits.
        classes: each class.
        skipped: line, name and reason of each video without an answer.
        recounted: line, name, frames by the list and frames found, where these differ.
        seconds: the evaluation took.
        keep_shares: a point for each share of the patches that was asked for.
    """

    bundle: str
    notice: str | None
    videos: int
    several_labels: int
    empty_classes: int
    scores: Scores
    executed: float
    nominal: float
    full: int
    dense: int
    answers: tuple[AnswerPoint, ...]
    exits: tuple[ExitPoint, ...]
    classes: tuple[ClassScore, ...]
    skipped: tuple[tuple[int, str, str], ...]
    recounted: tuple[tuple[int, str, int, int], ...]
    seconds: float
    keep_shares: tuple[KeepPoint, ...] = ()

    def reasons(self) -> list[tuple[str, int, str]]:
        """Why videos were skipped, the commonest first: reason, how many, and the name of the first."""
        counts = Counter(reason for _, _, reason in self.skipped)
        first: dict[str, str] = {}
        for _, name, reason in self.skipped:
            first.setdefault(reason, name)
        return [(reason, count, first[reason]) for reason, count in counts.most_common()]


def make_report(bundle: Bundle, collected: Collected, every_answer: bool, seconds: float) -> Report:
    """Score what was collected.

    Args:
        bundle: that answered.
        collected: its answers.
        every_answer: whether every answer was asked for.
        seconds: the evaluation took.

    Raises:
        InputError: no video was answered.
    """
    manifest, logits, labels = bundle.manifest, collected.stacked(), collected.labels
    targets = targets_of([video.labels for video in collected.videos], manifest.classes)
    nominal, exits = collected.costs, manifest.exits
    curve = answer_points(logits, targets, labels, nominal) if every_answer else []
    settings = exit_points(logits, targets, labels, nominal, exits) if every_answer and exits else []
    return Report(
        bundle=f"{manifest.name} {manifest.version}",
        notice=manifest.notice,
        videos=len(labels),
        several_labels=sum(len(video.labels) > 1 for video in collected.videos),
        empty_classes=int((~targets.any(0)).sum()),
        scores=Scores.of(logits[:, -1], targets, labels),
        executed=sum(collected.executed) / len(labels),
        nominal=sum(collected.nominal) / len(labels),
        full=manifest.cost.nominal[-1],
        dense=manifest.cost.dense,
        answers=tuple(curve),
        exits=tuple(settings),
        classes=_classes(bundle, collected),
        skipped=tuple((one.video.line, one.video.name, one.reason) for one in collected.skipped),
        recounted=tuple(
            (video.line, video.name, video.frames or 0, found) for video, found in collected.recounted
        ),
        seconds=seconds,
    )


def _classes(bundle: Bundle, collected: Collected) -> tuple[ClassScore, ...]:
    logits, labels = collected.stacked()[:, -1], collected.labels
    targets = targets_of([video.labels for video in collected.videos], bundle.manifest.classes)
    precisions, best = average_precisions(logits, targets), logits.argmax(1)
    return tuple(
        ClassScore(
            index=number,
            label=label,
            videos=int((labels == number).sum()),
            top1=float((best[labels == number] == number).mean() * 100) if (labels == number).any() else None,
            average_precision=float(precisions[number]),
        )
        for number, label in enumerate(bundle.labels)
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data; costs in G multiply-adds."""
    return {
        "bundle": report.bundle,
        "notice": report.notice,
        "videos": report.videos,
        "several_labels": report.several_labels,
        "empty_classes": report.empty_classes,
        **asdict(report.scores),
        "compute": {
            "unit": "multiply-adds",
            "gflops": report.executed / _GIGA,
            "gflops_nominal": report.nominal / _GIGA,
            "gflops_full": report.full / _GIGA,
            "gflops_dense": report.dense / _GIGA,
        },
        **_curves(report),
        "classes": [asdict(one) for one in report.classes],
        "skipped": [{"line": line, "name": name, "reason": reason} for line, name, reason in report.skipped],
        "recounted": [
            {"line": line, "name": name, "frames_listed": listed, "frames_found": found}
            for line, name, listed, found in report.recounted
        ],
        "seconds": report.seconds,
    }


def _curves(report: Report) -> dict[str, Any]:
    return {
        "answers": [
            {"answer": point.answer, "gflops_nominal": point.nominal / _GIGA, **asdict(point.scores)}
            for point in report.answers
        ],
        "exits": [
            {
                "setting": point.setting,
                "default": point.default,
                "gflops_nominal": point.nominal / _GIGA,
                "shares": list(point.shares),
                **asdict(point.scores),
            }
            for point in report.exits
        ],
        "keep_shares": [
            {
                "share": point.share,
                "threshold": point.threshold,
                "kept": point.kept,
                "gflops": point.executed / _GIGA,
                "gflops_nominal": point.nominal / _GIGA,
                **asdict(point.scores),
            }
            for point in report.keep_shares
        ],
    }
