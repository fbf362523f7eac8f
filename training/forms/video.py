"""A network that chooses one place for a whole video: AdaFocus for trimmed video."""

from torch import Tensor, nn
from torch.nn import functional

from models.adafocus_tsm import CONTINUOUS_OUTPUTS, AdaFocusTsm
from models.adafocus_v2 import by_video
from training.forms.base import Backbone, Form, Geometry
from training.forms.choice import ContinuousPlaces, Places, TablePlaces


class VideoForm(Form):
    """All glance frames together, one decision, all patches together; both networks have a say.

    Args:
        network: the network; pools hold the glance frames first and then the focus frames.
    """

    def __init__(self, network: AdaFocusTsm) -> None:
        self.network = network
        sizes, patch = network.sizes, network.options.patch
        glances = sizes.glance_frames
        self.geometry = Geometry(
            tuple(range(glances)),
            tuple(range(glances, glances + network.focus_frames)),
            1,
            sizes.crop,
            patch,
            glance_side=sizes.crop,
        )
        outputs = sizes.policy.outputs
        self.choice: Places
        if outputs == CONTINUOUS_OUTPUTS:
            self.choice = ContinuousPlaces(sizes.crop - patch, whole=True)
        else:
            self.choice = TablePlaces(outputs, sizes.crop, patch)
        self.hidden, self.classes = sizes.policy.hidden, sizes.classes

    @property
    def glance(self) -> nn.Module:
        """The glance network with its shift."""
        return self.network.glance.net

    @property
    def policy(self) -> nn.Module:
        """The policy."""
        return self.network.policy

    @property
    def focus(self) -> nn.Module:
        """The focus network with its shift, which wants all patches of a video together."""
        return self.network.focus.net

    @property
    def classifier(self) -> nn.Module:
        """The last layer of the focus; that of the glance is trained with its network."""
        return self.network.focus.fc

    def maps(self, frames: Tensor) -> Tensor:
        """Of all frames of a video together."""
        return by_video(self.network.glance.net(frames.flatten(0, 1)), frames.shape[1])

    def act(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """One decision."""
        scores, state = self.network.policy(maps)
        return scores.unsqueeze(1), state.unsqueeze(1)

    def answers(self, vectors: Tensor, local: Tensor, dropout: float = 0.0) -> Tensor:
        """The sum of both networks' mean logits; dropout is of the focus features."""
        glance = self.network.glance.fc(vectors)
        focus = self.network.focus.fc(functional.dropout(local, dropout))
        answers: Tensor = self.network.classifier(glance, focus)
        return answers.unsqueeze(1)

    def answers_with(self, vectors: Tensor, local: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """There is only one decision to change."""
        return self.answers(vectors, local), self.answers(vectors, others)

    def channels_of(self, part: Backbone) -> int:
        """Of the network's backbones."""
        return self.network.sizes.glance.last if part == "glance" else self.network.focus.net.channels

    def head_of(self, part: Backbone) -> nn.Module | None:
        """Both backbones have a layer of their own."""
        return self.network.glance.fc if part == "glance" else self.network.focus.fc
