from typing import Annotated, Final

import typer

from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import JsonOption, PlatformOption, in_event_loop
from worker.cli.discovering import Discovering
from worker.cli.option_groups import one_by_one
from worker.cli.outcome import CommandError
from worker.cli.pipeline_rendering import pipeline_screen, pipelines_screen, run_command
from worker.cli.screen import print_json, print_whole_lines, results
from worker.cli.valid_input import valid_input
from worker.cli.waiting import Workers

pipelines: Final = typer.Typer(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}, rich_markup_mode="markdown"
)


@pipelines.callback()
@one_by_one
def list_pipelines(
    context: typer.Context,
    *,
    platform: PlatformOption = DEFAULT_PLATFORM,
    prefix: Annotated[str, typer.Option(help="Only pipelines whose names begin so.")] = "",
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """List a platform's pipelines, or show one with 'pipelines show NAME'.

    A worker finds them with its own credentials: none are needed here.

    **Examples**

    - `polysync-sagemaker pipelines --prefix churn-`

    - `polysync-sagemaker pipelines --json | jq -r '.jobs[].external_id'`

    - `polysync-sagemaker pipelines show churn-training`
    """
    if context.invoked_subcommand is not None:
        _refuse_options_before(context)
        return
    wanted = _wanted(platform, prefix)
    found = in_event_loop(_discover(workers, wanted), interrupted="Interrupted.")
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        results.print(pipelines_screen(found))


@pipelines.command()
@one_by_one
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The pipeline's name.", show_default=False)],
    *,
    platform: PlatformOption = DEFAULT_PLATFORM,
    as_json: JsonOption = False,
    workers: Workers,
) -> None:
    """Show a pipeline's parameters, and the command that starts it.

    **Example**

    - `polysync-sagemaker pipelines show churn-training`
    """
    # In the order of the names, the whole name comes before all that it is only the beginning of.
    wanted = _wanted(platform, name, page_size=1)
    found = in_event_loop(_discover(workers, wanted), interrupted="Interrupted.")
    job = next((job for job in found.jobs if job.external_id == name), None)
    if job is None:
        listing = workers.connection.command("pipelines", "--platform", platform)
        raise CommandError(f"There is no pipeline '{name}' on the platform '{platform}'. '{listing}' lists them.")
    command = run_command(workers, job, platform)
    if as_json:
        problems = [problem.model_dump(mode="json") for problem in found.problems]
        print_json({"job": job.model_dump(mode="json"), "problems": problems, "command": command})
    else:
        print_whole_lines(pipeline_screen(job, found.problems, command))


def _refuse_options_before(context: typer.Context) -> None:
    """Refuse options before the subcommand: they belong to the list, and would have no effect."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise CommandError(f"Options stand after the subcommand: 'pipelines {context.invoked_subcommand} NAME …'.")


def _wanted(platform: str, prefix: str, page_size: int | None = None) -> PipelineDiscoveryInput:
    given = {"platform": platform, "name_prefix": prefix, "page_size": page_size}
    return valid_input(PipelineDiscoveryInput, given)


async def _discover(workers: Workers, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
    discovering = Discovering(await workers.waiting())
    if wanted.page_size is not None:
        return await discovering.one_page(wanted)
    return await discovering.all_pages(wanted)
