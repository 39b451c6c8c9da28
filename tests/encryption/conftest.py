from collections.abc import Callable, Iterator

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from tests.encryption.stack import Installation, keys_setting
from tests.standin.process import Standin
from tests.workflows.stage import Stage
from worker.encryption.codec import EncryptionCodec
from worker.encryption.data_converter import encrypted
from worker.encryption.key_ring import Key, KeyRing
from worker.local.stack import Stack

OLD = Key("2026-05", bytes(range(32)))
NEW = Key("2026-11", bytes(range(32, 64)))

StageWith = Callable[..., Stage]
"""Makes stages of clients and workers that have these keys; of none, one without encryption."""


def client_with(client: Client, *keys: Key) -> Client:
    """The same connection, with a ring of these keys."""
    converter = encrypted(EncryptionCodec(KeyRing(keys)))
    return Client(client.service_client, namespace=client.namespace, data_converter=converter)


@pytest.fixture
def stage_with(temporal: WorkflowEnvironment, shared_standin: Standin) -> StageWith:
    """Stages that share one task queue, so that the worker of one goes on with the runs of another."""
    shared_standin.control("DELETE", "/faults")
    shared_standin.control("DELETE", "/calls")
    clear = Stage(temporal.client, shared_standin)

    def stage(*keys: Key) -> Stage:
        made = Stage(client_with(temporal.client, *keys) if keys else temporal.client, shared_standin)
        made.task_queue = clear.task_queue
        return made

    return stage


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One encrypted installation for all tests."""
    folder = tmp_path_factory.mktemp("encrypted")
    settings = {"poll_interval": 1, "heartbeat_timeout": 2.0, "encryption_keys": keys_setting(folder)}
    with Stack(folder, clock_scale=60.0, settings=settings) as stack:
        yield Installation(folder, stack.start())
