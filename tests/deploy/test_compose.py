"""The stack of docker-compose.yml: valid, pinned, closed to the outside, and started in order."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from activities.aws.platforms_file import read_platforms_file
from activities.aws.threads import threads_of_a_platform
from tests.deploy.files import ROOT, documents, seconds_to_end, strange_settings
from worker.local.temporal_server import find_temporal
from worker.settings import Settings

[COMPOSE] = documents(ROOT / "docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["readable-files", "worker", "standin"]
WITH_TEMPORARY_FILES = ["worker", "standin"]
ONE_SHOT = ["readable-files", "temporal-schema", "temporal-namespace"]
VERSIONED = ["temporal", "temporal-schema", "temporal-namespace", "temporal-ui"]
NO_USER = 10001
"""The worker's user in the image."""


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
    assert with_defaults(SERVICES["temporal"]["image"]) in checked.stdout


def test_images_are_pinned() -> None:
    """By a version and never by what happens to be the newest."""
    images = [with_defaults(service["image"]) for service in SERVICES.values()]
    assert [image for image in images if not re.search(r":\d+(\.\d+)+$|:local$", image)] == []


def test_the_stack_runs_the_versions_of_the_embedded_server() -> None:
    """The tests run on the embedded server, so its versions of Temporal and of the Web UI are the tested ones."""
    said = subprocess.run([find_temporal(), "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 — Temporal's own command
    embedded = re.search(r"\(Server ([\d.]+), UI ([\d.]+)\)", said)
    assert embedded is not None, said
    tags = [with_defaults(SERVICES[name]["image"]).rpartition(":")[2] for name in VERSIONED]
    assert tags == [embedded[1], embedded[1], embedded[1], embedded[2]]


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
def test_our_own_services_write_only_to_memory(name: str) -> None:
    """An intruder's files would not survive a restart."""
    assert SERVICES[name]["read_only"]
    temporary = [entry.split(":")[0] for entry in SERVICES[name].get("tmpfs", [])]
    assert temporary == (["/tmp"] if name in WITH_TEMPORARY_FILES else [])  # noqa: S108 — the container's


def test_services_start_in_order() -> None:
    """Each waits for what it needs to be healthy or done, and not just begun."""
    needs = {
        name: {other: how["condition"] for other, how in service["depends_on"].items()}
        for name, service in SERVICES.items()
        if "depends_on" in service
    }
    assert needs == {
        "temporal-schema": {
            "readable-files": "service_completed_successfully",
            "postgresql": "service_healthy",
        },
        "temporal": {"postgresql": "service_healthy", "temporal-schema": "service_completed_successfully"},
        "temporal-namespace": {"temporal": "service_healthy"},
        "temporal-ui": {"temporal": "service_healthy"},
        "worker": {"temporal-namespace": "service_completed_successfully"},
    }


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONE_SHOT])
def test_what_stays_up_tells_whether_it_works(name: str) -> None:
    """Each service that stays up has a health check, and is restarted."""
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_worker_has_the_time_that_it_needs_to_drain() -> None:
    """SIGKILL comes after the worker would have ended itself."""
    worker = SERVICES["worker"]
    drain = float(worker["environment"]["POLYSYNC_SAGEMAKER_DRAIN_TIMEOUT"])
    assert float(worker["stop_grace_period"].removesuffix("s")) > seconds_to_end(drain)


def test_the_worker_may_start_the_threads_of_twenty_platforms() -> None:
    """The limit of processes counts threads; beyond it the worker fails with "can't start new thread"."""
    threads = sum(threads_of_a_platform(Settings().aws_threads).values())
    assert threads == 48
    assert SERVICES["worker"]["pids_limit"] > 20 * threads + 100


def test_the_web_ui_works_in_safari() -> None:
    """It sends no `Secure` cookie over plain HTTP (https://github.com/temporalio/ui/issues/1894)."""
    assert SERVICES["temporal-ui"]["environment"]["TEMPORAL_CSRF_COOKIE_INSECURE"] == "true"


def test_the_workers_settings_are_settings() -> None:
    """A misspelt variable would be ignored in silence."""
    assert strange_settings(SERVICES["worker"]["environment"]) == set()


def test_every_mounted_file_is_there() -> None:
    """Compose would make an empty directory of one that is not."""
    mounts = [with_defaults(volume).split(":")[0] for each in SERVICES.values() for volume in each.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith("./")]
    assert len(files) == 8
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_every_mounted_file_is_checked_to_be_readable() -> None:
    """Whatever another service mounts from this machine is among what `readable-files` checks."""
    mounts = {
        name: {mount.rsplit(":", 2)[0] for mount in service.get("volumes", []) if not mount.startswith("postgresql:")}
        for name, service in SERVICES.items()
    }
    checked = mounts.pop("readable-files")
    used = {mount for each in mounts.values() for mount in each}
    assert {mount for mount in used if mount not in checked and not mount.startswith("./deploy/temporal/")} == set()


def check_files(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of `readable-files` on a folder, as a user to whom nothing belongs."""
    [script] = SERVICES["readable-files"]["command"]
    return subprocess.run(  # noqa: S603 — our own script
        ["/bin/sh", "-c", script.replace("$$", "$").replace("cd /mounted", f"cd {folder}")],
        user=NO_USER,
        group=NO_USER,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's files are set up as root")
def test_files_closed_to_others_are_named_with_the_remedy() -> None:
    """A clone under umask 077 ends with a message, and not with a loop of restarts."""
    # Not pytest's folder, into which only its owner may look.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        closed, opened = folder / "deploy", folder / "platforms.toml"
        closed.mkdir(mode=0o700)
        opened.touch(mode=0o644)
        refused = check_files(folder)
        assert refused.returncode == 1
        assert refused.stdout.splitlines()[1:] == [
            "./deploy",
            "Remedy: chmod -R go+rX deploy (and the files of PLATFORMS_FILE and TOKENS_DIRECTORY, if you set them)",
        ]
        closed.chmod(0o755)
        assert check_files(folder).returncode == 0


def test_the_platforms_are_the_cloud_and_the_standin() -> None:
    """One worker serves both, so the profile only adds the stand-in."""
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
