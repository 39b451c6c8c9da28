"""boto3 clients: one per platform, whoever asks and how many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import NoRegionError

from activities.aws.clients import Clients
from activities.aws.platforms import Platform

PROD = Platform(name="prod", region="eu-west-1", endpoint_url="http://localhost:1")
TEST = Platform(name="test", region="us-east-1")


def test_many_threads_share_one_client_per_platform() -> None:
    """Creating clients is not thread-safe, and each costs connections and credentials of its own."""
    clients = Clients(max_connections=5)
    together = threading.Barrier(32)

    def ask(number: int) -> int:
        together.wait(timeout=10)
        return id(clients.client(PROD if number % 2 else TEST))

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(ask, range(32)))
    assert len(set(found[::2])) == len(set(found[1::2])) == 1
    assert found[0] != found[1]


def test_a_client_is_configured_as_its_platform_says() -> None:
    """Retries are Temporal's, and a hanging call must not hold its thread for long."""
    client = Clients(max_connections=5).client(PROD)
    config = client.meta.config
    assert (client.meta.region_name, client.meta.endpoint_url) == ("eu-west-1", "http://localhost:1")
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (5, 20, 5)
    assert "polysync-sagemaker" in config.user_agent_extra


def test_a_dropped_client_is_made_anew_and_the_others_stay() -> None:
    """A new client reads the credentials again."""
    clients = Clients(max_connections=1)
    old, other = clients.client(PROD), clients.client(TEST)
    clients.drop(PROD)
    clients.drop(PROD)
    assert clients.client(PROD) is not old
    assert clients.client(TEST) is other


def test_the_region_is_the_platforms_or_else_botos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error texts name the region that was really asked."""
    clients = Clients(max_connections=1)
    nowhere = Platform(name="nowhere")
    assert (clients.region(PROD), clients.region(nowhere)) == ("eu-west-1", None)
    with pytest.raises(NoRegionError):
        clients.client(nowhere)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    clients.client(nowhere)
    assert clients.region(nowhere) == "ap-south-1"
