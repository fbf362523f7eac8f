"""The manifest of a draft that was never exported."""

from pathlib import Path

from export.draft import Draft, manifest_of_graphs
from export.request import ExportRequest
from foveate.bundle.check import check_manifest
from foveate.bundle.manifest import Graph, Manifest
from foveate.bundle.vocabulary import Form


def manifest_of(draft: Draft) -> Manifest:
    graphs: dict[str, dict[Form, Graph]] = {}
    for spec in draft.specs:
        graph = Graph(file=spec.file, inputs=spec.inputs, outputs=spec.outputs, multiply_adds=1)
        graphs.setdefault(spec.network, {})[spec.form] = graph
    manifest = manifest_of_graphs(draft, ExportRequest(Path(), (), Path()), graphs)
    check_manifest(manifest)
    return manifest
