"""Runs in the worker's container: starts runs, or waits for them and counts the executions. Input of `python -`."""

import asyncio
import json
import sys
import urllib.request
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from contract.names import WorkflowType
from workflows.payloads import data_converter

SECONDS = 601
"""Simulated seconds of each execution, by which it is known: it is open while the worker is drained."""


def executions_of_the_standin() -> list[dict[str, Any]]:
    """Read all executions that there are."""
    with urllib.request.urlopen("http://standin:8000/_standin/executions", timeout=5) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


async def main(action: str, prefix: str, count: int) -> None:
    """Start the runs, or print their statuses and the number of their executions."""
    client = await Client.connect(**ClientConfig.load_client_connect_config(), data_converter=data_converter)
    ids = [f"{prefix}-{number}" for number in range(count)]
    if action == "start":
        given = {"pipeline_name": "quick-check", "platform": "standin", "parameters": {"Seconds": SECONDS}}
        for each in ids:
            await client.start_workflow(WorkflowType.PIPELINE_RUN, given, id=each, task_queue="sagemaker")
        return
    documents = await asyncio.gather(*(client.get_workflow_handle(each).result() for each in ids))
    executions = await asyncio.to_thread(executions_of_the_standin)
    found = {
        "statuses": sorted({document["status"] for document in documents}),
        "executions": len([each for each in executions if each["parameters"]["Seconds"] == str(SECONDS)]),
        "followed": len({document["run_id"] for document in documents}),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
