"""Who a request comes from, where proxies stand in between."""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")


class Clients:
    """Names the client of each request, for the log.

    A proxy adds whom it was called by to X-Forwarded-For. What stands there was written by anybody, so it is
    read from its end, for as long as those who wrote are trusted, and nothing but addresses is taken from it.

    Args:
        trusted: addresses of proxies that may be believed.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> str:
        """The address of a request's client; ``-`` where there is none."""
        client = scope.get("client")
        if client is None:
            return "-"
        found: str = client[0]
        for hop in self._hops(scope):
            address = _address(found)
            if address is None or not self._trusts(address):
                break
            before = _address(hop)
            if before is None:
                break
            found = str(before)
        return found

    def _hops(self, scope: Scope) -> Iterable[str]:
        lines = Headers(scope=scope).getlist("x-forwarded-for")
        return reversed(",".join(lines).split(",")) if lines else ()

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> Address | None:
    """An address, with a port or without; None for anything else."""
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        # Behind a per cent sign could be any text.
        return None if address.scope_id is not None else address.ipv4_mapped or address
    return address
