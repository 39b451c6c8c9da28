"""The stack of docker-compose.yml: valid, pinned, closed to the outside, and started in order."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from activities.aws.platforms_file import read_platforms_file
from tests.deploy.files import ROOT, documents, seconds_to_end, strange_settings

[COMPOSE] = documents(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["worker", "standin"]
ONE_SHOT = ["temporal-schema", "temporal-namespace"]


def compose_command() -> list[str]:
    """`docker compose` or `docker-compose`, whichever there is; neither needs an engine to check a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:  # noqa: S603, PLW1510 — a fixed command, whose code is looked at
            return command
    pytest.skip("there is neither docker compose nor docker-compose; on Debian it is the package docker-compose")


def with_defaults(text: str) -> str:
    """A value as compose reads it where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_compose_itself_takes_the_file() -> None:
    """With all profiles; its own schema and its own rules for variables."""
    checked = subprocess.run(  # noqa: S603 — a fixed command
        [*compose_command(), "--file", str(ROOT / "docker-compose.yml"), "--profile", "standin", "config"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "temporalio/server:1.31.2" in checked.stdout


def test_images_are_pinned() -> None:
    """By a version and never by what happens to be the newest."""
    images = [with_defaults(service["image"]) for service in SERVICES.values()]
    assert [image for image in images if not re.search(r":\d+(\.\d+)+$|:local$", image)] == []


def test_everything_listens_on_this_machine_only() -> None:
    """Temporal without TLS and a database with a known password are nothing for a network."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert "ports" not in SERVICES["postgresql"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    """No capabilities, and no way to get any; only PostgreSQL's entrypoint becomes another user."""
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert ("cap_add" in service) == (name == "postgresql")


@pytest.mark.parametrize("name", OURS)
def test_our_own_services_write_nothing_but_to_memory(name: str) -> None:
    """Nothing that came in by a hole could stay."""
    assert SERVICES[name]["read_only"]
    assert [entry.split(":")[0] for entry in SERVICES[name]["tmpfs"]] == ["/tmp"]  # noqa: S108 — the container's


def test_services_start_in_order() -> None:
    """Each waits for what it needs to be healthy or done, and not just begun."""
    needs = {
        name: {other: how["condition"] for other, how in service["depends_on"].items()}
        for name, service in SERVICES.items()
        if "depends_on" in service
    }
    assert needs == {
        "temporal-schema": {"postgresql": "service_healthy"},
        "temporal": {"postgresql": "service_healthy", "temporal-schema": "service_completed_successfully"},
        "temporal-namespace": {"temporal": "service_healthy"},
        "temporal-ui": {"temporal": "service_healthy"},
        "worker": {"temporal-namespace": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONE_SHOT])
def test_what_stays_up_tells_whether_it_works(name: str) -> None:
    """Each service but those that end by themselves has a health check, and comes back."""
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_worker_has_the_time_that_it_needs_to_drain() -> None:
    """SIGKILL comes after the worker would have ended itself."""
    worker = SERVICES["worker"]
    drain = float(worker["environment"]["POLYSYNC_SAGEMAKER_DRAIN_TIMEOUT"])
    assert float(worker["stop_grace_period"].removesuffix("s")) > seconds_to_end(drain)


def test_the_workers_settings_are_settings() -> None:
    """A misspelt variable would be ignored in silence."""
    assert strange_settings(SERVICES["worker"]["environment"]) == set()


def test_every_mounted_file_is_there() -> None:
    """Compose would make an empty directory of one that is not."""
    mounts = [with_defaults(volume).split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith("./")]
    assert len(files) == 5
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_the_platforms_are_the_cloud_and_the_standin() -> None:
    """One worker serves both, so that the profile changes nothing but what there is to talk to."""
    platforms = read_platforms_file(ROOT / "deploy" / "compose" / "platforms.toml").platforms
    assert sorted(platforms) == ["default", "standin"]
    [port] = [option for option in SERVICES["standin"]["command"] if option.startswith("--port=")]
    assert platforms["standin"].endpoint_url == f"http://standin:{port.removeprefix('--port=')}"


def run_script(name: str, path: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts of the stack with this environment and no other."""
    return subprocess.run(  # noqa: S603 — our own script
        ["/bin/sh", str(ROOT / "deploy" / "temporal" / name)],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_schema_of_both_databases_is_set_up(tmp_path: Path) -> None:
    """Created, given its table of versions, brought up to date; the password is no argument, which `ps` would show."""
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n', encoding="utf-8")
    tool.chmod(0o755)
    done = run_script(
        "set-up-schema.sh",
        f"{tmp_path}{os.pathsep}/usr/bin:/bin",
        POSTGRES_HOST="postgresql",
        POSTGRES_USER="temporal",
        SQL_PASSWORD="PLANTED",
    )
    assert (done.returncode, done.stderr) == (0, "")
    calls = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
    place = "--plugin postgres12 --endpoint postgresql --port 5432 --user temporal --database"
    schema = "/etc/temporal/schema/postgresql/v12"
    assert calls == [
        f"{place} temporal create",
        f"{place} temporal setup-schema -v 0.0",
        f"{place} temporal update-schema --schema-dir {schema}/temporal/versioned",
        f"{place} temporal_visibility create",
        f"{place} temporal_visibility setup-schema -v 0.0",
        f"{place} temporal_visibility update-schema --schema-dir {schema}/visibility/versioned",
    ]


def test_a_database_that_cannot_be_set_up_stops_the_script(tmp_path: Path) -> None:
    """The server is not started on half a schema."""
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    tool.chmod(0o755)
    done = run_script(
        "set-up-schema.sh", f"{tmp_path}:/usr/bin:/bin", POSTGRES_HOST="postgresql", POSTGRES_USER="temporal"
    )
    assert done.returncode == 7
