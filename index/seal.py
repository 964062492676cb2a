"""Seals: the sha256 of a library's files, written whenever they are at rest.

Who is about to change files breaks their seal first. A seal that is there and does not fit
therefore means damage; one that is not there means that somebody is at work, or was killed. Reading
costs about a second per gigabyte.
"""

import hashlib
import json
import os
from enum import Enum
from pathlib import Path


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
            if seal == self._measure().encode():
                return State.SOUND
            if seal == self._read():  # else somebody began to write meanwhile
                return State.CHANGED

    @property
    def broken(self) -> bool:
        """Whether there is none."""
        return not self._path.exists()

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
            file.write(self._measure().encode())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def _measure(self) -> str:
        root = self._folder / self._name
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        # What is in a write-ahead log is part of the catalog; at rest there is none.
        log = root.with_name(root.name + "-wal")
        files += [log] if log.is_file() and log.stat().st_size else []
        try:
            sums = {str(path.relative_to(self._folder)): _sha256(path) for path in files}
        except FileNotFoundError:
            sums = {}  # somebody writes
        return json.dumps(sums, indent=0)

    def _sync_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
