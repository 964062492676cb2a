"""The open web only: an httpx transport that refuses addresses of this machine and its network.

Whoever may add a web address could else have the server read what only it can reach: a router, a
database, the metadata of a cloud machine. What a name leads to is looked up here, once, and it is
this very address that is connected to: a second look-up could give another (DNS rebinding).
Redirects come through here too.
"""

import ipaddress
import socket

import httpx


class PrivateAddress(httpx.TransportError):
    """A name leads to an address that is not of the open web."""


class PublicTransport(httpx.HTTPTransport):
    """Connects to public addresses; raises PrivateAddress for others."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = resolve(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # with the Host that was asked for
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return super().handle_request(pinned)


def resolve(host: str, port: int) -> str:
    """An address of a host.

    Raises:
        PrivateAddress: one of its addresses is not public.
        httpx.ConnectError: it has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host}: {error}") from error
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    for address in addresses:
        if not is_public(address):
            raise PrivateAddress(address)
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address, also one that is wrapped in IPv6, belongs to the open web."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
