"""As many open files as the system allows, and no fewer than the requests in flight need."""

import logging
import resource

log = logging.getLogger(__name__)

_A_REQUEST = 2
"""Its connection and its upload."""

_A_DECODER = 8
"""Pipes and the handle of its process, and those of the one that takes its place."""

_REST = 100
"""Sockets that listen, libraries, shared memory, bundles as they are read, connections that are refused."""


def provide_descriptors(requests: int, decoders: int) -> None:
    """Raise the limit of open files as far as is allowed; where that is not enough, say so.

    Connections that are idle take one each, and how many there are is for clients to say.

    Args:
        requests: that may be in flight at once.
        decoders: processes that decode.
    """
    wanted = _A_REQUEST * requests + _A_DECODER * decoders + _REST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    # Without a hard limit the kernel still has one of its own, which is not known here.
    most = max(soft, wanted) if hard == resource.RLIM_INFINITY else hard
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        log.warning(
            "%d requests in flight need about %d open files, and no more than %d may be (ulimit -Hn); "
            "requests beyond those are refused",
            requests,
            wanted,
            hard,
        )
