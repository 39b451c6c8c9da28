"""The stand-in as a process of its own, and an unchanged boto3 client for it."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config

from tests.standin.definitions import JsonObject, definition

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient
    from types_boto3_sagemaker.type_defs import (
        DescribePipelineExecutionResponseTypeDef,
        PipelineExecutionStepTypeDef,
    )

ROLE = "arn:aws:iam::111122223333:role/SageMakerPipelineRole"
OPEN = {"Executing", "Stopping"}

Found = TypeVar("Found")


def token() -> str:
    """A fresh ClientRequestToken."""
    return str(uuid.uuid4())


def until(look: Callable[[], Found | None], seconds: float = 10.0) -> Found:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.01)
    raise TimeoutError(f"nothing found within {seconds} s")


class StandinClient:
    """A stand-in that runs somewhere: its control API, and AWS's operations in short."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = self.new_client()
        self.logs = self.client_of("logs")

    def new_client(self, **config: Any) -> "SageMakerClient":
        """A client that tries once, so that a test sees every refusal."""
        client: SageMakerClient = self.client_of("sagemaker", **config)
        return client

    def client_of(self, service: str, **config: Any) -> Any:
        """A client of another service."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def close_clients(self) -> None:
        """Close the connections to it."""
        self.client.close()
        self.logs.close()

    def control(self, method: str, path: str, body: JsonObject | None = None) -> Any:
        """One request to the control API; the parsed reply."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        try:
            connection.request(method, f"/_standin{path}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            reply = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, reply
        return reply

    @contextmanager
    def behaving(self, **switches: Any) -> Iterator[None]:
        """Set switches of `sagemaker_standin.behaviours` for the length of a block."""
        before = self.control("GET", "/behaviours")
        self.control("POST", "/behaviours", switches)
        try:
            yield
        finally:
            self.control("POST", "/behaviours", {name: before[name] for name in switches})

    def fault(self, operation: str, effect: str, **more: Any) -> str:
        """Arm a fault; its id."""
        fault_id: str = self.control("POST", "/faults", {"operation": operation, "effect": effect, **more})["id"]
        return fault_id

    def fault_state(self, fault_id: str) -> JsonObject:
        """One armed fault as the control API lists it."""
        found: JsonObject = next(fault for fault in self.control("GET", "/faults") if fault["id"] == fault_id)
        return found

    def executions(self, pipeline: str) -> list[JsonObject]:
        """A pipeline's executions as the control API shows them."""
        found: list[JsonObject] = self.control("GET", f"/executions?pipeline={pipeline}")
        return found

    def jobs(self, kind: str = "", name_prefix: str = "") -> list[JsonObject]:
        """Every job that there ever was, of one kind or with one prefix, as the control API shows it."""
        wanted = {"kind": kind, "name_prefix": name_prefix}
        query = "&".join(f"{key}={value}" for key, value in wanted.items() if value)
        found: list[JsonObject] = self.control("GET", f"/jobs?{query}")
        return found

    def script_job(self, kind: str, name_prefix: str = "", **script: Any) -> None:
        """Say how the next jobs of a kind go whose names begin so (`sagemaker_standin.settings.script_jobs`)."""
        self.control("POST", "/jobs/script", {"kind": kind, "name_prefix": name_prefix, **script})

    def until_job(self, kind: str, name: str, *statuses: str) -> JsonObject:
        """The job once it has one of these statuses."""
        return until(
            lambda: next(
                (job for job in self.jobs(kind, name) if job["name"] == name and job["status"] in statuses), None
            )
        )

    def create(
        self, steps: Sequence[JsonObject], parameters: Sequence[JsonObject] = (), *, name: str = "", **more: Any
    ) -> str:
        """Create a pipeline, under a fresh name unless one is given; the name."""
        name = name or f"p-{uuid.uuid4().hex[:12]}"
        self.client.create_pipeline(
            PipelineName=name,
            PipelineDefinition=definition(steps, parameters),
            RoleArn=ROLE,
            ClientRequestToken=token(),
            **more,
        )
        return name

    def start(self, pipeline: str, parameters: dict[str, str] | None = None, **more: Any) -> str:
        """Start an execution; its ARN."""
        given = [{"Name": name, "Value": value} for name, value in (parameters or {}).items()]
        request: JsonObject = {"ClientRequestToken": token(), **more}
        if given:
            request["PipelineParameters"] = given
        return self.client.start_pipeline_execution(PipelineName=pipeline, **request)["PipelineExecutionArn"]

    def stop(self, arn: str) -> None:
        """Ask for a stop under a fresh token."""
        self.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())

    def describe(self, arn: str) -> "DescribePipelineExecutionResponseTypeDef":
        """DescribePipelineExecution."""
        return self.client.describe_pipeline_execution(PipelineExecutionArn=arn)

    def status(self, arn: str) -> str:
        """The execution's status."""
        return self.describe(arn)["PipelineExecutionStatus"]

    def until_ended(self, arn: str) -> str:
        """The execution's status once it is not open any more."""
        return until(lambda: status if (status := self.status(arn)) not in OPEN else None)

    def steps(self, arn: str) -> "dict[str, PipelineExecutionStepTypeDef]":
        """The execution's steps by name, in the order of their start."""
        reply = self.client.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")
        return {step["StepName"]: step for step in reply["PipelineExecutionSteps"]}

    def until_step(self, arn: str, name: str, status: str = "Executing") -> "PipelineExecutionStepTypeDef":
        """The step once it has that status."""
        return until(
            lambda: step if (step := self.steps(arn).get(name)) and step["StepStatus"] == status else None,
        )


class Standin(StandinClient):
    """A stand-in that runs as a child of the test."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 — our own module
            [sys.executable, "-m", "sagemaker_standin", *options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        super().__init__(json.loads(self.process.stdout.readline())["endpoint_url"])

    def close(self) -> int:
        """End the process as a parent would; its exit code."""
        self.close_clients()
        self.process.terminate()
        return self._wait()

    def kill(self) -> None:
        """SIGKILL."""
        self.close_clients()
        self.process.kill()
        self._wait()

    def _wait(self) -> int:
        code = self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code
