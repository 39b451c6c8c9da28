"""The queue of a platform's events: which region and endpoint its URL names."""

import pytest
from pydantic import ValidationError

from activities.aws.event_queue import EventQueue

QUEUE = "111122223333/polysync-sagemaker"


@pytest.mark.parametrize(
    ("server", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://sqs-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://sqs.ap-southeast-2.api.aws", "ap-southeast-2"),
        ("https://vpce-0a1b-2c3d.sqs.eu-west-1.vpce.amazonaws.com", "eu-west-1"),
        ("http://127.0.0.1:9324", None),
        ("https://sqs.internal.example.com", None),
    ],
)
def test_the_url_names_region_and_endpoint(server: str, region: str | None) -> None:
    """A server that is not AWS's is in the platform's region."""
    queue = EventQueue(queue_url=f"{server}/{QUEUE}")
    assert (queue.own_region, queue.endpoint) == (region, server)


def test_a_url_of_the_legacy_form_names_the_region_only() -> None:
    """Its server has another protocol than boto3."""
    queue = EventQueue(queue_url=f"https://eu-central-1.queue.amazonaws.com/{QUEUE}")
    assert (queue.own_region, queue.endpoint) == ("eu-central-1", None)


def test_the_table_has_the_last_word() -> None:
    """Over what the URL names."""
    queue = EventQueue(
        queue_url=f"https://sqs.eu-west-1.amazonaws.com/{QUEUE}",
        endpoint_url="https://vpce-0a1b.sqs.eu-west-2.vpce.amazonaws.com",
        region="eu-west-2",
    )
    assert (queue.own_region, queue.endpoint) == ("eu-west-2", "https://vpce-0a1b.sqs.eu-west-2.vpce.amazonaws.com")


@pytest.mark.parametrize(
    "attributes",
    [
        {"queue_url": "polysync-sagemaker"},
        {"queue_url": "arn:aws:sqs:eu-west-1:111122223333:polysync-sagemaker"},
        {"queue_url": "https://sqs.eu-west-1.amazonaws.com"},
        {"queue_url": f"https://x/{QUEUE}", "reconcile_interval": 0},
        {"queue_url": f"https://x/{QUEUE}", "reconcile_interval": 3601},
    ],
)
def test_what_cannot_be_a_queue_is_refused(attributes: dict[str, object]) -> None:
    """By the name of the attribute."""
    with pytest.raises(ValidationError, match=list(attributes)[-1]):
        EventQueue.model_validate(attributes)
