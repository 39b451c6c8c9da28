"""What AWS or a caller wrote reaches the terminal without its control characters, whatever the command."""

import os
import pty
import subprocess

import boto3
import pytest

from tests.e2e.command import COMMAND, LIMIT_SECONDS, Commands, unique, until
from worker.printable import printable

HOSTILE = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\u202egnp.exe\u2066\r!"
SHOWN = "gnp.exe"


@pytest.fixture(scope="module")
def pipeline(commands: Commands) -> str:
    """A pipeline whose every text is hostile."""
    client = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=commands.stack.standin.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    name = unique("hostile")
    client.create_pipeline(
        PipelineName=name,
        PipelineDefinition=client.describe_pipeline(PipelineName="quick-check")["PipelineDefinition"],
        PipelineDescription=HOSTILE,
        PipelineDisplayName=name,
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::111122223333:role/Pipeline",
    )
    return name


@pytest.fixture(scope="module")
def failed(commands: Commands, pipeline: str) -> str:
    """A run of it that AWS ended with a hostile reason; its workflow id."""
    standin = commands.stack.standin
    run = commands.start(pipeline)
    until(lambda: standin.executions(pipeline))
    execution_id = standin.executions(pipeline)[0]["execution_arn"].rsplit("/", 1)[-1]
    standin.control("POST", f"/executions/{execution_id}/force", {"status": "Failed", "failure_reason": HOSTILE})
    until(lambda: SHOWN in commands("status", run).out, LIMIT_SECONDS)
    return run


def on_a_terminal(commands: Commands, *arguments: str) -> str:
    """What the command writes to a terminal, without the escapes of its own styles."""
    ours, theirs = pty.openpty()
    environment = {**commands.environment, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
    with subprocess.Popen(  # noqa: S603 — our own command
        [COMMAND, *arguments], env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:
            pass  # The other side of a terminal is closed.
        finally:
            os.close(ours)
            process.wait(LIMIT_SECONDS)
    return written.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("status", "RUN"),
        ("status",),
        ("run", "PIPELINE", "--execution-arn", HOSTILE),
        ("cancel", HOSTILE),
        ("retry", HOSTILE),
        ("pipelines",),
        ("pipelines", "show", "PIPELINE"),
        ("doctor", "--platform", HOSTILE),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_control_character(
    commands: Commands, pipeline: str, failed: str, arguments: tuple[str, ...]
) -> None:
    """On a terminal and into a pipe, of what AWS answered and of what was typed."""
    words = [{"RUN": failed, "PIPELINE": pipeline}.get(word, word) for word in arguments]
    ended = commands(*words)
    for written in (ended.out, ended.err, on_a_terminal(commands, *words)):
        assert printable(written) == written
    assert ended.code in {0, 1, 2}


def test_a_hostile_text_is_shown_without_what_controls_the_terminal(commands: Commands, pipeline: str) -> None:
    """The words stay, so that a person sees what somebody tried."""
    assert SHOWN in on_a_terminal(commands, "pipelines", "show", pipeline)
    assert commands("pipelines", "show", pipeline, "--json").document["job"]["description"] == HOSTILE
