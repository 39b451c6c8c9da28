"""Temporal's HTTP API, for callers without a client of Temporal's: plain JSON in and out."""

import json
from http.client import HTTPConnection
from typing import Any

from tests.e2e.command import Commands, unique, until


class HttpApi:
    """The workflows of the default namespace."""

    def __init__(self, url: str) -> None:
        self._host = url.removeprefix("http://")

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request; the answer's JSON."""
        connection = HTTPConnection(self._host, timeout=60)
        try:
            headers = {"Content-Type": "application/json"}
            sent = None if body is None else json.dumps(body)
            connection.request(method, f"/api/v1/namespaces/default/workflows/{path}", sent, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, answer
        return answer


def test_a_run_is_started_queried_and_cancelled_over_http(commands: Commands) -> None:
    """As docs/polysync.md shows it."""
    http, run = HttpApi(commands.stack.temporal.http_url), unique("over-http")
    run_input = {
        "pipeline_name": "nightly-scoring",
        "parameters": {"ScoringDate": "2026-01-31", "ScoringSeconds": 100_000},
    }
    start = {
        "workflowType": {"name": "SageMakerPipelineRun"},
        "taskQueue": {"name": "sagemaker"},
        "input": [run_input],
    }
    assert http("POST", run, start)["runId"]

    def document() -> dict[str, Any]:
        found: dict[str, Any] = http("POST", f"{run}/query/status", {})["queryResult"][0]
        return found

    until(lambda: document()["sagemaker_status"] == "Executing")
    http("POST", f"{run}/signal/cancel", {"input": [{"reason": "not today"}]})
    until(lambda: document()["status"] == "Cancelled")
    until(lambda: http("GET", run)["workflowExecutionInfo"]["status"] == "WORKFLOW_EXECUTION_STATUS_COMPLETED")
    events = http("GET", f"{run}/history-reverse?maximumPageSize=1")["history"]["events"]
    (result,) = events[0]["workflowExecutionCompletedEventAttributes"]["result"]
    assert (result["status"], result["run_id"]) == ("Cancelled", document()["run_id"])
