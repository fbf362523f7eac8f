"""Settings of the pool."""

from importlib import import_module

from foveate.video.settings import PoolSettings, PoolStats


def test_the_default_handler_is_there() -> None:
    module, _, function = PoolSettings().handler.partition(":")
    assert callable(getattr(import_module(module), function))


def test_defaults_bound_everything() -> None:
    settings = PoolSettings()
    bounds = (settings.timeout_s, settings.cpu_s, settings.memory_bytes, settings.max_waiting)
    assert all(0 < bound < float("inf") for bound in bounds)
    assert settings.limits.max_pixels > 3840 * 2160


def test_a_fresh_pool_has_done_nothing() -> None:
    stats = PoolStats(workers=3)
    assert (stats.workers, stats.alive, stats.decoded, stats.mean_job_s) == (3, 0, 0, 0.0)
