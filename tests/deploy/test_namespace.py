"""The settings of the stack's Temporal server, and the script that creates the namespace, against a real server."""

import asyncio
import json
import os
import uuid
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.testing import WorkflowEnvironment

from tests.deploy.files import ROOT, documents
from tests.deploy.test_compose import run_script
from worker.local.temporal_server import find_temporal


def test_the_image_tests_server_has_the_settings_of_the_stacks_one() -> None:
    """It reads no file, so that they are its options."""
    [settings] = documents(ROOT / "deploy" / "temporal" / "dynamic-config.yaml")
    options = [f"--dynamic-config-value={key}={json.dumps(value['value'])}" for key, [value] in settings.items()]
    # As text: its tag `!override` is Compose's own.
    substitutes = (ROOT / "tests" / "deploy" / "image" / "substitutes.yml").read_text(encoding="utf-8")
    assert options
    assert f"    command: [{', '.join(options)}]\n" in substitutes


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
