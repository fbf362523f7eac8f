"""``foveate engines``: build a bundle's TensorRT engines before the first start, and look at them."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from foveate.cli.arguments import add_engine_cache
from foveate.errors import ConfigError

if TYPE_CHECKING:
    from foveate.tensorrt.cache import EngineCache, Kept
    from foveate.tensorrt.key import EngineKey
    from foveate.tensorrt.store import EngineStore
    from server.settings import Settings

NAME = "engines"
HELP = "build, list and inspect TensorRT engines"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="build what a bundle needs on this machine and is not there yet")
    build.add_argument("folder", type=Path, metavar="DIR", help="folder of the bundle")
    add_build_arguments(build)
    show = actions.add_parser("list", help="a line an engine")
    inspect = actions.add_parser(
        "inspect", help="what an engine was made for, its inputs, outputs and profiles"
    )
    inspect.add_argument("engine", type=Path, metavar="FILE", help="an engine of the cache")
    add_engine_cache(show)


def add_build_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how engines are built; ``foveate export --tensorrt`` has these too."""
    add = parser.add_argument
    add("--rtx", action="store_true", help="by TensorRT-RTX, which compiles without a GPU")
    add("--device", metavar="N", help="number of the GPU (FOVEATE_DEVICE; default: 0)")
    for kind in ("frames", "videos"):
        text = f"as it will be served with (FOVEATE_BATCH_{kind.upper()}; default: what suits the GPU)"
        add(f"--batch-{kind}", metavar="N", help=text)
    add(
        "--compute-capability",
        action="append",
        default=[],
        metavar="X.Y",
        help="with --rtx: compile for this one, given again for more (default: its own choice)",
    )
    add_engine_cache(parser)


def run(args: argparse.Namespace) -> int:
    """Do what was asked.

    Raises:
        ConfigError: the library, the GPU or the cache cannot be had.
        BundleError: a bundle cannot be read, or a graph of it cannot be compiled.
    """
    if args.action == "build":
        return build(args, args.folder)
    try:
        return _inspect(args.engine) if args.action == "inspect" else _list(_cache(args.engine_cache))
    except ImportError as error:
        raise _nothing_installed(error) from error


def store_of(args: argparse.Namespace) -> "EngineStore":
    """Where engines shall come from; worth asking before the work that leads to them.

    Raises:
        ConfigError: the library or the GPU cannot be had, or the batch sizes make no sense.
    """
    device, capabilities = _settings(args).device, tuple(args.compute_capability)
    try:
        from foveate.tensorrt.build import BuildOptions
        from foveate.tensorrt.device import CudaDevice
        from foveate.tensorrt.flavour import FlavourName, flavour
        from foveate.tensorrt.said import collector
        from foveate.tensorrt.store import EngineStore

        chosen = flavour(FlavourName.RTX if args.rtx else FlavourName.TENSORRT)
        library = chosen.load()
        target = chosen.target(device, capabilities)
        options = BuildOptions(capabilities=capabilities, said=collector(library))
        if not chosen.ahead:
            options = replace(options, use=CudaDevice(device).use)
    except ImportError as error:
        raise _nothing_installed(error) from error
    return EngineStore(chosen, target, _cache(args.engine_cache), options)


def build(args: argparse.Namespace, folder: Path) -> int:
    """Build the engines of a bundle that are not there yet, a line each.

    Raises:
        ConfigError: the library, the GPU or the cache cannot be had.
        BundleError: the bundle cannot be read, a graph of it cannot be compiled, or its engines choose
            otherwise than a CPU.
    """
    from foveate.bundle.load import load_bundle
    from foveate.runtimes.gpu import gpu_memory
    from server.sizing import wish_of

    store, settings = store_of(args), _settings(args)
    from foveate.tensorrt.bundle import build_bundle

    wish = wish_of(settings)
    if not (settings.batch_frames and settings.batch_videos) and gpu_memory(settings.device) is None:
        print(
            f"there is no GPU here to suit: batches of up to {wish.max_frames} frames and {wish.max_videos} "
            "videos; it must be served with the same ones, or give --batch-frames and --batch-videos",
            file=sys.stderr,
        )
    bundle = load_bundle(folder)
    for kept in build_bundle(bundle, store, wish):
        print(_line(kept))
    if not store.flavour.ahead:
        from foveate.tensorrt.device import CudaDevice
        from foveate.tensorrt.runtime import check_engines

        check_engines(bundle, store, CudaDevice(wish.device), wish)
    return 0


def _settings(args: argparse.Namespace) -> "Settings":
    """Those of a server that is given the same flags, in the same environment."""
    from foveate.runtimes.wish import RuntimeName
    from server.settings import read_settings

    names = ("device", "batch_frames", "batch_videos")
    given = {name: value for name in names if (value := getattr(args, name)) is not None}
    runtime = RuntimeName.TENSORRT_RTX if args.rtx else RuntimeName.TENSORRT
    return read_settings(given | {"runtime": runtime})


def _list(cache: "EngineCache") -> int:
    if cache.folder.exists() and not cache.folder.is_dir():
        raise ConfigError(f"{cache.folder} is no folder of engines")
    for kept in cache:
        print(_line(kept))
    return 0


def _inspect(path: Path) -> int:
    from foveate.bundle.hashes import sha256
    from foveate.tensorrt.cache import read_record

    if not path.name:
        raise ConfigError(f"{path} is no file of an engine")
    record = read_record(path)
    if record is None:
        raise ConfigError(f"{path} has no record that can be read beside it")
    if not path.is_file() or sha256(path) != record.engine_sha256:
        raise ConfigError(f"{path} is not the engine that its record is of")
    facts = _facts(record.key) | {"built in": f"{record.seconds:.1f} s, {record.bytes / 1e6:.1f} MB"}
    if (plan := record.plan) is not None:
        facts["plan"] = f"{plan.lost} choices are not a CPU's, on {plan.videos} made-up videos"
    for name, value in facts.items():
        print(f"{name:<20}{value}")
    for tensor in record.tensors:
        sizes = ", ".join(f"{least[0]} to {most[0]}" for least, _, most in tensor.profiles)
        batch = f", batches of {sizes}" if sizes else ""
        shape = " x ".join("n" if size < 0 else str(size) for size in tensor.shape)
        print(f"{tensor.mode:<20}{tensor.name}: {tensor.dtype} {shape}{batch}")
    return 0


def _facts(key: "EngineKey") -> dict[str, str]:
    return {
        "graph": key.graph_sha256,
        "library": f"{key.flavour} {key.version}",
        "GPU": f"{key.gpu}, compute capability {key.compute_capability}, driver {key.driver}",
        "precision": f"{key.precision}, TF32 {'on' if key.tf32 else 'off'}",
    }


def _line(kept: "Kept") -> str:
    key = kept.record.key
    most = key.profiles[-1].most
    return (
        f"{kept.path.name}  {key.precision}, batches to {most}, GPU {key.gpu} {key.compute_capability}, "
        f"{kept.record.bytes / 1e6:.1f} MB"
    )


def _cache(folder: Path | None) -> "EngineCache":
    from foveate.runtimes.wish import default_engine_cache
    from foveate.tensorrt.cache import EngineCache

    return EngineCache(
        folder or default_engine_cache(), lambda text: print(text, file=sys.stderr, flush=True)
    )


def _nothing_installed(error: ImportError) -> ConfigError:
    return ConfigError(f"engines need the extra 'tensorrt' or 'tensorrt-rtx': {error}")
