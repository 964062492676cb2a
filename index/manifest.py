"""What a library was made with; one that was made with something else is of no use."""

from index.encoder import Embedder
from index.errors import LibraryMismatch
from index.passages import PassageSettings

FORMAT = 2  # of the catalog: raise it when the schema changes; `index.repair` migrates


def manifest(encoder: Embedder, settings: PassageSettings) -> dict[str, str]:
    """What a library has to be made with to be of use."""
    return {"format": str(FORMAT), "encoder": encoder.name, "passages": str(settings)}


def is_newer(found: str | None) -> bool:
    """Whether a format is of a later version than this one."""
    return bool(found) and str(found).isdecimal() and int(str(found)) > FORMAT


def _way_out(key: str, found: dict[str, str]) -> str:
    if key == "format" and is_newer(found.get("format")):
        return "A newer Whosaid made it: update this one."
    return (
        "`whosaid repair` makes everything again from its articles, and keeps the old catalog; or "
        "use the Whosaid version that made it."
    )


def refuse_mismatch(found: dict[str, str], wanted: dict[str, str], name: str) -> None:
    """Raises LibraryMismatch when a library is not made as is wanted."""
    for key, value in wanted.items():
        if found.get(key) != value:
            raise LibraryMismatch(
                f"The library {name} was made with another {key}: found "
                f"{found.get(key, 'nothing')!r}, wanted {value!r}. {_way_out(key, found)}"
            )
