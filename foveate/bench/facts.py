"""What the server says of the model under load, and of what runs it."""

from pydantic import BaseModel, ConfigDict


class _Told(BaseModel):
    # What a later server adds is of no concern.
    model_config = ConfigDict(frozen=True, extra="ignore")


class ServedRuntime(_Told):
    """What runs the model's graphs."""

    name: str
    device: str
    reason: str


class ServedInput(_Told):
    """What the model makes of a video."""

    pool: int
    crop: int


class ServedCost(_Told):
    """Multiply-adds of a video: of stopping at each answer, and of the heavy network everywhere."""

    by_answer: tuple[int, ...]
    dense: int


class ServedModel(_Told):
    """The model's description at ``/v1/models/{name}``."""

    name: str
    version: str
    description: str
    notice: str | None
    sha256: str
    precision: str
    runtime: ServedRuntime
    input: ServedInput
    cost: ServedCost
    labels: tuple[str, ...]


class _Info(_Told):
    version: str


class ServedApi(_Told):
    """What is wanted of ``/openapi.json``: the server's own version."""

    info: _Info


class _Summary(_Told):
    name: str
    default: bool


class ServedModels(_Told):
    """The list at ``/v1/models``."""

    models: tuple[_Summary, ...]

    def pick(self, name: str | None) -> str | None:
        """The name of the model that requests for ``name`` get; None where there is none."""
        names = [
            model.name for model in self.models if (model.default if name is None else model.name == name)
        ]
        return names[0] if names else None
