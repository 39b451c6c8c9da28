"""Reading a pipeline as it is deployed: definition, settings, versions, aliases and tags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.definitions.difference import PipelineState
from activities.resources.members import entries, moment, number, pages, table, text
from activities.resources.operations import DESCRIBE_PIPELINE, LIST_TAGS, LIST_VERSIONS, Operation
from activities.resources.tags import tags
from contract.deployment import DeployedVersion
from contract.failures import invalid_input

VERSIONS_PAGE: Final = 100
"""The largest page of ListPipelineVersions: botocore's service model."""

MAX_UNLISTED: Final = 20
"""Versions beyond the list that are asked for."""


@dataclass(frozen=True)
class Deployed:
    """A pipeline as it is deployed."""

    arn: str
    version: int | None
    """The version that was meant."""
    versions: Sequence[DeployedVersion]
    """The newest first."""
    state: PipelineState = field(repr=False)
    """Settings, tags, and the definition of the version that was meant."""

    @property
    def latest_version(self) -> int | None:
        """The latest version; None for a pipeline without versions."""
        return self.versions[0].version if self.versions else None


class DeployedPipelines:
    """Reads pipelines as they are deployed."""

    def __init__(self, calls: SageMakerCalls) -> None:
        """Take what reaches AWS."""
        self._calls = calls

    async def read(
        self, platform: Platform, name: str, version: int | None = None, alias: str | None = None
    ) -> Deployed | None:
        """Return a pipeline; None if there is none of this name.

        Args:
            platform: Where it is.
            name: Its name.
            version: The version whose definition is meant; the latest if neither this nor an alias is given.
            alias: An alias of that version.

        Raises:
            AwsError: AWS refused, no answer came, or the call could not be made.
            ApplicationError: `InvalidInput`, there is no such version.
        """
        described = await self._described(platform, name)
        if described is None:
            return None
        versions = await self.versions(platform, name)
        chosen = _chosen(versions, version, alias)
        meant = described
        if chosen is not None:
            # Even of the latest version: another one may have been made between the two calls.
            meant = await self._ask(platform, DESCRIBE_PIPELINE, PipelineName=name, PipelineVersionId=chosen)
        arn = text(described, "PipelineArn") or ""
        return Deployed(
            arn=arn,
            version=chosen,
            versions=versions,
            state=PipelineState(
                definition=text(meant, "PipelineDefinition"),
                role_arn=text(described, "RoleArn"),
                display_name=text(described, "PipelineDisplayName"),
                description=text(described, "PipelineDescription"),
                max_parallel_steps=number(table(described, "ParallelismConfiguration"), "MaxParallelExecutionSteps"),
                tags=await self.tags(platform, arn),
            ),
        )

    async def versions(self, platform: Platform, name: str) -> list[DeployedVersion]:
        """Return all versions of a pipeline, the newest first, also those that the list does not show yet.

        ListPipelineVersions may lag behind an update; DescribePipeline takes the number of a version, and returns its
        aliases.
        """
        versions = await self._listed(platform, name)
        for _ in range(MAX_UNLISTED):
            following = versions[0].version + 1 if versions else 1
            described = await self._described(platform, name, PipelineVersionId=following)
            if described is None:
                break
            # Its CreationTime is that of the pipeline.
            versions.insert(0, _version({**described, "PipelineVersionId": following, "CreationTime": None}))
        return versions

    async def exists(self, platform: Platform, name: str) -> bool:
        """Whether there is a pipeline of this name.

        Raises:
            AwsError: It cannot be asked.
        """
        return await self._described(platform, name) is not None

    async def definition(self, platform: Platform, name: str, version: int) -> str:
        """Return the definition of a version."""
        described = await self._ask(platform, DESCRIBE_PIPELINE, PipelineName=name, PipelineVersionId=version)
        return text(described, "PipelineDefinition") or ""

    async def tags(self, platform: Platform, arn: str) -> dict[str, str]:
        """Return a pipeline's tags."""

        async def read(token: Mapping[str, str]) -> Mapping[str, Any]:
            return await self._ask(platform, LIST_TAGS, ResourceArn=arn, **token)

        return {name: value async for name, value in tags(read)}

    async def _listed(self, platform: Platform, name: str) -> list[DeployedVersion]:
        """Return the versions of a pipeline that AWS lists, the newest first."""
        found: list[DeployedVersion] = []
        request = {"PipelineName": name, "SortOrder": "Descending", "MaxResults": VERSIONS_PAGE}

        async def read(token: Mapping[str, str]) -> Mapping[str, Any]:
            return await self._ask(platform, LIST_VERSIONS, **request, **token)

        async for page in pages(read):
            found += [
                _version(summary)
                for summary in entries(page, "PipelineVersionSummaries")
                if number(summary, "PipelineVersionId") is not None
            ]
        return sorted(found, key=lambda version: version.version, reverse=True)

    async def _described(self, platform: Platform, name: str, **version: Any) -> Mapping[str, Any] | None:
        try:
            return await self._ask(platform, DESCRIBE_PIPELINE, PipelineName=name, **version)
        except AwsError as error:
            # Which of the two AWS answers for a version that there is not is not published.
            absent = {Kind.NOT_FOUND, Kind.INVALID} if version else {Kind.NOT_FOUND}
            if error.kind in absent and error.is_answer:
                return None
            raise

    async def _ask(self, platform: Platform, operation: Operation, **request: Any) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self._calls.read(platform, operation, priority=Priority.ACTION, **request)
        return answer


def _version(summary: Mapping[str, Any]) -> DeployedVersion:
    created = moment(summary, "CreationTime")
    aliases = summary.get("PipelineVersionAliases")
    return DeployedVersion(
        version=number(summary, "PipelineVersionId") or 0,
        aliases=[alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else [],
        display_name=text(summary, "PipelineVersionDisplayName"),
        description=text(summary, "PipelineVersionDescription"),
        created_at=created and created.astimezone(UTC),
        last_execution_arn=text(summary, "LastExecutionPipelineExecutionArn"),
    )


def _chosen(versions: Sequence[DeployedVersion], version: int | None, alias: str | None) -> int | None:
    """Return the number of the version that is meant.

    Raises:
        ApplicationError: `InvalidInput`, there is none.
    """
    if alias is not None:
        named = {each: found.version for found in versions for each in found.aliases}
        if alias not in named:
            known = ", ".join(f"{each} (version {number})" for each, number in sorted(named.items())) or "no aliases"
            raise invalid_input(f"version_alias: no version of the pipeline has the alias '{alias}'; there is: {known}")
        return named[alias]
    latest = versions[0].version if versions else None
    if version is None:
        return latest
    if all(found.version != version for found in versions):
        raise invalid_input(f"version: the pipeline has no version {version}; the latest is {latest or 'not known'}")
    return version
