"""Terraform as this machine has it: none of its own settings, and the AWS provider from a folder."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

SOURCE: Final = Path(__file__).parents[2] / "deploy" / "terraform"
_SECONDS: Final = 240.0


def _mirrors() -> Iterator[Path]:
    """Folders that may have providers: the one that TERRAFORM_PLUGINS names, and where they are installed by hand."""
    if named := os.environ.get("TERRAFORM_PLUGINS"):
        yield Path(named)
    yield Path.home() / ".terraform.d" / "plugins"
    yield from Path("/opt").glob("*")
    yield from Path("/usr/local/share").glob("terraform/plugins")


class Terraform:
    """Terraform in a folder."""

    def __init__(self, folder: Path) -> None:
        """Find the program.

        Raises:
            pytest.skip.Exception: There is none here.
        """
        found = shutil.which("terraform")
        if found is None:
            pytest.skip("there is no terraform here")
        self._program = found
        self.folder = folder

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Call it; its output has no colours."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
        return subprocess.run(  # noqa: S603 — a program of the machine
            [self._program, *arguments],
            cwd=self.folder,
            env={**kept, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "NO_COLOR": "1"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )

    def with_aws(self) -> "Terraform":
        """Initialise the folder with the AWS provider.

        Raises:
            pytest.skip.Exception: It is not here.
        """
        for mirror in _mirrors():
            if (mirror / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
                ready = self("init", f"-plugin-dir={mirror}", "-input=false", "-no-color")
                assert ready.returncode == 0, ready.stderr
                return self
        pytest.skip("Terraform's AWS provider is not here")


def module_copy(folder: Path) -> Path:
    """Copy the module and its example; the folder of the example."""
    shutil.copytree(SOURCE, folder / "terraform", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return folder / "terraform" / "example"
