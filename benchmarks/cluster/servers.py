"""What is compared: Temporal's server as a cluster of processes on PostgreSQL, and the development server."""

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from benchmarks.cluster.binaries import Binaries
from benchmarks.cluster.postgresql import USER, PostgreSQL
from benchmarks.command import BenchmarkFailedError
from benchmarks.installation import RAISED_LIMITS
from worker.local.ports import LOOPBACK
from worker.local.process import Process
from worker.local.temporal_server import NAMESPACE, TemporalServer, find_temporal

SCRIPTS: Final = Path(__file__).parents[2] / "deploy" / "temporal"
FRONTEND_PORT: Final = 7233
HTTP_PORT: Final = 7243
EACH_SERVICE: Final = 2

# The gRPC port where there is one, else that of the membership: temporal, common/config/config_template_embedded.yaml.
_PORTS: Final[Mapping[str, int]] = {"history": 7234, "matching": 7235, "frontend": FRONTEND_PORT, "worker": 6939}
_PASSWORD: Final = "temporal"  # noqa: S105 — PostgreSQL asks for none here


class Servers(Protocol):
    """A Temporal installation.

    Attributes:
        name: As figures name it.
        parts: Its processes, by what they are.
        addresses: Of its frontends; the first one is never killed.
    """

    name: str
    parts: Mapping[str, Sequence[Process]]
    addresses: Sequence[str]

    async def start(self) -> None:
        """Start everything and wait until it is ready."""


class Development:
    """The development server, with the benchmarks' limits."""

    name = "development server"

    def __init__(self, folder: Path) -> None:
        """Prepare the server."""
        server = TemporalServer(folder / "temporal.log", dynamic_config=RAISED_LIMITS)
        self.parts: Mapping[str, Sequence[Process]] = {"server": [server]}
        self.addresses: Sequence[str] = [server.address]

    async def start(self) -> None:
        """Start it."""
        await asyncio.gather(*(process.start_meanwhile() for process in self.parts["server"]))


class Cluster:
    """Each of the server's services twice on PostgreSQL, each process on a loopback address of its own."""

    name = "cluster"

    def __init__(self, folder: Path, binaries: Binaries, shards: int) -> None:
        """Prepare the processes."""
        self._binaries = binaries
        self._dynamic_config = folder / "dynamic-config.yaml"
        self._database = PostgreSQL(folder)
        hosts = {
            service: [host(index, number) for number in range(EACH_SERVICE)] for index, service in enumerate(_PORTS)
        }
        # In the cluster's record; with one of its own, each process would change the record as it starts.
        entry = hosts["frontend"][0]
        self._record = {
            "CLUSTER_RPC_ADDRESS": f"{entry}:{FRONTEND_PORT}",
            "CLUSTER_HTTP_ADDRESS": f"{entry}:{HTTP_PORT}",
        }
        self.services = {
            service: [
                ServerProcess(folder, binaries.server, service, address, self._environment(shards))
                for address in addresses
            ]
            for service, addresses in hosts.items()
        }
        self.parts: Mapping[str, Sequence[Process]] = {"PostgreSQL": [self._database], **self.services}
        self.addresses: Sequence[str] = [f"{address}:{FRONTEND_PORT}" for address in hosts["frontend"]]

    async def start(self) -> None:
        """Start the database, set its schema up, start the services, and create the namespace.

        Raises:
            BenchmarkFailedError: One of the scripts failed.
        """
        values = {key: [{"value": value}] for key, value in RAISED_LIMITS.items()}
        # JSON is YAML.
        self._dynamic_config.write_text(json.dumps(values), encoding="utf-8")
        await self._database.start_meanwhile()
        database = {"POSTGRES_HOST": LOOPBACK, "POSTGRES_PORT": str(self._database.port), "POSTGRES_USER": USER}
        schema = {"SCHEMA_DIRECTORY": str(self._binaries.schema), "SQL_PASSWORD": _PASSWORD}
        run_script("set-up-schema.sh", self._binaries.folder, {**database, **schema})
        processes = [process for service in self.services.values() for process in service]
        # The first one writes the cluster's record; of several that try it at once, all but one end with an error.
        await processes[0].start_meanwhile()
        await asyncio.gather(*(process.start_meanwhile() for process in processes[1:]))
        namespace = {"TEMPORAL_ADDRESS": self.addresses[0], "TEMPORAL_NAMESPACE": NAMESPACE, "RETENTION": "30d"}
        run_script("create-namespace.sh", Path(find_temporal()).parent, namespace)

    def _environment(self, shards: int) -> dict[str, str]:
        return {
            "DB": "postgres12",
            "DB_PORT": str(self._database.port),
            "POSTGRES_SEEDS": LOOPBACK,
            "POSTGRES_USER": USER,
            "POSTGRES_PWD": _PASSWORD,
            "NUM_HISTORY_SHARDS": str(shards),
            "DYNAMIC_CONFIG_FILE_PATH": str(self._dynamic_config),
            "LOG_LEVEL": "warn",
            **self._record,
        }


class ServerProcess(Process):
    """One process of one of the server's services."""

    def __init__(self, folder: Path, program: Path, service: str, address: str, environment: Mapping[str, str]) -> None:
        """Prepare the process; it listens on the service's usual ports at its own address."""
        super().__init__(f"Temporal's {service} service at {address}", folder / f"{service}-{address}.log")
        self._command = [str(program), "start", "--service", service]
        self._endpoint = (address, _PORTS[service])
        own = {"BIND_ON_IP": address, "TEMPORAL_BROADCAST_ADDRESS": address}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
        self._environment = {**inherited, **environment, **own}

    def launch(self) -> None:
        """See base class."""
        self._spawn(self._command, self._environment)

    def is_ready(self) -> bool:
        """Whether it listens."""
        try:
            socket.create_connection(self._endpoint, timeout=1).close()
        except OSError:
            return False
        return True


def host(service: int, number: int) -> str:
    """A loopback address for each process, other ones in each process of this benchmark."""
    return f"127.{1 + os.getpid() % 250}.{1 + service}.{1 + number}"


def run_script(name: str, programs: Path, environment: Mapping[str, str]) -> None:
    """Run one of the stack's scripts with the programs of a folder.

    Raises:
        BenchmarkFailedError: It failed.
    """
    ended = subprocess.run(  # noqa: S603 — our own script
        ["/bin/sh", str(SCRIPTS / name)],
        env={
            "PATH": os.pathsep.join([str(programs), "/usr/bin", "/bin"]),
            "HOME": os.environ.get("HOME", "/"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise BenchmarkFailedError(f"{name} failed: {(ended.stderr or ended.stdout).strip()[-1500:]}")
