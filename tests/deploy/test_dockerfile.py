"""The images are built from the lock file, and run as a user without rights."""

import re
import tomllib

from tests.deploy.files import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
STAGES = {stage.split("\n")[0].split(" AS ")[1]: stage for stage in DOCKERFILE.split("\nFROM ")[1:]}
PACKAGES: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def copied(stage: str) -> set[str]:
    """The files that a stage copies from the repository."""
    lines = re.findall(r"^COPY (?!--)(.*)$", STAGES[stage], re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def syncs(stage: str) -> list[str]:
    """The options of a stage's `uv sync`."""
    return re.findall(r"^RUN uv sync (.*)$", STAGES[stage], re.MULTILINE)


def test_only_what_the_lock_file_names_is_installed() -> None:
    """Its hashes are checked; development groups and packages outside the wheel are left out."""
    assert syncs("build-worker") == [
        "--locked --no-dev --no-install-project ${EXTRAS}",
        "--locked --no-dev --no-editable ${EXTRAS}",
    ]
    assert syncs("build-standin") == ["--locked --only-group standin"]
    assert re.search(r'"uv==\$\{UV_VERSION\}"', STAGES["uv"])
    assert re.search(r"^ARG UV_VERSION=\d+\.\d+\.\d+$", STAGES["uv"], re.MULTILINE)


def test_every_package_is_copied_into_its_image() -> None:
    """The wheel's into the worker's, the stand-in into its own; .dockerignore lets only these through."""
    locked = {"pyproject.toml", "uv.lock"}
    assert copied("uv") == locked
    assert copied("build-worker") == {*PACKAGES, "README.md", "LICENSE"}
    assert copied("build-standin") == {"sagemaker_standin"}
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert let_through == locked | copied("build-worker") | copied("build-standin")
    assert "*" in rules


def test_the_standin_is_no_part_of_the_workers_image() -> None:
    """A production image has no code that answers in the place of AWS."""
    assert "standin" not in STAGES["worker"]
    assert list(STAGES)[-1] == "worker"


def test_neither_image_runs_as_root() -> None:
    """By number, which Kubernetes can verify; name and home are variables, since /etc/passwd has neither."""
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert [STAGES[name].split("\n")[0] for name in ("standin", "worker")] == [
        "runtime AS standin",
        "runtime AS worker",
    ]
    assert re.search(r"\bHOME=/tmp\b", STAGES["runtime"])
    assert re.search(r"\bUSER=\S", STAGES["runtime"])
    assert "COPY --chown" not in DOCKERFILE


def test_the_images_command_is_the_projects() -> None:
    """In the form without a shell, so that SIGTERM reaches the worker."""
    assert 'ENTRYPOINT ["polysync-sagemaker"]\nCMD ["worker"]' in STAGES["worker"]
    assert "polysync-sagemaker" in PROJECT["project"]["scripts"]


def test_the_base_image_has_a_python_that_the_project_supports() -> None:
    """Pinned to a minor version and a Debian release."""
    tag = re.search(r"^ARG PYTHON_TAG=(\d+\.\d+)-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert tag is not None
    assert f"Programming Language :: Python :: {tag[1]}" in PROJECT["project"]["classifiers"]
