"""A job's pages, in the slab's numbers."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from foveate.video.container import DecodeLimits
from foveate.video.jobs import run_job
from foveate.video.records import DecodeJob, RawFrames
from foveate.video.slab import Slab
from tests.video.made import CROP, SMALL, crops, full_decode, middles, picture


def test_pages_are_the_slabs(videos: Callable[[str], Path]) -> None:
    path = videos("odd-size.mp4")
    slab = Slab(CROP * CROP * 3, 40)
    numbers = tuple(range(39, 27, -1))
    decoded = run_job(DecodeJob(str(path), middles(12), SMALL, numbers), slab, DecodeLimits(), lambda: None)
    reference = full_decode(path)
    assert set(decoded.used) == set(numbers[:9])
    assert decoded.unused == numbers[9:]
    for page, index in zip(decoded.pages[0], decoded.indices, strict=True):
        np.testing.assert_array_equal(slab.page(page, (CROP, CROP, 3)), crops(reference[index], SMALL)[0])
    assert not any(slab.page(number, (CROP * CROP * 3,)).any() for number in range(31))
    assert decoded.wall_s > 0
    slab.close()


def test_raw_jobs(tmp_path: Path) -> None:
    (tmp_path / "frames").write_bytes(picture(5, CROP, CROP).tobytes())
    slab = Slab(CROP * CROP * 3, 3)
    raw = RawFrames(1, CROP, CROP, preprocessed=True)
    job = DecodeJob(str(tmp_path / "frames"), middles(1), SMALL, (2,), raw)
    assert run_job(job, slab, DecodeLimits(), lambda: None).pages == ((2,),)
    np.testing.assert_array_equal(slab.page(2, (CROP, CROP, 3)), picture(5, CROP, CROP))
    slab.close()
