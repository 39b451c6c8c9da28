"""The image is built from the lock file, and runs as nobody in particular."""

import re
import tomllib

from tests.deploy.files import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD, FINAL = DOCKERFILE.split("\nFROM ")[1:]


def test_only_what_the_lock_file_names_is_installed() -> None:
    """Its hashes are checked, development groups stay out, and so does what is not built into the wheel."""
    syncs = re.findall(r"^RUN uv sync (.*)$", BUILD, re.MULTILINE)
    assert syncs == [
        "--locked --no-dev --no-install-project ${EXTRAS}",
        "--locked --no-dev --no-editable ${EXTRAS}",
    ]
    assert re.search(r'"uv==\$\{UV_VERSION\}"', BUILD)
    assert re.search(r"^ARG UV_VERSION=\d+\.\d+\.\d+$", BUILD, re.MULTILINE)


def test_every_package_of_the_wheel_is_copied() -> None:
    """And is let through by .dockerignore, which lets nothing else through."""
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {source for line in re.findall(r"^COPY (?!--)(.*)$", BUILD, re.MULTILINE) for source in line.split()[:-1]}
    assert copied == {*packages, "pyproject.toml", "uv.lock", "README.md", "LICENSE"}
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied
    assert "*" in rules


def test_the_worker_is_not_root() -> None:
    """By number: Kubernetes cannot tell who a name is."""
    assert re.findall(r"^USER (.*)$", FINAL, re.MULTILINE) == ["10001:10001"]
    assert "COPY --chown" not in FINAL


def test_the_images_command_is_the_projects() -> None:
    """In the form without a shell, so that SIGTERM reaches the worker."""
    assert 'ENTRYPOINT ["polysync-sagemaker"]\nCMD ["worker"]' in FINAL
    assert "polysync-sagemaker" in PROJECT["project"]["scripts"]


def test_the_base_image_has_a_python_that_the_project_supports() -> None:
    """Pinned to a minor version and a Debian release."""
    tag = re.search(r"^ARG PYTHON_TAG=(\d+\.\d+)-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert tag is not None
    assert f"Programming Language :: Python :: {tag[1]}" in PROJECT["project"]["classifiers"]
