from pathlib import Path

import av

from benchmarks.video_file import write_video


def test_the_made_video_moves(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", seconds=1)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 25
    assert frames[0].shape == (240, 320, 3)
    assert abs(frames[0].astype(int) - frames[5]).mean() > 5
