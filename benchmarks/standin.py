"""The stand-in as the benchmarks use it: by an unchanged client, and by its own count of calls."""

from typing import TYPE_CHECKING, Any

import boto3

from worker.local.standin_process import REGION, StandinProcess

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient


def sagemaker_client(standin: StandinProcess) -> "SageMakerClient":
    """Make an unchanged client for a stand-in; the caller closes it."""
    return boto3.client(
        "sagemaker",
        endpoint_url=standin.endpoint_url,
        region_name=REGION,
        aws_access_key_id="benchmark",
        aws_secret_access_key="benchmark",  # noqa: S106 — the stand-in takes any
    )


def received_calls(standin: StandinProcess) -> dict[str, int]:
    """Calls that a stand-in has received so far, by operation."""
    counts: dict[str, Any] = standin.control("GET", "/calls")
    return {operation: int(count["received"]) for operation, count in counts.items()}


def end_execution(standin: StandinProcess, arn: str, failure: str | None = None) -> None:
    """Let an execution end now with its steps: one that ends beside running steps is read again for a while."""
    standin.control("POST", f"/executions/{arn.rpartition('/')[2]}/finish", {"failure": failure})
