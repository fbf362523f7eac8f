"""``/v1/models``: what is served, and what it costs."""

from fastapi import APIRouter, Request

from foveate.bundle.manifest import Exits, Graph, Manifest
from foveate.runtimes.base import RuntimeInfo
from server.catalogue import Catalogue
from server.model import Model
from server.model_schemas import (
    ExitPoint,
    ModelCost,
    ModelDescription,
    ModelExits,
    ModelInput,
    ModelList,
    ModelPlan,
    ModelSummary,
    RuntimePassedOver,
    RuntimeUsed,
)
from server.openapi import errors_of
from server.service import Service

router = APIRouter(tags=["models"])


@router.get("/v1/models", summary="What is served", responses=errors_of(500))
async def list_models(request: Request) -> ModelList:
    """All models, the default first."""
    catalogue: Catalogue = request.app.state.service.catalogue
    return ModelList(models=[_summary(model, catalogue) for model in catalogue])


@router.get("/v1/models/{name}", summary="Everything about a model", responses=errors_of(404, 500))
async def describe_model(request: Request, name: str) -> ModelDescription:
    """Labels, input, plan, cost table (multiply-adds), exits, runtime and hashes of a model."""
    service: Service = request.app.state.service
    model = service.catalogue.find(name)
    manifest = model.bundle.manifest
    return ModelDescription(
        **_summary(model, service.catalogue).model_dump(),
        sha256=model.sha256,
        files=dict(manifest.files),
        precision=manifest.precision,
        runtime=_runtime(service.runtime),
        labels=list(model.bundle.labels),
        input=_input(manifest),
        plan=_plan(model),
        cost=_cost(manifest),
        exits=_exits(manifest.exits) if manifest.exits else None,
    )


def _summary(model: Model, catalogue: Catalogue) -> ModelSummary:
    manifest = model.bundle.manifest
    return ModelSummary(
        name=model.name,
        version=manifest.version,
        description=manifest.description,
        notice=manifest.notice,
        default=model is catalogue.default,
    )


def _runtime(info: RuntimeInfo) -> RuntimeUsed:
    passed_over = [RuntimePassedOver(name=each.name, reason=each.reason) for each in info.passed_over]
    return RuntimeUsed(name=info.name, device=info.device, reason=info.reason, passed_over=passed_over)


def _input(manifest: Manifest) -> ModelInput:
    sampling, preprocessing = manifest.sampling, manifest.preprocessing
    return ModelInput(
        sampling=sampling.rule.value,
        pool=sampling.pool,
        resize=preprocessing.resize.value,
        short_side=preprocessing.short_side,
        crop=preprocessing.crop,
        views=[view.value for view in preprocessing.views],
    )


def _plan(model: Model) -> ModelPlan:
    plan = model.bundle.manifest.plan
    return ModelPlan(
        order=plan.order.value,
        glance_frames=len(plan.glance),
        candidates=len(plan.candidates),
        steps=plan.steps,
        keep_threshold=plan.keep_threshold,
        can_stop=model.plan.can_stop,
    )


def _cost(manifest: Manifest) -> ModelCost:
    networks = manifest.networks
    present = (networks.glance, networks.policy, networks.focus, networks.classifier)
    graphs: list[Graph] = [graph for network in present if network for graph in network.forms.values()]
    return ModelCost(
        by_answer=list(manifest.cost.nominal),
        dense=manifest.cost.dense,
        published=manifest.cost.published,
        by_graph={graph.file: graph.multiply_adds for graph in graphs},
    )


def _exits(exits: Exits) -> ModelExits:
    return ModelExits(
        measure=exits.measure.value,
        default=exits.default,
        settings=[
            ExitPoint(multiply_adds=s.multiply_adds, accuracy=s.accuracy, shares=list(s.shares))
            for s in exits.settings
        ],
        source=exits.source,
    )
