"""Every error that Whosaid raises on purpose.

    WhosaidError
    ├── LoadError          one item could not be read; the others are not affected
    ├── LibraryError       the library as a whole cannot be used
    │   ├── LibraryMismatch    made by another version, encoder or passage setting
    │   ├── LibraryDamaged     its files are not as they were written
    │   ├── LibraryUnreachable a server that it is kept on does not answer
    │   └── LibraryBusy        another process is changing it
    ├── EncoderError       the embedding model is missing or is not the expected one
    ├── NotInLibrary       no article with that id
    ├── CaseError          a file of regression cases does not say what it should
    └── NoAnswer           the system that is tested gave nothing that can be checked

A message says what was found, what was wanted, and what to do next.
"""

from collections.abc import Sequence
from pathlib import Path


class WhosaidError(Exception):
    """Base of all errors below; its text is written for the person who reads it."""


class LoadError(WhosaidError):
    """One file, page or feed entry could not be turned into an article.

    Attributes:
        source: the path, URL or record that failed.
        reason: what was found, and what to do about it.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason

    def __reduce__(self) -> "tuple[type[LoadError], tuple[str, str]]":
        return LoadError, (self.source, self.reason)  # it comes from other processes, too


class LibraryError(WhosaidError):
    """The library folder cannot be opened, read or written."""


class LibraryMismatch(LibraryError):
    """The library was made with another version, encoder or passage setting."""


class LibraryDamaged(LibraryError):
    """The library's files are not as they were written.

    Attributes:
        problems: what was found, in words.
    """

    def __init__(self, folder: Path | str, problems: Sequence[str]) -> None:
        found = "; ".join(problems[:3]) + ("; ..." if problems[3:] else "")
        super().__init__(
            f"The library {folder} is damaged: {found}. `whosaid repair` (with --library {folder}) "
            "makes everything again from what can be read, and keeps the damaged file."
        )
        self.problems = tuple(problems)


class LibraryUnreachable(LibraryError):
    """A database server that the library is kept on does not answer; try again later."""


class LibraryBusy(LibraryError):
    """Another process is changing this library."""


class EncoderError(WhosaidError):
    """The embedding model is missing, or its weights are not the expected ones."""


class NotInLibrary(WhosaidError):
    """The library holds no article with the given id."""


class CaseError(WhosaidError):
    """A file of regression cases cannot be used as it is written."""


class NoAnswer(WhosaidError):
    """The system that is tested cannot be reached, or answers in another shape."""
