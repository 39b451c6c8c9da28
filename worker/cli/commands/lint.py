import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from activities.definitions.linting import lint as check
from worker.cli.definition_file import DEFINITION_HELP, read_text
from worker.cli.lint_rendering import finding_lines, findings_document
from worker.cli.lint_switches import Switches, read_switches
from worker.cli.linting import LintedFile, passes
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.python_definition import Evaluation, PythonObject
from worker.cli.sarif import sarif_document
from worker.cli.screen import print_json, print_whole_lines

_PREFIX: Final = re.compile(r"s3://[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9](/.*)?")


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class RuleSet(StrEnum):
    """Sets of rules that are used only on request."""

    REGULATED = "regulated"


def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help=DEFINITION_HELP, show_default=False)],
    *,
    output: Annotated[Format, typer.Option("--format", help="How findings are printed.")] = Format.TEXT,
    rules: Annotated[
        RuleSet | None,
        typer.Option(help="Rules used as well: 'regulated' requires isolation, a VPC, keys, and no secrets."),
    ] = None,
    artifact_prefix: Annotated[
        str | None, typer.Option(metavar="S3_URI", help="Where artifacts belong, such as s3://bucket/prod/.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail as well.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(help="Rules that are switched off, each with a reason; else .pipeline-lint.toml, if it exists."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    evaluation: Evaluation,
) -> None:
    """Check definitions without AWS and without a server: what AWS would refuse, and what costs, lasts or leaks.

    Errors are what AWS refuses when a pipeline is created or started. Exit code 0 without errors, 1 with errors, with
    --strict also with warnings, 2 for a file that cannot be read.

    **Examples**

    - `polysync-sagemaker pipelines lint churn-training.json`

    - `polysync-sagemaker pipelines lint pipeline.py:pipeline --rules regulated --artifact-prefix s3://churn/prod/`

    - `polysync-sagemaker pipelines lint pipelines/*.json --strict --format sarif > lint.sarif`
    """
    if artifact_prefix is not None and not _PREFIX.fullmatch(artifact_prefix):
        raise CommandError("--artifact-prefix must be a place in S3, such as s3://bucket/prod/.")
    switches = read_switches(config)
    linted = [
        _linted(file, read_text(file, evaluation), switches, regulated=rules is not None, prefix=artifact_prefix)
        for file in files
    ]
    if as_json or output is Format.JSON:
        print_json(findings_document(linted))
    elif output is Format.SARIF:
        print_json(sarif_document(linted))
    else:
        for line in finding_lines(linted):
            print_whole_lines(line)
    if not passes(linted, strict=strict):
        raise typer.Exit(ExitCode.RUN_FAILED)


def _linted(file: str, text: str, switches: Switches, *, regulated: bool, prefix: str | None) -> LintedFile:
    found = check(text, regulated=regulated, artifact_prefix=prefix, is_off=switches.is_off)
    return LintedFile(
        file=file,
        findings=found.listed,
        switched_off=[(finding, switches.off[finding.rule.id].reason) for finding in found.switched_off],
        left_out=found.left_out,
        switched_off_left_out=found.switched_off_left_out,
        has_lines=PythonObject.named_by(file) is None,
    )
