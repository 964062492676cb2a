"""Addresses of the servers that a library is kept on, and what of them may be shown."""

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str | Path) -> bool:
    """Whether a place is a server's, not a folder."""
    return str(place).startswith(SCHEMES)


def is_here(host: str) -> bool:
    """Whether a host is this machine: what is sent there is read by nobody on the way."""
    return host == "localhost" or host == "::1" or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))


def printable(address: str) -> str:
    """An address without its password and options: they may be secrets."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("://")[0] + "://..."
    _, at, host = parts.netloc.rpartition("@")
    user = parts.username or ""
    return urlunsplit((parts.scheme, (user + at if user else "") + host, parts.path, "", ""))
