"""Whether the inputs and outputs of a bundle's graphs fit its plan and one another."""

from dataclasses import dataclass

from foveate.bundle.manifest import Graph, Input, Manifest, Network, Output
from foveate.bundle.vocabulary import ElementType, Form, Sink, Source, Span, UnitKind
from foveate.errors import BundleError

_FORMS = {
    "glance": {Form.WHOLE},
    "policy": {Form.WHOLE, Form.STEP},
    "focus": {Form.WHOLE},
    "classifier": {Form.WHOLE, Form.STEP, Form.GLANCE},
}
_SOURCES = {
    "glance": {Source.PIXELS},
    "policy": {Source.GLANCE, Source.STATE, Source.STEP},
    "focus": {Source.PIXELS},
    "classifier": {Source.GLANCE, Source.FOCUS, Source.STATE, Source.STEP},
}
_SINKS = {
    "glance": {Sink.FEATURE},
    "policy": {Sink.FEATURE, Sink.STATE, Sink.FRAMES, Sink.RECTANGLES, Sink.KEEP},
    "focus": {Sink.FEATURE},
    "classifier": {Sink.FEATURE, Sink.STATE, Sink.LOGITS},
}
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Feature:
    """A feature of a whole video.

    Attributes:
        one: its shape for one frame or step; None where it is of the video as a whole.
        all: its shape for a video.
    """

    one: Shape | None
    all: Shape


def check_networks(manifest: Manifest) -> None:
    """Check every network of a manifest; see ``check_manifest``."""
    networks = manifest.networks
    counts = {"glance": len(manifest.plan.glance), "focus": manifest.plan.steps}
    named = {
        "glance": networks.glance,
        "policy": networks.policy,
        "focus": networks.focus,
        "classifier": networks.classifier,
    }
    features = {
        source: _features(network, counts[source.value])
        for source, network in ((Source.GLANCE, networks.glance), (Source.FOCUS, networks.focus))
        if network is not None
    }
    for name, network in named.items():
        if network is not None:
            _check_network(name, network, manifest, features, counts)


def _features(network: Network, count: int) -> dict[str, _Feature]:
    found = {}
    for output in (o for graph in network.forms.values() for o in graph.outputs if o.sink is Sink.FEATURE):
        name = output.of or output.name
        if network.unit is UnitKind.FRAME:
            found[name] = _Feature(output.shape, (count, *output.shape))
        else:
            each = bool(output.shape) and output.shape[0] == count
            found[name] = _Feature(output.shape[1:] if each else None, output.shape)
    return found


def _check_network(
    name: str,
    network: Network,
    manifest: Manifest,
    features: dict[Source, dict[str, _Feature]],
    counts: dict[str, int],
) -> None:
    if not set(network.forms) <= _FORMS[name]:
        raise BundleError(f"networks.{name} has a form that it cannot have")
    if name == "classifier" and set(network.forms) == {Form.GLANCE}:
        raise BundleError("networks.classifier has no form that answers after the steps")
    for form, graph in network.forms.items():
        place = f"networks.{name}.forms.{form.value}"
        ports = [i.name for i in graph.inputs] + [o.name for o in graph.outputs]
        if len(set(ports)) != len(ports):
            raise BundleError(f"{place} has two inputs or outputs of one name")
        for port in graph.inputs:
            if port.source not in _SOURCES[name]:
                raise BundleError(f"{place} cannot have {port.source.value} as an input")
            _check_input(place, name, network, form, port, features, counts)
        for output in graph.outputs:
            if output.sink not in _SINKS[name]:
                raise BundleError(f"{place} cannot have {output.sink.value} as an output")
            _check_output(place, form, output, manifest)
        if name == "classifier":
            _check_logits(place, form, graph, manifest)
    _check_states(name, network)


def _check_input(
    place: str,
    name: str,
    network: Network,
    form: Form,
    port: Input,
    features: dict[Source, dict[str, _Feature]],
    counts: dict[str, int],
) -> None:
    if port.source is Source.PIXELS:
        if network.pixels is None:
            raise BundleError(f"{place} takes pixels, and networks.{name}.pixels does not say which")
        one = (3, network.pixels.height, network.pixels.width)
        _match(place, port, one if network.unit is UnitKind.FRAME else (counts[name], *one))
    elif port.source is Source.STEP:
        _match(place, port, ())
        if port.dtype is not ElementType.INT64 or form is not Form.STEP:
            raise BundleError(f"{place}.{port.name} is a step number: an int64 of the form step")
    elif port.source in features or port.source in (Source.GLANCE, Source.FOCUS):
        known = features.get(port.source, {})
        feature = known.get(port.of or "")
        if feature is None:
            raise BundleError(f"{place}.{port.name} reads {port.source.value}.{port.of}, which nothing gives")
        if port.span is Span.ONE and (form is not Form.STEP or feature.one is None):
            raise BundleError(f"{place}.{port.name} reads one step's value where there is none")
        if port.source is Source.FOCUS and form is Form.GLANCE:
            raise BundleError(f"{place}.{port.name} reads the focus, which comes after it")
        _match(place, port, feature.all if port.span is Span.ALL or feature.one is None else feature.one)


def _check_output(place: str, form: Form, output: Output, manifest: Manifest) -> None:
    steps = manifest.plan.steps
    if output.sink is Sink.RECTANGLES:
        allowed: list[Shape] = [(4,)] if form is Form.STEP else [(steps, 4), (4,)]
    elif output.sink is Sink.FRAMES:
        allowed = [()] if form is Form.STEP else [(steps,)]
        if output.dtype is not ElementType.INT64:
            raise BundleError(f"{place}.{output.name} numbers frames and must be int64")
    elif output.sink is Sink.KEEP:
        allowed = [(), (1,)] if form is Form.STEP else [(steps,)]
    else:
        return
    if output.shape not in allowed:
        raise BundleError(f"{place}.{output.name} has the shape {output.shape}, not {allowed[0]}")


def _check_logits(place: str, form: Form, graph: Graph, manifest: Manifest) -> None:
    shapes = [output.shape for output in graph.outputs if output.sink is Sink.LOGITS]
    allowed: list[Shape] = [(manifest.classes,)]
    if form is Form.WHOLE:
        allowed.append((manifest.plan.steps, manifest.classes))
    if len(shapes) != 1 or shapes[0] not in allowed:
        raise BundleError(f"{place} must give logits once, of {manifest.classes} classes")


def _check_states(name: str, network: Network) -> None:
    """Every state that a form reads is given by some form, always in one shape and type."""
    given: dict[str, tuple[Shape, ElementType]] = {}
    for graph in network.forms.values():
        for output in (o for o in graph.outputs if o.sink is Sink.STATE):
            form = (output.shape, output.dtype)
            if output.of is None or given.setdefault(output.of, form) != form:
                raise BundleError(
                    f"networks.{name} gives the state {output.of} without a name or in two shapes"
                )
    for graph in network.forms.values():
        for port in (i for i in graph.inputs if i.source is Source.STATE):
            if given.get(port.of or "") != (port.shape, port.dtype):
                raise BundleError(
                    f"networks.{name} reads the state {port.of}, which it gives in no such shape"
                )


def _match(place: str, port: Input, shape: Shape) -> None:
    if port.shape != shape:
        raise BundleError(f"{place}.{port.name} has the shape {port.shape}, and what it reads has {shape}")
