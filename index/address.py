"""Addresses of the servers that a library is kept on, and what of them may be shown."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SCHEMES = ("postgresql://", "postgres://")


def is_address(place: str | Path) -> bool:
    """Whether a place is a server's, not a folder."""
    return str(place).startswith(SCHEMES)


def printable(address: str) -> str:
    """An address without its password and options: they may be secrets."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("://")[0] + "://..."
    _, at, host = parts.netloc.rpartition("@")
    user = parts.username or ""
    return urlunsplit((parts.scheme, (user + at if user else "") + host, parts.path, "", ""))
