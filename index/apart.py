"""Documents are read in a process of their own, with a limit of time and of memory.

Whoever wrote a PDF, a Word file or a page can make its parser work for hours or fill the memory,
and nothing inside a process ends that: a 15 MB page of attributes kept lxml busy for more than a
minute. The process is started by the first document and reads one after another. It is ended by the
system when it takes too long, and started anew by the next document.
"""

import atexit
import json
import re
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, cast

from index.article import Article
from index.clean import Raw, one_line
from index.documents import READERS, Limits
from index.errors import LoadError

MEMORY = 2_000_000_000  # bytes; macOS does not hold it
STALE = 500_000  # kB; a process that took more is not kept
_REPLY = ("text", "title", "url", "publisher", "author", "published")
_PROGRAM = "import sys; sys.path[:] = {path!r}; from index.apart import serve; serve()"

_process: "subprocess.Popen[bytes] | None" = None
_turn = Lock()


def read_apart(suffix: str, raw: Raw, limits: Limits) -> Article:
    """What `READERS[suffix]` makes of a document.

    Raises:
        LoadError: also when it takes more than `limits.reading_s` or 2 GB, or crashes the reader.
    """
    request = {
        "suffix": suffix,
        "url": raw.url,
        "charset": raw.charset,
        "seconds": limits.reading_s,
    }
    with _turn:
        reply = _ask({**request, "source": raw.source, "bytes": len(raw.data)}, raw.data, limits)
        if reply.pop("stale", False):
            end()
    if "reason" in reply:
        raise LoadError(raw.source, reply["reason"])
    day = reply["published"]
    published = date.fromisoformat(day) if day else None
    return replace(Article(**reply), published=published, source=raw.source)


def _ask(request: dict[str, Any], data: bytes, limits: Limits) -> dict[str, Any]:
    global _process
    if _process is None or _process.poll() is not None:
        _process = _start()
    process, answer = _process, b""
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(request).encode() + b"\n" + data)  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        answer = process.stdout.readline()  # type: ignore[union-attr]
    finally:
        # Also when somebody pressed Ctrl-C: what is still to come is of no use to the next one.
        if not answer.endswith(b"\n"):
            process.kill()
            end()
    if answer.endswith(b"\n"):
        return cast("dict[str, Any]", json.loads(answer))
    if process.returncode == -signal.SIGALRM:
        took = f"takes more than {limits.reading_s:g} seconds to read"
        return {"reason": f"{took}: it is damaged or made to; save it anew, or as plain text"}
    return {"reason": "makes its reader crash: it is damaged or made to; save it as plain text"}


def _start() -> "subprocess.Popen[bytes]":
    # Our own path: this may be no installed package, and a program of any kind may have started us.
    program = _PROGRAM.format(path=[place or "." for place in sys.path])
    return subprocess.Popen(  # noqa: S603 -- nothing in it comes from a document
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@atexit.register
def end() -> None:
    """End the process that reads; the next document starts another."""
    global _process
    process, _process = _process, None
    if process is None:
        return
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()  # it ends by itself
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


# -- in the process of its own ---------------------------------------------------------------------


def serve() -> None:
    """Read what comes on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    given, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a parser prints is no reply
    while request := given.readline():
        asked = json.loads(request)
        # Whatever it does, C included: the system ends the process.
        signal.setitimer(signal.ITIMER_REAL, asked["seconds"])
        reply = _read(asked, given)
        signal.setitimer(signal.ITIMER_REAL, 0)
        reply["stale"] = peak() > STALE
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def peak() -> int:
    """kB of memory that this process had at most.

    Not `getrusage`, where there is another way: on Linux a process is told the peak of the one that
    started it, and ours has models in memory.
    """
    with suppress(OSError):
        status = Path("/proc/self/status").read_text("ascii", "replace")
        found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
        if found:
            return int(found[1])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // 1000 if sys.platform == "darwin" else used


def _read(asked: dict[str, Any], given: BinaryIO) -> dict[str, Any]:
    try:
        raw = Raw(given.read(asked["bytes"]), asked["source"], asked["url"], asked["charset"])
        article = READERS[asked["suffix"]](raw)
        fields = {name: value for name, value in asdict(article).items() if name in _REPLY}
        day = article.published.isoformat() if article.published else None
        return fields | {"published": day}
    except LoadError as error:
        return {"reason": error.reason}
    except MemoryError:
        return {"reason": f"needs more than {MEMORY / 1e9:g} GB of memory to read: split it"}
    except Exception as error:  # noqa: BLE001 -- parsers leak what they like; the next one still comes
        found = f"{type(error).__name__}: {one_line(str(error))}"[:200]
        return {"reason": f"cannot be read ({found}): save it anew, or as plain text"}
