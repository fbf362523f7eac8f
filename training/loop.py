"""Running the stages of a configuration, from where the last run was stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from training.config import AnyStage, TrainConfig
from training.draws import Draws
from training.end_to_end.published import clip_of
from training.errors import TrainingError
from training.logs import Log
from training.schedule import rate_at
from training.stages.base import Run, Task
from training.stages.registry import stage_run
from training.state import load_state, save_state


@dataclass(frozen=True, slots=True)
class Position:
    """How far a run is: the stage, and the steps of it that are behind."""

    stage: int
    step: int


class Loop:
    """The stages of a run, one after the other.

    Everything that a step depends on is in the saved state or follows from the step's number, so that a run
    that was killed ends in the same weights as one that was not.

    Args:
        config: of the run.
        context: its network and data.
        log: where losses and progress go.
    """

    def __init__(self, config: TrainConfig, context: Task, log: Log) -> None:
        self.config = config
        self.context = context
        self.log = log
        self._scaler = torch.amp.GradScaler(context.device.type, enabled=context.device.type == "cuda")

    def train(self) -> None:
        """Run what is left to run.

        Raises:
            TrainingError: the state is of another configuration, or a loss is no number.
        """
        torch.set_num_threads(self.config.threads)
        begun = load_state(self.config.out, lambda stage, step: run_digest(self.config, stage, step))
        state = begun or {"stage": 0, "step": 0}
        if "network" in state:
            self.context.network.load_state_dict(state["network"])
        for number in range(state["stage"], len(self.config.stages)):
            self._stage(number, state if number == state["stage"] else {"step": 0})

    def _stage(self, number: int, state: Mapping[str, Any]) -> None:
        stage, draws = self.config.stages[number], Draws(self.config.seed, number)
        draws.initial()
        run = stage_run(stage, self.context)
        run.extras.to(self.context.device)
        optimizer = _optimizer(stage, run)
        if "optimizer" in state:
            run.extras.load_state_dict(state["extras"])
            optimizer.load_state_dict(state["optimizer"])
            self._scaler.load_state_dict(state["scaler"])
        run.begin()
        if state["step"] == 0:
            run.start()
        _set_modes(self.context.network, run)
        steps = total_steps(stage, len(self.context.data))
        for step in self.log.steps(number, stage.kind, state["step"], steps):
            self._step(run, optimizer, draws, Position(number, step), steps)
            if (step + 1) % self.config.save_every == 0 and step + 1 < steps:
                self._save(Position(number, step + 1), run, optimizer)
        run.finish()
        self._save(Position(number + 1, 0))

    def _step(self, run: Run, optimizer: Optimizer, draws: Draws, position: Position, steps: int) -> None:
        stage, done = self.config.stages[position.stage], position.step / steps
        rate = rate_at(stage, position.step, steps)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        random = draws.step(position.step)
        numbers = draws.batch(position.step, len(self.context.data), stage.batch)
        with self._autocast():
            loss, scalars = run.loss(numbers, random, done)
        value = float(loss.detach())
        if not isfinite(value):
            raise TrainingError(f"the loss of stage {position.stage + 1}, step {position.step} is {value}")
        further = run.again()
        following: torch.Tensor | None = loss
        while following is not None:
            self._descend(stage, optimizer, following)
            with self._autocast():
                following = next(further, None)
        self.log.scalars(position.stage, stage.kind, position.step, {"loss": value, **scalars})

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.context.device.type, enabled=self._scaler.is_enabled())

    def _descend(self, stage: AnyStage, optimizer: Optimizer, loss: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(self._scaler.scale(loss))
        clip = clip_of(stage, self.context.network)
        if clip is not None:
            self._scaler.unscale_(optimizer)
            parameters = [value for group in optimizer.param_groups for value in group["params"]]
            nn.utils.clip_grad_norm_(parameters, clip)
        self._scaler.step(optimizer)
        self._scaler.update()

    def _save(self, position: Position, run: Run | None = None, optimizer: Optimizer | None = None) -> None:
        state: dict[str, Any] = {
            "run": run_digest(self.config, position.stage, position.step),
            "stage": position.stage,
            "step": position.step,
            "network": self.context.network.state_dict(),
        }
        if run is not None and optimizer is not None:
            state["extras"] = run.extras.state_dict()
            state["optimizer"] = optimizer.state_dict()
            state["scaler"] = self._scaler.state_dict()
        save_state(self.config.out, state)


def total_steps(stage: AnyStage, videos: int) -> int:
    """Steps of a stage on so many videos; a rest that fills no batch waits for the next epoch."""
    return stage.epochs * (videos // min(stage.batch, videos))


def run_digest(config: TrainConfig, stage: int, step: int) -> str:
    """What tells a run from others that far: everything but where its files are and how often it saves.

    Stages that have not begun may be others when the run goes on.

    Args:
        config: of the run.
        stage: that is running, or is the next.
        step: of it that is the next.
    """
    begun = config.stages[: stage + (step > 0)]
    told = config.model_copy(update={"stages": begun}).model_dump_json(exclude={"out", "cache", "save_every"})
    return sha256(told.encode()).hexdigest()


def _optimizer(stage: AnyStage, run: Run) -> Optimizer:
    groups = [
        {"params": list(module.parameters()), "factor": factor}
        for module, factor in run.trained()
        if any(True for _ in module.parameters())
    ]
    if stage.optimizer == "adam":
        return AdamW(groups, lr=stage.rate, weight_decay=stage.decay)
    return SGD(groups, lr=stage.rate, momentum=0.9, weight_decay=stage.decay)


def _set_modes(network: nn.Module, run: Run) -> None:
    """What is trained is in training mode and takes gradients; the rest is neither."""
    network.eval().requires_grad_(False)
    for module, _ in run.trained():
        module.train().requires_grad_(True)
