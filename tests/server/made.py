"""An answer and a decoding put together by hand."""

import numpy as np

from foveate.bundle.load import untrained_bundle
from foveate.engine.messages import Answer, ExitReason, Look, Options, Spent, Stage
from foveate.video.geometry import Geometry
from foveate.video.records import Decoded, VideoFacts
from server.catalogue import Catalogue
from server.model import Model
from server.results import Outcome, Waits


def model() -> Model:
    return Catalogue.load([untrained_bundle()]).default


def facts(container: str = "mov", rotation: int = 0) -> VideoFacts:
    return VideoFacts(
        container=container,
        codec="h264",
        width=512,
        height=256,
        rotation=rotation,
        frames=100,
        fps=25.0,
        duration_s=4.0,
        variable_rate=False,
        truncated=True,
        size_changes=False,
        sample_aspect=None,
        pixel_format="yuv420p",
        full_range=False,
        transfer=None,
        decoded=40,
    )


def outcome(container: str = "mov", rotation: int = 0) -> Outcome:
    upright = (512, 256) if rotation % 180 == 0 else (256, 512)
    corner = ((upright[0] - 224) // 2, (upright[1] - 224) // 2)
    logits = np.zeros(10, np.float32)
    logits[3], logits[7] = 2.0, 1.0
    answer = Answer(
        id="1",
        logits=logits,
        step_logits=np.stack([np.roll(logits, 1), logits]),
        answers=2,
        exit=ExitReason.BUDGET,
        looks=(
            Look(0, 0, 5, (10.0, 20.0, 96.0, 96.0), True),
            Look(0, 1, 6, (0.0, 0.0, 96.0, 96.0), False),
        ),
        glanced=(0, 1),
        spent=Spent(350_000_000, 300_000_000, 2_400_000_000, 4_000_000_000, 3, 2, (200_000_000, 300_000_000)),
        stage_s={Stage.GLANCE: 0.010, Stage.FOCUS: 0.020},
        queue_s=0.004,
    )
    decoded = Decoded(
        pages=(tuple(range(16)),),
        unused=(),
        indices=tuple(range(0, 96, 6)),
        times_s=tuple(index / 25 for index in range(0, 96, 6)),
        geometry=Geometry(512, 256, rotation, *upright, 224, (corner,)),
        facts=facts(container, rotation),
        wall_s=0.05,
    )
    return Outcome(answer, decoded, Options(max_answers=2), Waits(0.001, 0.002), True)
