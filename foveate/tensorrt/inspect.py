"""Inputs and outputs of an engine: names, types, shapes and profiles, and whether they are the manifest's."""

from collections.abc import Sequence
from typing import Any, Literal

from foveate.bundle.manifest import Graph, Record
from foveate.errors import BundleError
from foveate.tensorrt.profiles import Range

Shape = tuple[int, ...]

_TYPES = {
    "FLOAT": "float32",
    "HALF": "float16",
    "BF16": "bfloat16",
    "INT64": "int64",
    "INT32": "int32",
    "INT8": "int8",
    "UINT8": "uint8",
    "BOOL": "bool",
}


class EngineTensor(Record):
    """An input or output of an engine.

    Attributes:
        name: of the tensor.
        mode: which of the two.
        dtype: its type, as NumPy names it.
        shape: batch axis first, -1 where it is free.
        profiles: least, best and most shape in each profile; none for outputs.
    """

    name: str
    mode: Literal["input", "output"]
    dtype: str
    shape: Shape
    profiles: tuple[tuple[Shape, Shape, Shape], ...] = ()


def network_tensors(network: Any, ranges: Sequence[Range]) -> tuple[EngineTensor, ...]:
    """What an engine of a parsed network will have, its batch axis in the given ranges."""
    inputs = (network.get_input(index) for index in range(network.num_inputs))
    outputs = (network.get_output(index) for index in range(network.num_outputs))
    return (
        *(
            EngineTensor(
                name=each.name,
                mode="input",
                dtype=_type(each.dtype),
                shape=tuple(each.shape),
                profiles=tuple(
                    _shapes(tuple(each.shape)[1:], (one.least, one.best, one.most)) for one in ranges
                ),
            )
            for each in inputs
        ),
        *(
            EngineTensor(name=each.name, mode="output", dtype=_type(each.dtype), shape=tuple(each.shape))
            for each in outputs
        ),
    )


def engine_tensors(engine: Any) -> tuple[EngineTensor, ...]:
    """What a loaded engine has. Not run on a GPU yet; loading one needs it."""
    found = []
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        reads = engine.get_tensor_mode(name).name == "INPUT"
        profiles = range(engine.num_optimization_profiles if reads else 0)
        found.append(
            EngineTensor(
                name=name,
                mode="input" if reads else "output",
                dtype=_type(engine.get_tensor_dtype(name)),
                shape=tuple(engine.get_tensor_shape(name)),
                profiles=tuple(
                    _three(tuple(map(tuple, engine.get_tensor_profile_shape(name, number))))
                    for number in profiles
                ),
            )
        )
    return tuple(sorted(found, key=lambda tensor: tensor.mode))


def check_tensors(title: str, tensors: Sequence[EngineTensor], graph: Graph, ranges: Sequence[Range]) -> None:
    """Hold an engine's inputs and outputs to the manifest's.

    Args:
        title: what to call the engine in the message.
        tensors: what it has.
        graph: what it shall have.
        ranges: batch sizes of its profiles.

    Raises:
        BundleError: something differs.
    """
    wanted = {
        **{port.name: ("input", port.dtype.value, (-1, *port.shape)) for port in graph.inputs},
        **{port.name: ("output", port.dtype.value, (-1, *port.shape)) for port in graph.outputs},
    }
    found = {tensor.name: (tensor.mode, tensor.dtype, tensor.shape) for tensor in tensors}
    if found.keys() != wanted.keys():
        raise BundleError(f"{title} has {sorted(found)}, not the manifest's {sorted(wanted)}")
    for tensor in tensors:
        # A library that was given one batch size may tell that in place of a free axis.
        sizes = {-1, ranges[0].most} if len(ranges) == 1 and ranges[0].least == ranges[0].most else {-1}
        mode, dtype, shape = wanted[tensor.name]
        if found[tensor.name] not in [(mode, dtype, (size, *shape[1:])) for size in sizes]:
            raise BundleError(
                f"{title}: {tensor.name} is {found[tensor.name]}, not the manifest's {wanted[tensor.name]}"
            )
        if tensor.mode == "input":
            shapes = tuple(_shapes(tensor.shape[1:], (one.least, one.best, one.most)) for one in ranges)
            if tensor.profiles != shapes:
                raise BundleError(f"{title}: {tensor.name} has the profiles {tensor.profiles}, not {shapes}")


def _shapes(unit: Shape, batches: tuple[int, int, int]) -> tuple[Shape, Shape, Shape]:
    least, best, most = ((batch, *unit) for batch in batches)
    return least, best, most


def _three(shapes: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    least, best, most = shapes
    return least, best, most


def _type(value: Any) -> str:
    name: str = value.name
    return _TYPES.get(name, name)
