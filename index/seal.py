"""Seals: the sha256 of a library's files, written whenever they are at rest.

Who is about to change files breaks their seal first. A seal that is there and does not fit
therefore means damage; one that is not there means that somebody is at work, or was killed.

Hashing costs about a second a gigabyte, at each opening and after each change. Files that are large
together are sealed by their size and the time of their last change instead: a flipped bit in one
is noticed when what it hit is read (an article's id is its hash), or by `whosaid check-library`.
"""

import hashlib
import json
import os
import re
from enum import Enum
from pathlib import Path

HASHED = 256 << 20  # bytes of the files of one seal, together, up to which they are hashed
TIME = " bytes, changed at "


class State(Enum):
    """What a look at sealed files finds."""

    SOUND = "as they were sealed"
    CHANGED = "not as they were sealed"
    UNSEALED = "not sealed"


class Seal:
    """The seal of some files in a library's folder."""

    def __init__(self, folder: Path, name: str) -> None:
        """Args: name: of a file, or of a folder with all that is in it."""
        self._folder = folder
        self._name = name
        self._path = folder / f"{name.partition('.')[0]}.seal"

    def state(self) -> State:
        """Compare the files with their seal."""
        while True:
            seal = self._read()
            if seal is None:
                return State.UNSEALED
            # As it was sealed: by an earlier version large files were hashed, too.
            found = self._measure(TIME.encode() not in seal).encode()
            if seal == found:
                return State.SOUND
            if seal == self._read():  # else somebody began to write meanwhile
                return State.UNSEALED if _copied(seal, found) else State.CHANGED

    @property
    def broken(self) -> bool:
        """Whether there is none."""
        return not self._path.exists()

    @property
    def large(self) -> bool:
        """Whether the files are too large to be read whole whenever they are opened."""
        return sum(path.stat().st_size for path in self._files()) > HASHED

    def breaks(self) -> None:
        """Remove it, for good: what is written afterwards comes to the disk later."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return
        self._sync_folder()

    def write(self) -> None:
        """Seal the files as they are. Raises OSError."""
        draft = self._path.with_suffix(".seal-draft")
        with draft.open("wb") as file:
            file.write(self._measure(not self.large).encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def _measure(self, hashed: bool) -> str:
        try:
            measure = _sha256 if hashed else _size_and_time
            sums = {str(p.relative_to(self._folder)): measure(p) for p in self._files()}
        except FileNotFoundError:
            sums = {}  # somebody writes
        return json.dumps(sums, indent=0)

    def _files(self) -> list[Path]:
        root = self._folder / self._name
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        # What is in a write-ahead log is part of the catalog; at rest there is none.
        log = root.with_name(root.name + "-wal")
        return files + ([log] if log.is_file() and log.stat().st_size else [])

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _copied(seal: bytes, found: bytes) -> bool:
    """Whether large files differ from their seal in nothing but the time of the last change.

    That a copy of the folder does; whether it is whole, its content must tell.
    """
    times = re.compile(re.escape(TIME.encode()) + rb"\d+")
    return bool(times.search(seal)) and times.sub(b"", seal) == times.sub(b"", found)


def _size_and_time(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size}{TIME}{found.st_mtime_ns}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
