from dataclasses import asdict

from worker.cli.answering import AnswerOptions, Wanted, print_answer
from worker.cli.connection import Connection, JsonOption, RunArgument


def reject(
    *,
    run: RunArgument,
    answer: AnswerOptions,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Answer no to what a run waits for: a Callback step fails, and so does a run whose model package is rejected.

    **Examples**

    - `polysync-sagemaker reject churn-training-1f2e3d4c --reason "the recall is too low"`

    - `polysync-sagemaker reject churn-training-1f2e3d4c --step Check`

    **Exit codes**: 0 once AWS has taken it; 2 no such run, several things wait, or it is refused, with the reason; 3
    cannot connect, or no worker answers.
    """
    wanted = Wanted(is_yes=False, **asdict(answer))
    print_answer(connection, run, wanted, as_json=as_json)
