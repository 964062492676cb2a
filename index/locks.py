"""Who may use a library's folder, and for what, among this and other processes.

Three files: `writer.lock` is held while the library is changed, `vectors.lock` while Chroma's files
are opened or written, and `open.lock` is shared by all who have the library open, so that a repair
can tell that it is alone. The system releases them when a process ends, however it ends.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import LibraryBusy

PATIENCE = 10.0  # seconds in which another process is done with what keeps others out shortly


@contextmanager
def exclusive(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock file.

    Raises:
        LibraryBusy: somebody else held it for `timeout` seconds.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        raise LibraryBusy(
            f"Another process is changing the library {path.parent}. Wait until it is done, then "
            "try again. To add and ask at the same time, let one process have the library: "
            "`whosaid serve` or `whosaid chat`; its page and API (POST /api/articles) add to it."
        ) from None
    try:
        yield
    finally:
        lock.release()


class Presence:
    """Held by everybody who has the library open; shared, unless `sole`."""

    def __init__(self, folder: Path, sole: bool = False) -> None:
        """
        Raises:
            LibraryBusy: somebody repairs it; or `sole` is wanted, and somebody has it open.
        """
        self._file: int | None = None
        path = folder / "open.lock"
        for flags in (os.O_RDWR | os.O_CREAT, os.O_RDONLY):
            try:
                self._file = os.open(path, flags | os.O_CLOEXEC, 0o666)
                break
            except OSError:
                continue  # read-only folder: without a lock file nobody there can write either
        if not self._take(fcntl.LOCK_EX if sole else fcntl.LOCK_SH, PATIENCE):
            self.close()
            raise LibraryBusy(
                f"Another process has the library {folder} open, and a repair must be alone with "
                "it. End that process (a server, the chat page), then try again."
                if sole
                else f"Another process is repairing the library {folder}. Wait until it is done."
            )

    def alone(self) -> bool:
        """Whether nobody else has the library open at this moment."""
        if self._take(fcntl.LOCK_EX, 0):
            self._take(fcntl.LOCK_SH, PATIENCE)
            return True
        self._take(fcntl.LOCK_SH, PATIENCE)  # a failed change of a lock may have lost it
        return False

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take(self, lock: int, patience: float) -> bool:
        if self._file is None:
            return True
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, lock | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    return True  # a file system without locks
                if time.monotonic() >= until:
                    return False
                time.sleep(0.02)
            else:
                return True
