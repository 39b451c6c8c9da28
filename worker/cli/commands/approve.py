from dataclasses import asdict
from typing import Annotated

import typer

from worker.cli.answering import AnswerOptions, Wanted, print_answer, read_outputs
from worker.cli.connection import Connection, JsonOption, RunArgument


def approve(
    *,
    run: RunArgument,
    answer: AnswerOptions,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", "-o", metavar="NAME=VALUE", help="An output parameter of the Callback step; repeat."),
    ] = None,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Answer yes to what a run waits for: a Callback step, or a registered model package.

    A Callback step can be answered if the run was started with
    `"callbacks": {"STEP": {"answered_by": "person"}}`; a package is waited for with `"approval": {"wait": true}`.

    **Examples**

    - `polysync-sagemaker approve churn-training-1f2e3d4c`

    - `polysync-sagemaker approve churn-training-1f2e3d4c --step Check -o rows=1742 --reason "the numbers are right"`

    - `polysync-sagemaker approve churn-training-1f2e3d4c --package
      arn:aws:sagemaker:eu-central-1:111122223333:model-package/churn/3`

    **Exit codes**: 0 once AWS has taken it; 2 no such run, several things wait, or it is refused, with the reason; 3
    cannot connect, or no worker answers.
    """
    wanted = Wanted(is_yes=True, outputs=read_outputs(output or []), **asdict(answer))
    print_answer(connection, run, wanted, as_json=as_json)
