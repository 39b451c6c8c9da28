"""Runs in the worker's container: starts runs, or ends their executions and counts. Input of `python -`."""

import asyncio
import json
import sys
import time
import urllib.request
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from contract.names import WorkflowType
from workflows.payloads import data_converter

STANDIN = "http://standin:8000/_standin"
SECONDS = 100_001
"""Simulated seconds of each execution, by which it is known: it is open until it is ended here."""
PATIENCE_SECONDS = 180


def ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Call the stand-in's control interface."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{STANDIN}{path}", data, headers, method=method)  # noqa: S310 — HTTP
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 — the same request
        return json.load(answer)


def executions() -> list[dict[str, Any]]:
    """Read the executions of these runs."""
    return [each for each in ask("GET", "/executions") if each["parameters"].get("Seconds") == str(SECONDS)]


def until_there_are(count: int) -> None:
    """Wait until so many runs have their execution; `TimeoutError` if they do not get it."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while (found := len(executions())) < count:
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{found} of {count} runs have their execution after {PATIENCE_SECONDS} s")
        time.sleep(0.2)


async def main(action: str, prefix: str, count: int) -> None:
    """Start the runs and wait for their executions, or end these and print what became of the runs."""
    client = await Client.connect(**ClientConfig.load_client_connect_config(), data_converter=data_converter)
    ids = [f"{prefix}-{number}" for number in range(count)]
    if action == "start":
        given = {"pipeline_name": "quick-check", "platform": "standin", "parameters": {"Seconds": SECONDS}}
        for each in ids:
            await client.start_workflow(WorkflowType.PIPELINE_RUN, given, id=each, task_queue="sagemaker")
        await asyncio.to_thread(until_there_are, count)
        return
    open_ones = [each for each in await asyncio.to_thread(executions) if each["status"] == "Executing"]
    for execution in open_ones:
        name = execution["execution_arn"].rpartition("/")[2]
        await asyncio.to_thread(ask, "POST", f"/executions/{name}/finish", {"failure": None})
    ends = asyncio.gather(*(client.get_workflow_handle(each).result() for each in ids))
    documents = await asyncio.wait_for(ends, PATIENCE_SECONDS)
    found = {
        "open": len(open_ones),
        "statuses": sorted({document["status"] for document in documents}),
        "executions": len(await asyncio.to_thread(executions)),
        "followed": len({document["run_id"] for document in documents}),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
