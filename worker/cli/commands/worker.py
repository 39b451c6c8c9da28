import asyncio
from typing import Annotated

import typer
from pydantic import ValidationError

from worker.cli.outcome import CommandError
from worker.settings import ENV_PREFIX, Settings
from worker.settings_problems import describe_settings_problems


def worker(
    *,
    task_queue: Annotated[
        str | None, typer.Option(help=f"Overrides {ENV_PREFIX}TASK_QUEUE.", show_default=False)
    ] = None,
) -> None:
    """Run a worker until SIGTERM or Ctrl-C, then drain it.

    Everything else is set in the environment: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and Temporal's other variables
    and profiles for the connection, AWS's own for credentials, POLYSYNC_SAGEMAKER_* for the worker itself. Logs go
    to stderr, as JSON where no terminal is.

    **Example**

    - `TEMPORAL_ADDRESS=temporal.example.com:7233 AWS_DEFAULT_REGION=eu-central-1 polysync-sagemaker worker`
    """
    # Here, so that the other commands need not load boto3.
    from activities.aws.platforms_file import PlatformsFileError  # noqa: PLC0415 — see above
    from worker.encryption.data_converter import EncryptionKeysError  # noqa: PLC0415 — see above
    from worker.logs import configure_logs  # noqa: PLC0415 — see above
    from worker.observability.http_server import CannotServeError  # noqa: PLC0415 — see above
    from worker.search_attributes import SearchAttributesMissingError  # noqa: PLC0415 — see above
    from worker.service import run_worker  # noqa: PLC0415 — see above

    try:
        settings = Settings() if task_queue is None else Settings(task_queue=task_queue)
    except ValidationError as error:
        raise CommandError(f"The worker's settings are not valid: {describe_settings_problems(error)}") from None
    configure_logs(settings)
    try:
        asyncio.run(run_worker(settings))
    except (SearchAttributesMissingError, PlatformsFileError, EncryptionKeysError, CannotServeError) as error:
        raise CommandError(str(error)) from None
