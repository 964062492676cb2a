"""A file with what need not be typed each time: `--settings FILE`, or one in the user's own folder.

    library = "postgresql://whosaid@db.example.org/news"
    vectors = "https://chroma.example.org"
    llm = "openai-like:MODEL@http://127.0.0.1:8080/v1"
    judge = true

What is on the command line or in the environment goes before it. Secrets are no settings: they come
from the environment. No file is read from the folder one happens to be in: it may be anybody's.
"""

import tomllib
from pathlib import Path
from typing import Any

from index.address import is_address
from index.errors import WhosaidError

# Key -> the type of its value.
KEYS: dict[str, type] = {
    "library": str,
    "vectors": str,
    "llm": str,
    "judge": bool,
    "host": str,
    "port": int,
    "rate": int,
    "log": str,
}
_WANTED = {str: "text in quotes", int: "a number", bool: "true or false"}
SECRETS = {"token": "WHOSAID_TOKEN", "auth": "--auth", "key": "WHOSAID_LLM_KEY"}
COMMANDS = (
    "ask",
    "chat",
    "serve",
    "mcp",
    "check",
    "record",
)  # that have options beside --library and --vectors


def own_file() -> Path:
    """Where the user's own settings are, when there are any."""
    import platformdirs

    return platformdirs.user_config_path("whosaid") / "settings.toml"


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a file.

    Raises:
        WhosaidError: it cannot be read, or says what is no setting.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WhosaidError(f"The settings {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WhosaidError(f"The settings {path} are no TOML: {error}.") from error
    for key, value in found.items():
        if key in SECRETS:
            raise WhosaidError(
                f"The settings {path} hold a secret, {key!r}: give it by {SECRETS[key]} instead."
            )
        if key not in KEYS:
            raise WhosaidError(
                f"The settings {path} have {key!r}; wanted any of {', '.join(KEYS)}."
            )
        if type(value) is not KEYS[key]:
            raise WhosaidError(
                f"The settings {path} have {key} = {value!r}; wanted {_WANTED[KEYS[key]]}."
            )
    library = found.get("library")
    if library and not is_address(library):  # a folder is named from where the file is
        found["library"] = str((path.parent / Path(library).expanduser()).resolve())
    return found


def defaults(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as the command line's default values, for itself and each command."""
    return settings | dict.fromkeys(COMMANDS, settings)
