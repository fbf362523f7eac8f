import pytest

from tests.training.end_to_end.tiny import network as whole
from tests.training.forms.nets import FORMS, network
from training.forms.frames import FramesForm
from training.forms.registry import form_of
from training.forms.video import VideoForm


@pytest.mark.parametrize("system", FORMS)
def test_every_system_of_the_stages_has_a_form(system: str) -> None:
    wanted = VideoForm if "tsm" in system else FramesForm
    assert isinstance(form_of(network(system), 3), wanted)


@pytest.mark.parametrize("system", ["tsn", "uni-adafocus", "adafocus-v2-tsm"])
def test_others_have_none(system: str) -> None:
    assert form_of(whole(system), 3) is None
