"""boto3 clients: one per platform, whoever asks and how many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import NoRegionError

from activities.aws import clients
from activities.aws.clients import Clients
from activities.aws.event_queue import EventQueue
from activities.aws.platforms import Platform
from activities.resources.operations import SQS

PROD = Platform(name="prod", region="eu-west-1", endpoint_url="http://localhost:1")
TEST = Platform(name="test", region="us-east-1")


def test_many_threads_share_one_client_per_platform() -> None:
    """Creating clients is not thread-safe, and each costs connections and credentials of its own."""
    cached = Clients(max_connections=5)
    together = threading.Barrier(32)

    def ask(number: int) -> int:
        together.wait(timeout=10)
        return id(cached.client(PROD if number % 2 else TEST))

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


def test_a_dropped_client_is_cached_and_the_others_stay() -> None:
    """A new client reads the credentials again."""
    cached = Clients(max_connections=1)
    old, other = cached.client(PROD), cached.client(TEST)
    cached.drop(PROD)
    cached.drop(PROD)
    assert cached.client(PROD) is not old
    assert cached.client(TEST) is other


def test_refusals_in_quick_succession_cost_one_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every key is refused, each look of thousands of watches would make another one."""
    cached = Clients(max_connections=1)
    first = cached.client(PROD)
    cached.drop(PROD, first)
    second = cached.client(PROD)
    cached.drop(PROD, second)
    assert cached.client(PROD) is second
    assert second is not first
    monkeypatch.setattr(clients, "KEPT_SECONDS", 0.0)
    cached.drop(PROD, first)
    assert cached.client(PROD) is second
    cached.drop(PROD, second)
    assert cached.client(PROD) is not second


def test_the_region_is_the_platforms_or_else_botos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error texts name the region that was really asked."""
    cached = Clients(max_connections=1)
    nowhere = Platform(name="nowhere")
    assert (cached.region(PROD), cached.region(nowhere)) == ("eu-west-1", None)
    with pytest.raises(NoRegionError):
        cached.client(nowhere)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    cached.client(nowhere)
    assert cached.region(nowhere) == "ap-south-1"


def test_the_client_of_a_queue_waits_longer_where_the_queue_is() -> None:
    """A receive from an empty queue is answered after 20 s, and the queue may be in another region."""
    queue = EventQueue(queue_url="https://sqs.eu-west-2.amazonaws.com/111122223333/events")
    platform = PROD.model_copy(update={"events": queue})
    client = Clients(max_connections=5).client(platform, SQS)
    assert (client.meta.region_name, client.meta.endpoint_url) == ("eu-west-2", "https://sqs.eu-west-2.amazonaws.com")
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (5, 30, 1)
