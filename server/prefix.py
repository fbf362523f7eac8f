"""The prefix under which a proxy offers the server (``--root-path``)."""

from starlette.types import Scope


def put_under(prefix: str, scope: Scope) -> None:
    """Have a request's path be the one that its client asked for, and be routed without the prefix.

    Args:
        prefix: of every path; may be empty.
        scope: of a request, whose path has the prefix still, or not any more.
    """
    scope["root_path"] = prefix
    path = scope["path"]
    if path != prefix and not path.startswith(f"{prefix}/"):
        scope["path"] = prefix + path
