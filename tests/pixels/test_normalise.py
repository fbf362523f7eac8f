import numpy as np

from foveate.pixels.normalise import Normaliser


def test_the_published_order_of_operations_to_the_last_bit() -> None:
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    out = np.empty((3, 1, 256), np.float32)
    Normaliser.of(mean, std).planes(levels, out)
    for channel in range(3):
        wanted = (
            levels[..., channel].astype(np.float32) / np.float32(255) - np.float32(mean[channel])
        ) / np.float32(std[channel])
        np.testing.assert_array_equal(out[channel], wanted)
