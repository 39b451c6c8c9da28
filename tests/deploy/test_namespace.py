"""The script that creates the namespace, against a real server."""

import asyncio
import os
import uuid
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from tests.deploy.test_compose import run_script
from worker.local.temporal_server import find_temporal


async def test_the_namespace_is_created_once(temporal: WorkflowEnvironment) -> None:
    """With its retention; a second start of the stack keeps it."""
    namespace = f"ml-{uuid.uuid4().hex[:8]}"
    environment = {
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": namespace,
        "RETENTION": "3d",
    }
    path = os.pathsep.join([str(Path(find_temporal()).parent), "/usr/bin", "/bin"])
    first = await asyncio.to_thread(run_script, "create-namespace.sh", path, **environment)
    assert (first.returncode, first.stderr) == (0, "")
    second = await asyncio.to_thread(run_script, "create-namespace.sh", path, **environment)
    assert (second.returncode, second.stdout) == (0, f"The namespace {namespace} exists already\n")
    found = await temporal.client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == 3
