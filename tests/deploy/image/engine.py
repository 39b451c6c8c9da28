"""A Docker Engine of the test's own, from Debian's packages, which are unpacked into a folder and not installed."""

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.deploy.image.commands import FailedError, report, run, until
from tests.deploy.image.traces import cgroup_name

PACKAGES: Final = ("docker.io", "mmdebstrap")
SUBNETS: Final = "base=172.30.0.0/16,size=24"
_ALTERNATIVES: Final = {"iptables": "iptables-nft", "ip6tables": "ip6tables-nft"}
_STOP_SECONDS: Final = 30.0


class CannotStartError(Exception):
    """There can be no engine on this machine; the text says why."""


class Engine:
    """The engine; as a context manager it is started, and ends with all that it made.

    Attributes:
        folder: Of everything; its name is part of the engine's control group.
        environment: What a client needs.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare without starting anything."""
        self.folder = folder
        self._root = folder / "packages"
        self._process: subprocess.Popen[bytes] | None = None
        programs = [str(self._root / part) for part in ("usr/sbin", "usr/bin", "sbin", "bin")]
        self.environment = {
            "PATH": os.pathsep.join([*programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
            "DOCKER_HOST": f"unix://{folder}/docker.sock",
            "DOCKER_CONFIG": str(folder / "config"),
            "DOCKER_BUILDKIT": "1",
        }
        machine = f"{os.uname().machine}-linux-gnu"
        libraries = [self._root / "usr/lib" / machine, self._root / "lib" / machine]
        self._libraries = {
            "LD_LIBRARY_PATH": os.pathsep.join(str(path) for path in libraries),
            "XTABLES_LIBDIR": f"{libraries[0]}/xtables:/usr/lib/{machine}/xtables",
        }

    def unpack(self) -> None:
        """Fetch the packages that this machine lacks.

        Raises:
            CannotStartError: There is no root, or Debian's packages cannot be had.
        """
        if os.geteuid() != 0:
            raise CannotStartError("a container engine is started by root only")
        if shutil.which("apt-get") is None:
            raise CannotStartError("the engine comes from Debian's packages, and there is no apt-get")
        archives = self.folder / "archives"
        (archives / "partial").mkdir(parents=True)
        getting = ["apt-get", "install", "--download-only", "--yes", "-qq", "--no-install-recommends"]
        try:
            run(["apt-get", "update", "-qq"])
            run([*getting, f"-oDir::Cache::archives={archives}", "-oAPT::Sandbox::User=root", *PACKAGES])
        except FailedError as error:
            raise CannotStartError(f"Debian's packages cannot be had: {error}") from error
        for archive in archives.glob("*.deb"):
            run(["dpkg-deb", "-x", str(archive), str(self._root)])
        # The package's installation would make these links. The engine sets its name resolution up with the program,
        # inside of each container's network.
        for name, program in _ALTERNATIVES.items():
            link = self._root / "usr" / "sbin" / name
            if (link.parent / program).exists() and not link.exists():
                link.symlink_to(program)

    def __enter__(self) -> Self:
        """Start the daemon: own socket and folders, no bridge of its own, no firewall rule, no forwarding.

        Raises:
            CannotStartError: It does not answer.
        """
        log = self.folder / "dockerd.log"
        command = [
            *("dockerd", f"--host={self.environment['DOCKER_HOST']}", f"--pidfile={self.folder}/dockerd.pid"),
            *(f"--data-root={self.folder}/data", f"--exec-root={self.folder}/exec"),
            *("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"),
            *(f"--default-address-pool={SUBNETS}", f"--cgroup-parent=/{cgroup_name(self.folder)}"),
            "--exec-opt=native.cgroupdriver=cgroupfs",
        ]
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 — a fixed command
                [shutil.which(command[0], path=self.environment["PATH"]) or command[0], *command[1:]],
                env={**os.environ, **self.environment, **self._libraries},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            until(self._answers, 30, "the engine answers")
        except FailedError:
            self.__exit__(None, None, None)
            last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise CannotStartError(f"the engine does not start here: {''.join(last)[-300:]}") from None
        report(f"Docker Engine {self.docker('version', '--format', '{{.Server.Version}}').strip()} is up")
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the containers and the daemon, and remove what it leaves outside of its folder."""
        if self._process is not None and self._process.poll() is None:
            containers = self.docker("ps", "--all", "--quiet", expected=None).split()
            if containers:
                self.docker("rm", "--force", "--volumes", *containers, expected=None)
            self.docker("network", "prune", "--force", expected=None)
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for line in reversed(Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()):
            if line.split()[1].startswith(f"{self.folder}/"):
                run(["umount", line.split()[1]], expected=None)
        for group in Path("/sys/fs/cgroup").glob(f"**/{cgroup_name(self.folder)}"):
            _remove_group(group)

    def docker(self, *arguments: str, expected: int | None = 0) -> str:
        """Run Docker's command line."""
        return run(["docker", *arguments], environment=self.environment, expected=expected)

    def _answers(self) -> bool:
        running = self._process is not None and self._process.poll() is None
        return running and "Server Version" in self.docker("info", expected=None)


def _remove_group(group: Path) -> None:
    for child in group.iterdir():
        if child.is_dir():
            _remove_group(child)
    group.rmdir()
