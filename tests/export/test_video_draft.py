import torch

from export.video_draft import one_rectangle
from foveate.bundle.vocabulary import PixelOperation, UnitKind
from tests.export.drafts import full_size, small_drafts


def test_a_draft_of_whole_videos() -> None:
    draft = full_size("v2 tsm", 144)
    assert set(draft.unit.values()) == {UnitKind.VIDEO}
    assert draft.pixels["focus"].operation is PixelOperation.BILINEAR
    assert full_size("tsm", 144).pixels["focus"].operation is PixelOperation.CUT
    assert draft.description == (
        "AdaFocusV2-TSM: 8 glance frames, 12 patches of 144 x 144 at one place of the video, "
        "between the pixels; 174 classes"
    )
    assert draft.options == {"patch": 144, "glance_frames": 8, "focus_frames": 12}


def test_a_table_of_places_is_in_the_provenance() -> None:
    assert small_drafts()["tsm discrete"].options["places"] == 16
    assert small_drafts()["tsm"].options["places"] is None


def test_a_rectangle_of_a_corner() -> None:
    corners = torch.tensor([[[3.5, 4.0]]])
    assert one_rectangle(corners, 40).tolist() == [[[3.5, 4.0, 40.0, 40.0]]]
