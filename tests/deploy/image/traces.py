"""What a container engine may leave on a machine: compared before and after."""

import shutil
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from tests.deploy.image.commands import run


@dataclass(frozen=True)
class Traces:
    """The state of the machine that the test must restore.

    Attributes:
        interfaces: Network interfaces.
        mounts: Mounted folders.
        rules: Firewall rules, where `iptables-save` or `nft` is there to list them.
        cgroups: Control groups of the engine.
        forwarding: Whether the machine forwards packets.
        processes: Command lines with the test's folder in them.
    """

    interfaces: frozenset[str]
    mounts: frozenset[str]
    rules: frozenset[str]
    cgroups: frozenset[str]
    forwarding: str
    processes: frozenset[str]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Read the present state; processes are those of the test's folder."""
        return cls(
            interfaces=frozenset(path.name for path in Path("/sys/class/net").iterdir()),
            mounts=frozenset(line.split()[1] for line in _lines(Path("/proc/self/mounts"))),
            rules=frozenset(_rules()),
            cgroups=frozenset(str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{cgroup_name(folder)}")),
            forwarding=Path("/proc/sys/net/ipv4/ip_forward").read_text(encoding="ascii").strip(),
            processes=frozenset(line for line in _command_lines() if str(folder) in line and "/dockerd" in line),
        )

    def differences(self, before: Self) -> list[str]:
        """Describe what was not there before, or is no longer there."""
        found = []
        for field in fields(self):
            now, then = getattr(self, field.name), getattr(before, field.name)
            if now != then:
                changed = sorted(now ^ then) if isinstance(now, frozenset) else [f"{then} became {now}"]
                found.append(f"{field.name}: {', '.join(changed)}")
        return found


def cgroup_name(folder: Path) -> str:
    """The control group that holds all containers of an engine in a folder."""
    return f"image-test-{folder.name}"


def _rules() -> list[str]:
    commands = [["iptables-save"], ["iptables-legacy-save"], ["nft", "list", "ruleset"]]
    printed = [run(command, expected=None) for command in commands if shutil.which(command[0])]
    # Comments have the time, and counters move.
    return [line for text in printed for line in text.splitlines() if not line.startswith(("#", ":"))]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it ended meanwhile
            continue
    return found
