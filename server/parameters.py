"""Parameters of a request: read from the query and from form fields by one model each."""

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.errors import Detail, Problems, Refusal


class Parameters(BaseModel):
    """What a request may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str | None = Field(None, description="Name of the model; default: the server's first.")
    top_k: int = Field(5, ge=1, le=1000, description="Most classes to name.")
    explain: bool = Field(False, description="Say where the model looked, in pixels of the source.")
    steps: Literal["last", "all"] = Field("last", description="all: the best class after each answer too.")
    max_gflops: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Most compute to spend, in G multiply-adds: in the mean for a model with exits, else for "
        "this video. One that pays for the whole plan makes all of it.",
    )
    compute_share: float | None = Field(
        None,
        gt=0,
        le=1,
        description="The same as a share of the multiply-adds of the model's whole plan (gflops_full). "
        "1 asks for the full answer: nothing leaves early. Not together with max_gflops.",
    )
    deadline_ms: int | None = Field(
        None,
        ge=1,
        le=600_000,
        description="Milliseconds from the arrival of the request, upload included, after which an answer is "
        "of no use.",
    )


class FrameParameters(Parameters):
    """The same, and what raw frames need."""

    shape: str | None = Field(
        None, description="T,H,W,3 of the frames, where the header X-Shape does not say it."
    )
    preprocessed: bool = Field(
        False, description="The frames are the model's pool itself: T its frames, H = W its crop."
    )


P = TypeVar("P", bound=Parameters)


def parse(model: type[P], pairs: Iterable[tuple[str, str]]) -> P:
    """Validate parameters.

    Args:
        model: what is allowed.
        pairs: names and values, as they came.

    Raises:
        Refusal: one is unknown, given twice or of a wrong value; all are named.
    """
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            detail = Detail(name, "is given twice")
            raise Refusal(Problems.BAD_PARAMETER, f"The parameter {name!r} is given twice.", [detail])
        values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = [Detail(_name(found["loc"]), found["msg"]) for found in error.errors(include_url=False)]
        known = ", ".join(model.model_fields)
        names = ", ".join(repr(detail.parameter) for detail in details)
        raise Refusal(
            Problems.BAD_PARAMETER, f"Wrong parameters: {names}. There are: {known}.", details
        ) from None


def _name(location: tuple[int | str, ...]) -> str:
    return str(location[0]) if location else ""


def openapi_parameters(model: type[Parameters]) -> list[dict[str, Any]]:
    """The same parameters for OpenAPI."""
    listed = []
    for name, schema in model.model_json_schema()["properties"].items():
        described = {key: value for key, value in schema.items() if key not in ("title", "description")}
        options = [option for option in described.pop("anyOf", ()) if option != {"type": "null"}]
        for option in options:
            described |= option
        if described.get("default", "") is None:
            del described["default"]
        listed.append(
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": schema.get("description", ""),
                "schema": described,
            }
        )
    return listed
