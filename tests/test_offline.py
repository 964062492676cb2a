"""Nothing phones home: adding, asking and the page work without a network and try none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ARTICLES

# What a user does, in one process; connections elsewhere are written down and refused.
FLOW = """
import socket, sys

tried = []
connect, look_up = socket.socket.connect, socket.getaddrinfo


def here(host):
    return host in ("127.0.0.1", "localhost", "::1", "", None, b"127.0.0.1", b"localhost")


def watched_connect(self, address):
    if isinstance(address, tuple) and not here(address[0]):
        tried.append(("connect", address))
        raise OSError("refused by the test")
    return connect(self, address)


def watched_look_up(host, *rest, **named):
    if not here(host):
        tried.append(("look up", host))
        raise OSError("refused by the test")
    return look_up(host, *rest, **named)


socket.socket.connect = socket.socket.connect_ex = watched_connect
socket.getaddrinfo = watched_look_up

import httpx
from assistant import Assistant
from assistant.page.chat import launch

with Assistant.open(sys.argv[1]) as assistant:
    report = assistant.add(sys.argv[2])
    assert report.added and not report.failed, report
    answer = assistant.ask("Who denied opening the dam without warning?")
    assert answer.claims
    with launch(assistant, "127.0.0.1", 0) as server:
        assert httpx.get(server.url, trust_env=False).status_code == 200
        asked = {"question": "Who denied opening the dam without warning?"}
        told = httpx.post(server.url + "/api/ask", json=asked, trust_env=False, timeout=60)
        assert told.json()["short"] == answer.short
assert not tried, tried
print("done")
"""


# SIOCSIFFLAGS, IFF_UP, where there is no `ip`.
LOOPBACK_UP = (
    "import fcntl, socket, struct; s = socket.socket(); "
    'fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 1))'
)


def alone() -> list[str]:
    """What starts a program in a network of its own: a loopback and no route, for C code, too.

    Nothing where that is not permitted: what Python tries is seen all the same.
    """
    apart = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"]).returncode:
        return []
    up = f"ip link set lo up 2>/dev/null || {sys.executable} -c '{LOOPBACK_UP}'"
    return [*apart, "sh", "-c", f'{up}; exec "$@"', "sh"]


def test_no_connection_is_attempted_and_none_is_needed(tmp_path: Path) -> None:
    done = subprocess.run(
        [*alone(), sys.executable, "-c", FLOW, str(tmp_path), str(ARTICLES)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.endswith("done\n"), done.stderr
