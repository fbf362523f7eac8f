"""Every setting of the server: a flag of ``foveate serve`` and its twin in the environment."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, IPvAnyNetwork, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from foveate.cores import core_count
from foveate.errors import ConfigError
from foveate.runtimes.wish import RuntimeName
from foveate.video.records import DecodedBy
from server.logs import LogFormat

PREFIX = "FOVEATE_"

_THIS_MACHINE = (IPv4Network("127.0.0.1"), IPv6Network("::1"))


class Settings(BaseSettings):
    """Where to listen, what to serve, and how much of everything a client may take."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Prefix under which a proxy offers this server, as /foveate, whether or not it takes it "
        "off before it passes a request on.",
    )
    bundle: Annotated[tuple[Path, ...], NoDecode] = Field(
        (),
        description="Folder of a bundle to serve, or of several in folders of their own. Give it again for "
        "more; the first is used by requests that name no model. SIGUSR1 has them read anew. In the "
        "environment, folders are separated by a colon. Without any, the embedded bundle is served, which "
        "knows ten actions of a drawn figure.",
    )
    runtime: RuntimeName = Field(
        RuntimeName.AUTO,
        description="What runs the graphs: tensorrt, tensorrt-rtx, tensorrt-provider, cuda, torch or cpu; "
        "auto for the first of these that loads and runs the bundles here. One that is named and cannot is "
        "refused.",
    )
    device: int = Field(0, ge=0, le=1023, description="Number of the GPU, where the runtime uses one.")
    engine_cache: Path | None = Field(
        None,
        description="Folder of engines compiled for this machine, at the first start or by "
        "'foveate engines build'. Default: .cache/foveate/engines in the home folder.",
    )
    lanes: int = Field(
        0,
        ge=0,
        le=1024,
        description="Batches that run at once, each on one thread; 0 for three on a GPU and one per core "
        "elsewhere, or as many as a quota of processor time is worth.",
    )
    batch_frames: int = Field(
        0,
        ge=0,
        le=4096,
        description="Most frames or patches in a batch of the glance and focus networks; 0 for 8 on a CPU, "
        "where larger batches gain little and hold other videos up, or 64 to 256 on a GPU, by its memory.",
    )
    batch_videos: int = Field(
        0,
        ge=0,
        le=4096,
        description="Most videos in a batch of the policy and classifier networks; 0 for 8 on a CPU, and for "
        "16 to 64 on a GPU.",
    )
    look_ahead: int = Field(
        2,
        ge=1,
        le=4096,
        description="Steps of one video that may run beyond its last answer. More keeps the lanes busy with "
        "few videos, less wastes less when a video exits early.",
    )
    max_upload_bytes: int = Field(
        256 << 20, ge=1, description="Largest body of a request; a larger one is answered 413."
    )
    max_in_flight: int = Field(
        64,
        ge=1,
        le=100_000,
        description="Requests that may be waiting or computed at once, their uploads complete; more are "
        "answered 429. With this many waiting, the last one waits for all before it.",
    )
    max_uploads: int = Field(
        256,
        ge=1,
        le=100_000,
        description="Uploads that may be under way at once, besides the requests of max_in_flight; more are "
        "answered 429. One that ends while there are max_in_flight waits for its turn as long as it took, "
        "for body_timeout_s at most; nothing new begins meanwhile.",
    )
    max_bytes_in_flight: int = Field(
        1 << 30,
        ge=1,
        description="Bytes of uploads that may be held at once, in all requests together, until they are "
        "decoded; at least those of the largest upload. Where there is no room, an upload that begins is "
        "answered 429, and one that is under way waits for it, for body_timeout_s at most.",
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        _THIS_MACHINE,
        description="Addresses or networks of proxies, separated by commas, whose X-Forwarded-For says in "
        "the log who a request comes from; others are named themselves.",
    )
    keep_alive_s: int = Field(
        75,
        ge=1,
        le=86_400,
        description="Seconds that a connection is kept open for its next request. Longer than a proxy in "
        "front keeps it (60 by default with nginx and AWS's load balancers): or it sends a request into a "
        "connection that is being closed, and answers 502.",
    )
    body_timeout_s: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="Seconds that an upload is waited for without a byte, or with fewer than min_upload_rate "
        "for each of them; it is then answered 408.",
    )
    min_upload_rate: int = Field(
        1024,
        ge=0,
        description="Least bytes a second of an upload, in the mean over body_timeout_s. 0 for any that are "
        "not silent.",
    )
    decode_workers: int = Field(
        0,
        ge=0,
        le=1024,
        description="Processes that decode videos, one at a time each; 0 for one per core, and on a CPU for "
        "as many as --lanes where that is given.",
    )
    decode_timeout_s: float = Field(
        60.0, gt=0, le=3600, description="Seconds after which the decoding of a video is given up."
    )
    decode: DecodedBy = Field(
        "cpu",
        description="What decodes videos: cpu, or for large frames nvdec, the decoder of GPU --device (needs "
        "PyNvVideoCodec; not yet run on a GPU). What that does not decode, the CPU does.",
    )
    nvdec_pixels: int = Field(
        1280 * 720, ge=1, description="Pixels (width times height) from which on a frame is large for nvdec."
    )
    nvdec_workers: int = Field(
        2,
        ge=1,
        le=64,
        description="Processes that decode by nvdec, one video at a time each; each takes memory of the GPU.",
    )
    max_pixels: int = Field(4096 * 2304, ge=1, description="Most pixels (width times height) of a frame.")
    max_duration_s: float = Field(600.0, gt=0, description="Longest video, in seconds.")
    max_packets: int = Field(100_000, ge=1, description="Most coded frames of a video.")
    pages: int = Field(
        0,
        ge=0,
        description="Frames of shared memory between the decoders and the engine: what may be decoded and "
        "not yet computed. 0 for two videos of the largest bundle per decoder and per video of a full glance "
        "batch in each lane, at least eight videos, and not more than --max-in-flight has.",
    )
    deadline_s: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="Seconds from the arrival of a request, its upload included, after which it is answered "
        "504; a request may ask for less with deadline_ms. 0 for none.",
    )
    brown_out: float = Field(
        0.75,
        ge=0,
        le=1,
        description="Share of max_in_flight in use from which videos are given less compute (and their "
        "answers marked degraded), before anybody is refused. 1 switches it off.",
    )
    upload_folder: Path | None = Field(
        None,
        description="Folder for uploads while they are decoded: memory (/dev/shm) is fastest, and must hold "
        "max_bytes_in_flight. Default: the folder for temporary files.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="Least level that is logged; each request is one line at info, each answer to a probe "
        "(/livez, /readyz, /metrics) at debug.",
    )
    log_format: LogFormat = Field(
        "logfmt", description="Of the log's lines: logfmt (key=value pairs) or json (an object a line)."
    )
    stall_s: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="Seconds after which a batch that does not end means that the device hangs: no more work "
        "is taken, and /livez fails too, so that whatever watches the server starts it anew. 0 for never.",
    )
    drain_s: float = Field(
        30.0, ge=0, le=3600, description="Seconds that requests in flight are given after SIGTERM."
    )

    @field_validator("bundle", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(os.pathsep) if part] if isinstance(value, str) else value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return (
            [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @property
    def lane_count(self) -> int:
        """Lanes on a CPU, the default resolved."""
        return self.lanes or core_count()


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Settings from flags, then the environment, then defaults.

    Args:
        given: what was given on the command line, by field name.

    Raises:
        ConfigError: a value that cannot be used; the message names the flag and the variable.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        flag = f"--{name.replace('_', '-')} (or {PREFIX}{name.upper()})"
        raise ConfigError(f"{flag}: {problem['msg']}, not {problem['input']!r}") from None
