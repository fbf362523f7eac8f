"""Images built with buildah, in a store of their own that leaves with its folder."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.image.machine import debian_mirror, pip_secrets

REPOSITORY = Path(__file__).resolve().parents[2]

_SUITE = "bookworm"
_PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """An image in the store.

    Attributes:
        name: of the image.
        environment: set in its containers.
        command: what a container runs, entry point and arguments.
        health: the command of its health check.
        user: who runs it, as user:group.
        stop_signal: sent to end it.
    """

    name: str
    environment: dict[str, str]
    command: tuple[str, ...]
    health: tuple[str, ...]
    user: str
    stop_signal: str


class Builder:
    """Builds and keeps images.

    Args:
        folder: for everything; a base that lies there from before is used again.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._buildah = (
            "buildah",
            f"--root={folder / 'store'}",
            f"--runroot={folder / 'run'}",
            "--storage-driver=overlay",
        )

    def buildah(self, *arguments: str) -> str:
        """Run buildah and return what it prints.

        Raises:
            subprocess.CalledProcessError: it fails.
        """
        command = [*self._buildah, *arguments]
        return subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, cwd=REPOSITORY
        ).stdout.strip()

    def base(self, name: str) -> None:
        """Make a Debian with Python, to stand in for the official image that ``name`` is."""
        root = self.folder / "base"
        if not root.exists():
            partial = self.folder / "base.partial"
            include = "--include=ca-certificates,python3,python3-venv"
            command = ["debootstrap", "--variant=minbase", include, _SUITE, str(partial), *debian_mirror()]
            with (self.folder / "debootstrap.log").open("w") as log:
                subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=True)
            for package in partial.glob("var/cache/apt/archives/*.deb"):
                package.unlink()
            # Where the official image has it.
            (partial / "usr/local/bin/python").symlink_to("/usr/bin/python3")
            partial.rename(root)
        container = self.buildah("from", "scratch")
        self.buildah("add", "--quiet", container, str(root), "/")
        self.buildah("config", f"--env=PATH={_PATH}", container)
        self.buildah("commit", "--quiet", "--rm", container, name)

    def build(self, target: str, *flags: str) -> BuiltImage:
        """Build a target of the Dockerfile.

        Raises:
            subprocess.CalledProcessError: it cannot be built.
        """
        name = f"foveate:{target}"
        self.buildah(
            *("bud", "--isolation=chroot", "--pull-never", "--format=docker", "--layers", "--quiet"),
            *(f"--target={target}", f"--tag={name}", *pip_secrets(self.folder), *flags, "."),
        )
        inspected: Any = json.loads(self.buildah("inspect", "--type=image", name))
        config = inspected["Docker"]["config"]
        kind, *health = config["Healthcheck"]["Test"]
        assert kind == "CMD"
        return BuiltImage(
            name=name,
            environment=dict(line.split("=", 1) for line in config["Env"]),
            command=(*config["Entrypoint"], *config["Cmd"]),
            health=tuple(health),
            user=config["User"],
            stop_signal=config["StopSignal"],
        )

    def root_of(self, image: BuiltImage) -> Path:
        """The files of a new container of the image."""
        container = self.buildah("from", "--pull-never", image.name)
        return Path(self.buildah("mount", container))

    def run(self, image: BuiltImage, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a container of its own, as the image's user, on this machine's network."""
        container = self.buildah("from", "--pull-never", image.name)
        variables = (f"--env={name}={value}" for name, value in environment.items())
        arguments = [*self._buildah, "run", "--isolation=chroot", *variables, container, "--", *command]
        try:
            return subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
        finally:
            self.buildah("rm", container)

    def close(self) -> None:
        """Remove all containers, and with them what they have mounted."""
        if (self.folder / "store").exists():
            self.buildah("umount", "--all")
            self.buildah("rm", "--all")
