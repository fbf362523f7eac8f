"""From the sizes of a configuration to a network, its weights drawn from torch's generator."""

from torch import nn

from foveate.errors import CheckpointError, ConfigError
from models.adafocus import AdaFocus, AdaFocusSizes
from models.adafocus_checkpoint import check_patch
from models.adafocus_plus import AdaFocusPlus
from models.adafocus_tsm import AdaFocusTsm, AdaFocusTsmOptions, AdaFocusTsmSizes
from models.adafocus_tsm_policy import VideoPolicySizes
from models.adafocus_v2_tsm import AdaFocusV2Tsm, AdaFocusV2TsmOptions, AdaFocusV2TsmSizes
from models.dense import Tsm, Tsn
from models.map_encoder import EncoderSizes
from models.ocsampler import OCSampler, OCSamplerOptions, OCSamplerSizes
from models.policy import PolicySizes
from models.published import check_side
from models.uni_adafocus import UniAdaFocus, UniAdaFocusSizes, UniOptions
from models.uni_adafocus_tsm import UniAdaFocusTsm, UniAdaFocusTsmSizes
from models.uni_adafocus_x3d import CELL, UniAdaFocusX3d, UniAdaFocusX3dSizes
from models.uni_policy import UniPolicySizes
from models.x3d import X3D, X3DSizes
from training.networks import build_network, mobilenet
from training.sizes import (
    AnySizes,
    Convolutions,
    PlusSizes,
    SamplerSizes,
    Sizes,
    TsmSizes,
    TsnSizes,
    UniFrameSizes,
    UniSizes,
    UniTsmSizes,
    UniX3dSizes,
    V1Sizes,
    V1TsmSizes,
    V2TsmSizes,
    X3dSizes,
)


def build(sizes: AnySizes, classes: int, auxiliary: bool = True) -> nn.Module:
    """The network of a system.

    Args:
        sizes: of a configuration.
        classes: number of classes.
        auxiliary: whether the heads that only training end to end needs are there.

    Raises:
        ConfigError: these sizes do not go together.
    """
    try:
        if isinstance(sizes, Sizes):
            check_side(sizes.patch, sizes.crop)
            return build_network(sizes, classes, auxiliary)
        if isinstance(sizes, V1Sizes):
            return _v1(sizes, classes)
        if isinstance(sizes, V1TsmSizes):
            return _v1_tsm(sizes, classes)
        if isinstance(sizes, V2TsmSizes):
            return _v2_tsm(sizes, classes, auxiliary)
        if isinstance(sizes, UniSizes):
            return _uni(sizes, classes, auxiliary)
        if isinstance(sizes, SamplerSizes):
            return _sampler(sizes, classes)
        return _dense(sizes, classes)
    except (ValueError, CheckpointError) as error:
        raise ConfigError(f"these sizes do not go together: {error}") from error


def _dense(sizes: TsnSizes | TsmSizes | X3dSizes, classes: int) -> nn.Module:
    if isinstance(sizes, TsnSizes):
        return Tsn(classes, sizes.base)
    if isinstance(sizes, TsmSizes):
        return Tsm(classes, sizes.frames, base=sizes.base)
    return X3D(_x3d(sizes.network, classes))


def _v1(sizes: V1Sizes, classes: int) -> nn.Module:
    policy = PolicySizes(
        channels=sizes.glance.last,
        map_side=(sizes.glance_side or sizes.crop) // CELL,
        squeezed=sizes.squeezed,
        encoded=sizes.encoded,
        hidden=sizes.hidden,
        candidates=sizes.places,
    )
    hidden = sizes.classifier_hidden or None
    focus = mobilenet(sizes.focus) if sizes.focus else sizes.focus_base
    network = AdaFocusSizes(mobilenet(sizes.glance), policy, focus, hidden, classes)
    check_patch(network, sizes.patch, sizes.crop)
    base = AdaFocus(network, sizes.patch, sizes.crop)
    # Nothing is dropped while it is trained: the threshold is chosen on the trained network.
    return AdaFocusPlus(base, 0.0) if isinstance(sizes, PlusSizes) else base


def _v1_tsm(sizes: V1TsmSizes, classes: int) -> nn.Module:
    check_side(sizes.patch, sizes.crop)
    stacked = sizes.glance_frames * sizes.glance.last
    encoder = EncoderSizes(stacked, sizes.crop // CELL, sizes.squeezed, sizes.encoded)
    policy = VideoPolicySizes(encoder, hidden=sizes.hidden, outputs=sizes.places)
    network = AdaFocusTsmSizes(mobilenet(sizes.glance), policy, sizes.focus_base, classes)
    return AdaFocusTsm(network, AdaFocusTsmOptions(sizes.patch, sizes.focus_frames))


def _v2_tsm(sizes: V2TsmSizes, classes: int, auxiliary: bool) -> AdaFocusV2Tsm:
    check_side(sizes.patch, sizes.crop)
    stacked = sizes.glance_frames * sizes.glance.last
    return AdaFocusV2Tsm(
        AdaFocusV2TsmSizes(
            glance=mobilenet(sizes.glance),
            encoder=EncoderSizes(stacked, sizes.crop // CELL, sizes.squeezed, sizes.encoded),
            policy_hidden=sizes.hidden,
            focus_base=sizes.focus_base,
            classes=classes,
            auxiliary=auxiliary,
        ),
        AdaFocusV2TsmOptions(sizes.patch, sizes.focus_frames),
    )


def _uni(sizes: UniSizes, classes: int, auxiliary: bool) -> nn.Module:
    check_side(sizes.patch, sizes.crop)
    options = UniOptions(
        patch=sizes.patch,
        candidates=sizes.candidates,
        focus_frames=sizes.focus_frames,
        crop=sizes.crop,
        smallest=sizes.smallest,
    )
    if isinstance(sizes, UniFrameSizes):
        policy = _policy(sizes, sizes.glance.last, sizes.crop // CELL, each_frame=True)
        return UniAdaFocus(
            UniAdaFocusSizes(
                glance=mobilenet(sizes.glance),
                policy=policy,
                focus_base=sizes.focus_base,
                focus_frames=sizes.focus_frames,
                embedding=sizes.embedding,
                classes=classes,
                auxiliary=auxiliary,
            ),
            options,
        )
    if isinstance(sizes, UniTsmSizes):
        policy = _policy(sizes, sizes.glance.last, sizes.crop // CELL)
        tsm = UniAdaFocusTsmSizes(mobilenet(sizes.glance), policy, sizes.focus_base, classes, auxiliary)
        return UniAdaFocusTsm(tsm, options)
    assert isinstance(sizes, UniX3dSizes)
    policy = _policy(sizes, sizes.glance.last, sizes.crop * 5 // 7 // CELL)
    glance, focus = _x3d(sizes.glance, classes), _x3d(sizes.focus, classes)
    return UniAdaFocusX3d(UniAdaFocusX3dSizes(glance, focus, policy, auxiliary), options)


def _sampler(sizes: SamplerSizes, classes: int) -> OCSampler:
    if sizes.keep > sizes.frames:
        raise ValueError(f"{sizes.keep} of {sizes.frames} frames cannot be kept")
    return OCSampler(
        OCSamplerSizes(mobilenet(sizes.skim), sizes.focus_base, sizes.embedding, classes),
        # As its bundle answers: after k frames as if k were kept.
        OCSamplerOptions(sizes.keep, sizes.divisor, sizes.frames, sizes.skim_side, by_time=False),
    )


def _policy(sizes: UniSizes, channels: int, side: int, each_frame: bool = False) -> UniPolicySizes:
    return UniPolicySizes(
        channels, side, sizes.glance_frames, each_frame, sizes.spatial_hidden, sizes.temporal_hidden
    )


def _x3d(sizes: Convolutions, classes: int) -> X3DSizes:
    return X3DSizes(sizes.stem, sizes.widths, sizes.inner, sizes.blocks, sizes.last, sizes.hidden, classes)
