import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
CACHE: Final = FOLDER.parent / ".venvs"
_TAIL_LINES: Final = 3


class EnvironmentUnavailableError(Exception):
    """A peer's environment cannot be made here, most often because there is no package index."""


def environment_python(name: str, cache: Path = CACHE) -> Path:
    """Find the interpreter of a peer's own environment, made now unless it is there already.

    Args:
        name: Of the environment; its packages stand in `requirements/<name>.txt`, each with its version.
        cache: Folder of the environments. One is made again when its requirements have changed.

    Raises:
        EnvironmentUnavailableError: It cannot be made; the text has pip's last words.
    """
    return make_environment(FOLDER / "requirements" / f"{name}.txt", cache / name)


def make_environment(requirements: Path, folder: Path) -> Path:
    """Install requirements into an environment of their own, unless that was done before; its interpreter.

    Raises:
        EnvironmentUnavailableError: It cannot be made.
    """
    python, stamp = folder / "bin" / "python", folder / "requirements.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return python
    if folder.exists():
        shutil.rmtree(folder)
    venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 — pip, our own list
    if installed.returncode != 0:
        said = [line for line in installed.stderr.splitlines() if line.startswith("ERROR")] or ["pip said nothing"]
        raise EnvironmentUnavailableError(
            f"pip cannot install {requirements.name} for Python {sys.version_info.major}.{sys.version_info.minor}: "
            + " ".join(said[-_TAIL_LINES:])
        )
    stamp.write_text(digest)
    return python
