"""AWS's regions as botocore knows them."""

from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError

from activities.aws.botocore_sessions import new_botocore_session


def partition_of(region: str) -> str:
    """Return a region's partition; the commercial one where botocore does not know the region."""
    try:
        partition: str = _session().get_partition_for_region(region)
    except BotoCoreError:
        return "aws"
    return partition


@cache
def sagemaker_regions() -> frozenset[str]:
    """List the regions of all partitions that are known to have SageMaker."""
    session = _session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("sagemaker", partition)
    )


@cache
def _session() -> Any:
    return new_botocore_session()


def default_region() -> str | None:
    """Return boto3's own default region (environment, profile), if there is one."""
    region: str | None = _session().get_config_variable("region")
    return region
