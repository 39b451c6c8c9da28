"""Answering what a run waits for: which step or model package is meant, and the update that answers it."""

import getpass
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from temporalio.client import Client

from contract.gates import AnswerRequest, ApprovalRequest, GateAnswer, Outcome
from contract.names import ANSWER_STEP_UPDATE, APPROVE_UPDATE, REJECT_UPDATE
from contract.open_gates import Gate
from contract.run import RunDocument
from contract.spelling import describe_problems
from worker.cli.connection import Connection, in_event_loop
from worker.cli.deciding import refuse_if_closed, send_update
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.run_reading import query, run_handle
from worker.cli.screen import print_json, results
from workflows.views.facts import gate_texts

Request = TypeVar("Request", AnswerRequest, ApprovalRequest)

PATIENCE_SECONDS: Final = 45.0
"""An answer waits for a worker and for AWS, whose turn may take half a minute where it throttles."""


def _login() -> str:
    with suppress(Exception):  # a container's user may have no name
        return getpass.getuser()
    return ""


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """What is answered, and by whom."""

    step: Annotated[str | None, typer.Option(metavar="STEP", help="The Callback step, where several things wait.")] = (
        None
    )
    package: Annotated[
        str | None, typer.Option(metavar="ARN", help="The model package, where several things wait.")
    ] = None
    reason: Annotated[
        str, typer.Option(help="Why. AWS keeps it: up to 256 characters of a step, 1,024 of a model package.")
    ] = ""
    by: Annotated[
        str,
        typer.Option(
            default_factory=_login, show_default="your login name", help="Who decides. Temporal does not check it."
        ),
    ]


class Answered(BaseModel):
    """What `approve` and `reject` print with `--json`."""

    workflow_id: str
    answer: GateAnswer


class Wanted(BaseModel):
    """What `approve` or `reject` is to do, as its options say it."""

    is_yes: bool
    step: str | None = None
    package: str | None = None
    outputs: dict[str, str] = {}
    reason: str = ""
    by: str = ""


def read_outputs(options: Sequence[str]) -> dict[str, str]:
    """Read `NAME=VALUE` options.

    Raises:
        CommandError: One has no `=`.
    """
    outputs = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name:
            raise CommandError(f"--output must be NAME=VALUE, not '{option}'.")
        outputs[name] = value
    return outputs


def choose(document: RunDocument, workflow_id: str) -> Gate:
    """Return the only thing that waits for a person.

    Raises:
        CommandError: Nothing waits, or several things do, which it lists.
    """
    gates = [gate for gate in document.open_gates if gate.is_for_a_person]
    texts = gate_texts(document)
    if len(gates) == 1:
        return gates[0]
    if not gates:
        others = "; ".join(f"{text.what}: {text.end}" for text in texts)
        elsewhere = f" It waits for an answer from elsewhere: {others}." if others else ""
        raise CommandError(
            f"The run '{workflow_id}' does not wait for a person's answer; its phase is {document.phase}.{elsewhere}"
        )
    listed = "\n".join(f"  {_option(gate)}  ({gate.subject})" for gate in gates)
    raise CommandError(f"The run '{workflow_id}' waits for {len(gates)} answers; say which:\n{listed}")


def _option(gate: Gate) -> str:
    return f"--package {gate.model_package_arn}" if gate.model_package_arn else f"--step '{gate.step}'"


def print_answer(connection: Connection, workflow_id: str, wanted: Wanted, *, as_json: bool) -> None:
    """Answer, and print what AWS took.

    Raises:
        CommandError: As `answer` raises it.
    """
    given = in_event_loop(answer(connection, workflow_id, wanted))
    if as_json:
        print_json(Answered(workflow_id=workflow_id, answer=given).model_dump(mode="json"))
    else:
        results.print(given.message)


async def answer(connection: Connection, workflow_id: str, wanted: Wanted) -> GateAnswer:
    """Answer one step or package of a run.

    Raises:
        CommandError: The options do not fit, nothing waits, several things wait, or the run or AWS refuses.
    """
    if wanted.step is not None and wanted.package is not None:
        raise CommandError("Give --step or --package, not both.")
    client = await connection.open()
    if wanted.step is None and wanted.package is None:
        gate = choose(await _document(client, connection, workflow_id), workflow_id)
        wanted = wanted.model_copy(update={"step": None if gate.model_package_arn else gate.step})
        wanted = wanted.model_copy(update={"package": gate.model_package_arn})
    update, request = request_of(wanted)
    return await send_update(
        client, connection, workflow_id, update, request, result_type=GateAnswer, patience=PATIENCE_SECONDS
    )


def request_of(wanted: Wanted) -> tuple[str, AnswerRequest | ApprovalRequest]:
    """Return the update that is to be sent, and its argument.

    Raises:
        CommandError: AWS would not take it.
    """
    if wanted.step is None:
        if wanted.outputs:
            raise CommandError("--output is for a Callback step; a model package takes none.")
        given = {"model_package_arn": wanted.package, "reason": wanted.reason, "by": wanted.by}
        return (APPROVE_UPDATE if wanted.is_yes else REJECT_UPDATE), _admitted(ApprovalRequest, given)
    outcome = Outcome.SUCCESS if wanted.is_yes else Outcome.FAILURE
    step = {"step": wanted.step, "outcome": outcome, "reason": wanted.reason, "by": wanted.by}
    return ANSWER_STEP_UPDATE, _admitted(AnswerRequest, {**step, "outputs": wanted.outputs})


def _admitted(model: type[Request], given: Mapping[str, object]) -> Request:
    try:
        return model.admit(given)
    except ValidationError as error:
        raise CommandError(f"Not sent: {describe_problems(error, model)}.") from None


async def _document(client: Client, connection: Connection, workflow_id: str) -> RunDocument:
    handle = run_handle(client, workflow_id)
    await refuse_if_closed(handle, connection)
    document = await query(handle)
    if document is None:
        raise CommandError(
            "No worker answers, so it is not known what the run waits for; name it with --step or --package, or "
            f"see '{connection.command('approvals')}'.",
            ExitCode.CANNOT_CONNECT,
        )
    return document
