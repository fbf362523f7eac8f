"""Answers put together by hand."""

from collections.abc import Sequence

import numpy as np

from foveate.engine.messages import Answer, ExitReason, Look, Spent
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Answered

THRESHOLD = 0.5


def answered(
    line: int,
    labels: tuple[int, ...],
    logits: list[list[float]],
    every_step: bool = True,
    executed: int = 50,
    found: int = 30,
    by_answer: Sequence[int] | None = None,
    keep: Sequence[float] = (),
) -> Answered:
    """A video of 30 listed frames whose answers had these logits (answers, classes).

    The last answer costs 40 and each before it 10 less, unless told; patches are kept from 0.5 on.
    """
    rows = np.array(logits, np.float32)
    costs = tuple(by_answer or range(50 - 10 * len(rows), 50, 10))
    answer = Answer(
        id=str(line),
        logits=rows[-1],
        step_logits=rows if every_step else None,
        answers=len(rows),
        exit=ExitReason.COMPLETE,
        looks=tuple(Look(0, n, n, (0, 0, 8, 8), k >= THRESHOLD, k) for n, k in enumerate(keep)),
        glanced=(),
        spent=Spent(executed, costs[-1], 60, 100, 1, 1, costs),
        stage_s={},
        queue_s=0.0,
    )
    return Answered(Listed(line, f"v{line}", 30, labels), answer, found)
