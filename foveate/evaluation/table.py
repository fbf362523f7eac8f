"""An evaluation's report as text."""

from collections.abc import Iterator

from foveate.evaluation.curve import Scores
from foveate.evaluation.report import Report

_GIGA = 1e9
_SHOWN = 5


def lines(report: Report) -> Iterator[str]:
    """The report, a line at a time."""
    if report.notice:
        yield report.notice
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    yield f"{report.bundle}: {report.videos} videos{skipped}, in {report.seconds:.1f} s"
    yield from _scores(report)
    yield (
        f"compute  {report.executed / _GIGA:.3f} G multiply-adds a video executed, "
        f"{report.nominal / _GIGA:.3f} nominal ({report.full / _GIGA:.3f} for every answer, "
        f"{report.dense / _GIGA:.3f} dense)"
    )
    if len(report.answers) > 1:
        yield from _heading("stopping at answer")
        for answer in report.answers:
            yield _row(str(answer.answer), answer.nominal, answer.scores)
    if report.exits:
        yield from _heading("exit setting")
        for point in report.exits:
            name = f"{point.setting}{' (default)' if point.default else ''}"
            yield _row(name, point.nominal, point.scores)
    if report.keep_shares:
        yield from (f"{line}  executed" if line else "" for line in _heading("share kept (asked)"))
        for kept in report.keep_shares:
            row = _row(f"{kept.kept:.3f} ({kept.share:g})", kept.nominal, kept.scores)
            yield f"{row}  {kept.executed / _GIGA:8.3f}"
    yield from _remarks(report)


def _scores(report: Report) -> Iterator[str]:
    scores = report.scores
    yield f"top-1    {scores.top1:.2f} %"
    if scores.top5 is not None:
        yield f"top-5    {scores.top5:.2f} %"
    remarks = []
    if report.several_labels:
        first = scores.mean_average_precision_first
        remarks.append(f"by first labels alone {first:.2f} %")
    if report.empty_classes:
        remarks.append(f"{report.empty_classes} classes without a video count 0")
    yield f"mAP      {scores.mean_average_precision:.2f} %" + (f" ({'; '.join(remarks)})" if remarks else "")


def _heading(what: str) -> Iterator[str]:
    yield ""
    yield f"{what:>18}  G multiply-adds   top-1     mAP"


def _row(name: str, multiply_adds: float, scores: Scores) -> str:
    return (
        f"{name:>18}  {multiply_adds / _GIGA:15.3f}  {scores.top1:6.2f}  {scores.mean_average_precision:6.2f}"
    )


def _remarks(report: Report) -> Iterator[str]:
    reasons = report.reasons()
    if reasons or report.recounted:
        yield ""
    for reason, count, name in reasons[:_SHOWN]:
        yield f"skipped {count}: {reason} (first: {name})"
    if len(reasons) > _SHOWN:
        yield f"skipped {sum(count for _, count, _ in reasons[_SHOWN:])} for other reasons"
    if report.recounted:
        line, name, listed, found = report.recounted[0]
        yield (
            f"{len(report.recounted)} folders do not hold as many frames as the list says "
            f"(line {line}, {name}: {listed} listed, {found} there); the list's numbers were used"
        )
