"""Where `run --rerun` finds the execution to start from: an earlier run's, or one that is named by its ARN."""

from dataclasses import dataclass
from typing import Any

from contract.arns import ExecutionArn
from contract.job_document import JobRunDocument
from worker.cli.connection import Connection
from worker.cli.outcome import CommandError
from worker.cli.run_reading import read_run


@dataclass(frozen=True)
class RerunSource:
    """An execution to start from, and what is known of it."""

    execution_arn: str
    pipeline_name: str | None
    platform: str | None = None

    @property
    def defaults(self) -> dict[str, Any]:
        """Fields of the input that are the same again unless something else is said."""
        known = {"pipeline_name": self.pipeline_name, "platform": self.platform}
        return {name: value for name, value in known.items() if value is not None}

    def rerun(self, from_step: str | None) -> dict[str, Any]:
        """The input's `rerun`, which begins at a step, or from the beginning if that is None."""
        return {"execution_arn": self.execution_arn, **({"from_step": from_step} if from_step is not None else {})}


async def find_rerun_source(connection: Connection, source: str) -> RerunSource:
    """Find an execution by a run's workflow id or its own ARN; no worker is needed for it.

    Raises:
        CommandError: There is no such run, or it has never had an execution.
    """
    if source.startswith("arn:"):
        try:
            arn = ExecutionArn.parse(source)
        except ValueError as error:
            raise CommandError(f"--rerun {error}, or a run's workflow id.") from None
        # The pipeline by its ARN: the name in here is in lower case, and the account may be another one.
        return RerunSource(source, arn.pipeline.text)
    run = (await read_run(await connection.open(), connection, source)).run
    if isinstance(run, JobRunDocument):
        raise CommandError(f"'{source}' is a job run, and --rerun starts pipelines; start the job with 'job run'.")
    if run is None or run.run_id is None:
        raise CommandError(f"The run '{source}' has no execution to start from. Start the pipeline without --rerun.")
    return RerunSource(run.run_id, run.pipeline_name, run.platform)
