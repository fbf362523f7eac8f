"""What depends on the runtime: slab and lanes in the sizes that suit it, and the engine with every bundle."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foveate.bundle.load import Bundle
from foveate.engine.courier import Courier
from foveate.engine.engine import Engine, Observer
from foveate.engine.executor import ChecksBundles, OpenDevice, OpensDevice
from foveate.engine.scheduler import LaneRules
from foveate.runtimes.base import LoadedGraph, Runtime
from foveate.runtimes.trial import Tried
from foveate.runtimes.wish import Wish
from foveate.video.slab import Slab
from server.catalogue import Catalogue
from server.pages import PageGate
from server.settings import Settings
from server.sizing import pages_of, rules_of, workers_of

log = logging.getLogger(__name__)

OnDeath = Callable[[BaseException], None]


@dataclass(frozen=True, slots=True)
class Assembly:
    """The parts of a server on one runtime.

    Attributes:
        engine: with every bundle loaded, its lanes not yet started.
        slab: where frames are.
        gate: to its pages.
        courier: of the engine's events.
        device: that the runtime opened; None where it takes and gives arrays.
        lanes: how many batches run at once.
        workers: processes that decode.
    """

    engine: Engine
    slab: Slab
    gate: PageGate
    courier: Courier
    device: OpenDevice | None
    lanes: int
    workers: int

    def close(self) -> None:
        """Let go of the device and of the slab; no lane may be running."""
        if self.device is not None:
            self.device.close()
        self.slab.close()


def tried(runtime: Runtime) -> Runtime:
    """A runtime whose graphs run as they are loaded; one that opens a device tries them by itself."""
    if isinstance(runtime, OpensDevice):
        return runtime
    return _TriedAndChecked(runtime, runtime) if isinstance(runtime, ChecksBundles) else Tried(runtime)


class _TriedAndChecked(Tried):
    """One that looks at bundles by itself too; see ``ChecksBundles``."""

    def __init__(self, runtime: Runtime, checks: ChecksBundles) -> None:
        super().__init__(runtime)
        self._checks = checks

    def check(self, bundle: Bundle, graphs: Mapping[str, LoadedGraph]) -> None:
        """See ``ChecksBundles.check``."""
        self._checks.check(bundle, graphs)


def assemble(
    settings: Settings,
    wish: Wish,
    catalogue: Catalogue,
    observer: Observer,
    on_death: OnDeath,
    runtime: Runtime,
) -> Assembly:
    """Put a server's parts together on a runtime; where that fails, nothing is left of them.

    Args:
        settings: of the server.
        wish: that led to the runtime.
        catalogue: the bundles.
        observer: told of each batch.
        on_death: told when a lane died.
        runtime: what loads and runs the bundles.

    Raises:
        BundleError: a graph cannot be loaded or does not run.
        ConfigError: the runtime turns out not to be there.
        Exception: whatever else its library raises.
    """
    rules = _rules(settings, wish, runtime)
    workers = workers_of(settings, runtime.info)
    slab = Slab(catalogue.page_bytes, pages_of(settings, rules, workers, catalogue.pages))
    device: OpenDevice | None = None
    try:
        if isinstance(runtime, OpensDevice):
            device = runtime.open_device(slab.array(), rules, settings.max_in_flight)
        gate = PageGate(slab)
        courier = Courier(gate.give)
        make = device.make if device else None
        engine = Engine(runtime, rules, slab.page, courier.deliver, observer, on_death, make)
        for model in catalogue:
            engine.add_bundle(model.key, model.bundle)
    except BaseException:
        _undo(device, slab)
        raise
    return Assembly(engine, slab, gate, courier, device, rules.lanes, workers)


def _rules(settings: Settings, wish: Wish, runtime: Runtime) -> LaneRules:
    rules = rules_of(settings, wish, runtime.info)
    return runtime.rules(rules) if isinstance(runtime, OpensDevice) else rules


def _undo(device: OpenDevice | None, slab: Slab) -> None:
    try:
        if device is not None:
            device.close()
    except Exception:  # a GPU in error lets go of nothing; why the bundles were not loaded says more
        log.debug("the device could not be closed", exc_info=True)
    slab.close()
