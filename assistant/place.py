"""Which library a command is about."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.address import is_address, printable
from index.errors import LibraryError

if TYPE_CHECKING:
    from index.library import Library


@dataclass(frozen=True)
class Place:
    """As `--library` and `--vectors` name it.

    Attributes:
        library: a folder, or "postgresql://USER@HOST/DATABASE".
        vectors: of the latter: the Chroma server; "" for a folder.
    """

    library: str = "library"
    vectors: str = ""

    def __str__(self) -> str:
        """Without its password."""
        return printable(self.library) if is_address(self.library) else self.library

    @property
    def option(self) -> str:
        """What a command line needs to name it: "" or "--library NAME "."""
        return "" if self == Place() else f"--library {self} "

    @property
    def hint(self) -> str:
        """The command that adds to it."""
        return f"whosaid {self.option}add FILE_FOLDER_OR_URL"

    @property
    def folder(self) -> Path:
        """Raises LibraryError: it is none."""
        if is_address(self.library):
            raise LibraryError(f"The library {self} is on a server: wanted one in a folder.")
        return Path(self.library)

    @property
    def named_in_files(self) -> Path | None:
        """The folder; None for servers, whose address is each user's own."""
        return None if is_address(self.library) else Path(self.library)

    def require(self) -> None:
        """Raises LibraryError where there is no library: a mistyped folder is not a new one."""
        if not is_address(self.library) and not Path(self.library).is_dir():
            raise LibraryError(f"there is no library at {self}. Make one: {self.hint}")

    def open(self) -> "Library":
        """The library; it is made when there is none."""
        from index.library import Library  # imports numpy

        return Library(self.library, vectors=self.vectors or None)
