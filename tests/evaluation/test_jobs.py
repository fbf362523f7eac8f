from pathlib import Path

import numpy as np

from foveate.evaluation.folder import FrameFolder
from foveate.evaluation.jobs import FolderJob, run_job
from foveate.video.container import DecodeLimits
from foveate.video.decode import nothing
from foveate.video.records import DecodeJob
from foveate.video.slab import Slab
from tests.evaluation.made import frames_folder
from tests.video.made import CROP, SMALL, encode, middles


def test_folders_and_files_end_in_the_slabs_pages(tmp_path: Path) -> None:
    slab = Slab(CROP * CROP * 3, 12)
    slab.allocate(3)
    folder = frames_folder(tmp_path / "v", 1, 9)
    video = encode(tmp_path / "v.mp4", "libx264", frames=9)
    for path in (folder, video):
        pages = slab.allocate(4)
        assert pages is not None
        job = DecodeJob(str(path), middles(3), SMALL, pages)
        if path is folder:
            job = FolderJob(str(path), middles(3), SMALL, pages, folder=FrameFolder(9))
        found = run_job(job, slab, DecodeLimits(), nothing)
        assert found.indices == (1, 4, 7)
        assert set(found.used) | set(found.unused) == set(pages)
        assert found.wall_s > 0
        written = [slab.page(page, (CROP, CROP, 3)).copy() for page in found.pages[0]]
        assert all(frame.any() for frame in written)
        assert not np.array_equal(written[0], written[1])
    slab.close()
