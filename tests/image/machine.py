"""What this machine offers to the check of the images: tools, a Debian mirror, a package registry."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = ("buildah", "debootstrap", "unshare", "setpriv", "chroot")

_PASSED_ON = ("index-url", "extra-index-url", "trusted-host", "timeout", "proxy")


def missing() -> str | None:
    """Why the images cannot be built here, None where they can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "it builds a base image and changes users: it must be run by root, on Linux"
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def debian_mirror(sources: Path = Path("/etc/apt")) -> list[str]:
    """The mirror that this machine's own packages come from, for debootstrap; nothing for its default."""
    files = [*sorted(sources.glob("sources.list.d/*")), sources / "sources.list"]
    for file in filter(Path.is_file, files):
        found = re.search(r"^(?:URIs:|deb (?:\[[^]]*] )?)\s*(https?://\S+)", file.read_text(), re.MULTILINE)
        if found:
            return [found.group(1)]
    return []


def pip_secrets(folder: Path) -> list[str]:
    """Flags of a build that let pip of the image reach the registry as pip of this machine does.

    Args:
        folder: where to write the files that are lent to the build, and not left in the image.
    """
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    configured = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", listed, re.MULTILINE))
    lines = ["[global]"]
    for name in _PASSED_ON:
        # Folders of this machine are not those of the image.
        values = [value for value in configured.get(name, "").split() if not value.startswith(("file:", "/"))]
        if values:
            lines.append(f"{name} = {' '.join(values)}")
    secrets = []
    if certificate := configured.get("cert"):
        lines.append("cert = /run/secrets/ca")
        secrets.append(f"--secret=id=ca,src={certificate}")
    file = folder / "pip.conf"
    file.touch(mode=0o600)  # There may be a password in the address of a mirror.
    file.chmod(0o600)
    file.write_text("\n".join(lines) + "\n")
    return [f"--secret=id=pip,src={file}", *secrets]
