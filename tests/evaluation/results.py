"""Answers put together by hand."""

import numpy as np

from foveate.engine.messages import Answer, ExitReason, Spent
from foveate.evaluation.listed import Listed
from foveate.evaluation.run import Answered


def answered(
    line: int,
    labels: tuple[int, ...],
    logits: list[list[float]],
    every_step: bool = True,
    executed: int = 50,
    found: int = 30,
) -> Answered:
    """A video of 30 listed frames whose answers had these logits (answers, classes)."""
    rows = np.array(logits, np.float32)
    answer = Answer(
        id=str(line),
        logits=rows[-1],
        step_logits=rows if every_step else None,
        answers=len(rows),
        exit=ExitReason.COMPLETE,
        looks=(),
        glanced=(),
        spent=Spent(executed, 40, 60, 100, 1, 1, (40,)),
        stage_s={},
        queue_s=0.0,
    )
    return Answered(Listed(line, f"v{line}", 30, labels), answer, found)
