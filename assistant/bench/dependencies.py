"""What Whosaid stands on: a lock file with hashes, and a bill of materials (CycloneDX).

    python -m assistant.bench.dependencies lock requirements.lock
    python -m assistant.bench.dependencies sbom sbom.json

The lock holds what pip would install here with `constraints.txt`. Made again on another kind of
machine, it has the hashes of that one's files, too.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from index.encoder import WEIGHTS_SHA256
from index.version import release

OURSELVES = "whosaid"
HEAD = """\
# Every package of `pip install .`, pinned by version and hash: made by `make lock`, on {machine}.
# pip install --require-hashes -r requirements.lock && pip install --no-deps .
# torch is the CPU build: --extra-index-url https://download.pytorch.org/whl/cpu where pip lacks it.
"""
_PINNED = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")

Pins = dict[str, tuple[str, set[str]]]  # name -> version, hashes


def pins(lock: str) -> Pins:
    """What a lock file pins."""
    return {
        name: (version, set(_HASH.findall(hashes)))
        for name, version, hashes in _PINNED.findall(lock)
    }


def lock(report: dict[str, Any], earlier: Pins) -> str:
    """A lock file from pip's installation report; hashes of the same versions are kept."""
    found: Pins = {}
    for item in report["install"]:
        name = str(canonicalize_name(item["metadata"]["name"]))
        if name == OURSELVES:
            continue
        version = item["metadata"]["version"].partition("+")[0]
        hashes = {item["download_info"]["archive_info"]["hashes"]["sha256"]}
        known, others = earlier.get(name, ("", set()))
        found[name] = (version, hashes | (others if known == version else set()))
    system = report["environment"]
    machine = " ".join(system[key] for key in ("sys_platform", "platform_machine"))
    lines = [HEAD.format(machine=f"{machine}, Python {system['python_version']}").rstrip()]
    for pinned, (version, hashes) in sorted(found.items()):
        told = "".join(f" \\\n    --hash=sha256:{one}" for one in sorted(hashes))
        lines.append(f"{pinned}=={version}{told}")
    return "\n".join(lines) + "\n"


def resolved() -> dict[str, Any]:
    """pip's report of what it would install for the project in this folder."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command += ["--quiet", "--report", "-", "--constraint", "constraints.txt", "."]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 -- constant
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def sbom(locked: Pins) -> dict[str, Any]:
    """The bill of materials of what is installed here: CycloneDX 1.5."""
    components = [_component(one, locked) for one in _installed()]
    card = json.loads(files("index").joinpath("model", "reader.json").read_text("utf-8"))
    models = {"reader.onnx": card["sha256"], "all-MiniLM-L6-v2": WEIGHTS_SHA256}
    components += [
        {"type": "machine-learning-model", "name": name, "hashes": _hashes({sha256})}
        for name, sha256 in models.items()
    ]
    own = {"type": "application", "name": OURSELVES, "version": release()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own | {"licenses": [{"expression": "MIT"}]}},
        "components": components,
    }


def _installed() -> Iterator[Distribution]:
    """All that Whosaid needs here, by name."""
    waiting = [Requirement(OURSELVES)]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if key in seen:
            continue
        seen.add(key)
        try:
            found[key[0]] = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # what an installed package names for another system
        for line in found[key[0]].requires or ():
            needed = Requirement(line)
            if any(_applies(needed.marker, extra) for extra in ("", *wanted.extras)):
                waiting.append(needed)
    found.pop(OURSELVES, None)
    yield from (found[name] for name in sorted(found))


def _applies(marker: Marker | None, extra: str) -> bool:
    return marker is None or marker.evaluate({"extra": extra})


def _component(one: Distribution, locked: Pins) -> dict[str, Any]:
    name, version = canonicalize_name(one.metadata["Name"]), one.version
    public = version.partition("+")[0]
    made: dict[str, Any] = {"type": "library", "name": name, "version": version}
    made["purl"] = made["bom-ref"] = f"pkg:pypi/{name}@{version}"
    expression = one.metadata.json.get("license_expression")
    told = str(one.metadata.json.get("license", "")).strip()
    if expression:
        made["licenses"] = [{"expression": expression}]
    elif told and "\n" not in told:
        made["licenses"] = [{"license": {"name": told}}]
    pinned, hashes = locked.get(name, ("", set()))
    if pinned == public:
        made["hashes"] = _hashes(hashes)
    return made


def _hashes(found: set[str]) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": one} for one in sorted(found)]


def main(what: str, file: str) -> None:
    """The command."""
    path = Path(file)
    if what == "lock":
        earlier = pins(path.read_text("utf-8")) if path.is_file() else {}
        text = lock(resolved(), earlier)
    else:
        beside = Path("requirements.lock")
        locked = pins(beside.read_text("utf-8")) if beside.is_file() else {}
        text = json.dumps(sbom(locked), indent=1, sort_keys=True) + "\n"
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("lock", "sbom"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
