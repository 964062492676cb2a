"""The lock file agrees with the constraints, and the bill of materials with what is installed."""

import json
import re
from importlib.metadata import version
from pathlib import Path

from packaging.utils import canonicalize_name

from assistant.bench.dependencies import lock, main, pins

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def test_the_lock_pins_what_the_constraints_name() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    named = [line.partition("==") for line in lines if "==" in line]
    constraints = {canonicalize_name(name): found for name, _, found in named}
    locked = pins(LOCK)
    assert len(locked) == LOCK.count("==") > 100
    wrong = {name: found for name, (found, _) in locked.items() if constraints.get(name) != found}
    assert not wrong, "run `make lock`, or add them to constraints.txt"
    project = (ROOT / "pyproject.toml").read_text("utf-8").partition("[project.optional")[0]
    for name in re.findall(r'^    "([\w-]+)', project, re.MULTILINE):
        assert canonicalize_name(name) in locked, f"{name}: run `make lock`"


def test_hashes_of_other_machines_are_kept_for_the_same_version() -> None:
    def item(name: str, found: str, digit: str) -> dict[str, object]:
        archive = {"archive_info": {"hashes": {"sha256": digit * 64}}}
        return {"metadata": {"name": name, "version": found}, "download_info": archive}

    machine = {"sys_platform": "linux", "platform_machine": "arm64", "python_version": "3.12"}
    report = {"environment": machine, "install": [item("B_b", "2+cpu", "2"), item("a", "1", "1")]}
    report["install"].append({"metadata": {"name": "whosaid"}})  # type: ignore[attr-defined]
    earlier = {"b-b": ("2", {"3" * 64}), "a": ("0", {"4" * 64}), "gone": ("1", {"5" * 64})}
    text = lock(report, earlier)
    assert pins(text) == {"a": ("1", {"1" * 64}), "b-b": ("2", {"2" * 64, "3" * 64})}
    assert "linux arm64, Python 3.12" in text


def test_the_bill_of_materials(tmp_path: Path) -> None:
    main("sbom", str(tmp_path / "sbom.json"))
    bill = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    found = {part["name"]: part for part in bill["components"]}
    assert found["gradio"]["version"] == version("gradio")
    assert found["gradio"]["purl"] == f"pkg:pypi/gradio@{version('gradio')}"
    assert found["pypdf"]["licenses"]
    assert found["cryptography"]  # of an extra: pypdf[crypto]
    assert "whosaid" not in found
    assert "ruff" not in found
    assert len(found["reader.onnx"]["hashes"][0]["content"]) == 64
