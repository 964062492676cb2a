"""compose.yaml and kubernetes.yaml: valid, pinned, without secrets, and as the program is."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from conftest import Run

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
KUBERNETES = list(yaml.safe_load_all((ROOT / "kubernetes.yaml").read_text("utf-8")))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PODS: dict[str, dict[str, Any]] = {
    one["metadata"]["name"]: one["spec"]["template"]["spec"]
    for one in KUBERNETES
    if "template" in one.get("spec", {})
}


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, one) for name, pod in PODS.items() for one in pod["containers"])


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in KUBERNETES if one["kind"] == kind}


def test_compose_is_what_the_compose_specification_says() -> None:
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [sys.executable, *command, str(ROOT / "compose.yaml")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_kubernetes_takes_it() -> None:
    for one in KUBERNETES:
        kubernetes_validate.validate(one, "1.37", strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one | {"spce": {}}, "1.37", strict=True)


def test_every_image_has_a_version() -> None:
    images = [one["image"] for one in SERVICES.values()] + [one["image"] for _, one in containers()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert len(images) == 8
    for image in images:
        assert re.search(r":\d+\.\d+", image), image
    constraints = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    for image in images:
        name, _, version = image.rpartition(":")
        if name.endswith("chroma"):
            assert f"chromadb=={version}" in constraints
        if name.endswith("whosaid"):
            project = (ROOT / "pyproject.toml").read_text("utf-8")
            assert f'\nversion = "{version}"\n' in project


def test_no_password_is_written_down() -> None:
    assert not of_kind("Secret")
    assert all(set(one) == {"file"} for one in COMPOSE["secrets"].values())
    for name in ("compose.yaml", "kubernetes.yaml"):
        assert not re.search(r"//\w+:[^/\s]*@", (ROOT / name).read_text("utf-8")), name
    secret = re.compile("TOKEN|PASSWORD|KEY", re.IGNORECASE)
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            assert not secret.search(variable) or value.startswith("/run/secrets/"), variable
    for _, container in containers():
        for variable in container.get("env", []):
            known = "secretKeyRef" in variable.get("valueFrom", {})
            assert known is bool(secret.search(variable["name"])), variable["name"]


def test_compose_hands_the_secrets_over(tmp_path: Path) -> None:
    for name in ("token", "database"):
        (tmp_path / name).write_text(f"the {name}'s\n")
    program = tmp_path / "whosaid"
    program.write_text('#!/bin/sh\necho "$WHOSAID_TOKEN|$PGPASSWORD|$*"\n')
    program.chmod(0o755)
    service = SERVICES["whosaid"]
    shell, option, script, name = service["entrypoint"]
    script = script.replace("$$", "$").replace("/run/secrets", str(tmp_path))
    done = subprocess.run(
        [shell, option, script, name, *service["command"]],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "the token's|the database's|serve --host 0.0.0.0 --log json\n"


def test_two_servers_are_reached_through_the_proxy_alone() -> None:
    port = 7861
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]
    assert SERVICES["whosaid"]["deploy"]["replicas"] == 2
    assert f"whosaid {port}" in COMPOSE["configs"]["caddyfile"]["content"]
    assert "proxy" not in {n for n, one in SERVICES.items() if "back" in one["networks"]}
    assert COMPOSE["networks"]["back"]["internal"]
    server = of_kind("Deployment")["whosaid"]["spec"]
    assert server["replicas"] == 2
    assert server["template"]["spec"]["containers"][0]["ports"] == [
        {"name": "http", "containerPort": port}
    ]
    [rule] = of_kind("Ingress")["whosaid"]["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "whosaid"
    assert {one["spec"].get("type", "ClusterIP") for one in of_kind("Service").values()} == {
        "ClusterIP"
    }
    assert f"EXPOSE {port}" in (ROOT / "Dockerfile").read_text("utf-8")


def test_everything_is_watched_limited_and_started_again() -> None:
    for name, service in SERVICES.items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
    for name, container in containers():
        assert container["readinessProbe"], name
        assert container["livenessProbe"], name
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name
    stored = {path.split(":")[0] for one in SERVICES.values() for path in one.get("volumes", [])}
    assert stored == set(COMPOSE["volumes"])
    assert all(one["spec"]["volumeClaimTemplates"] for one in of_kind("StatefulSet").values())


def test_the_program_knows_what_it_is_given(run: Run) -> None:
    top, serve = run("--help").out, run("serve", "--help").out
    [container] = PODS["whosaid"]["containers"]
    variables = {one["name"] for one in container["env"]}
    variables |= set(SERVICES["whosaid"]["environment"])
    known = {"WHOSAID_THREADS", "FORWARDED_ALLOW_IPS", "PGPASSWORD"}  # of no option
    for name in variables - known:
        assert name in top + serve, name
    for words in (container["args"], SERVICES["whosaid"]["command"]):
        assert words[0] == "serve"
        for option in words[1::2]:
            assert option in serve, option
