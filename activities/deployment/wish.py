"""How a pipeline should be, with what the platform adds to it, beside how it is deployed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from activities.aws.platforms import Platform
from activities.definitions.difference import PipelineState, difference
from activities.deployment.deployed import Deployed
from activities.deployment.messages import Wanted
from contract.definition_difference import Difference
from contract.failures import invalid_input
from contract.roles import PLATFORM_ROLE

_OF_AWS: Final = ("aws:", "sagemaker:")
"""Beginnings of the keys of tags that AWS and SageMaker Studio set themselves: they are never removed."""


@dataclass(frozen=True)
class TagChanges:
    """The changes that give a pipeline the wanted tags."""

    added: Mapping[str, str]
    """New tags, and tags with new values."""
    removed: list[str]
    """Keys."""

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.added or self.removed)


@dataclass(frozen=True)
class Wish:
    """How a pipeline should be; None means that it stays as it is."""

    definition: str | None = field(repr=False)
    role_arn: str | None
    display_name: str | None
    description: str | None
    max_parallel_steps: int | None
    tags: Mapping[str, str]
    removes_tags: bool

    @classmethod
    def of(cls, platform: Platform, wanted: Wanted) -> Self:
        """Add the platform's tags and role to what is wanted.

        Raises:
            ApplicationError: `InvalidInput`, the platform has no role.
        """
        role = platform.default_role_arn if wanted.role_arn == PLATFORM_ROLE else wanted.role_arn
        if wanted.role_arn == PLATFORM_ROLE and role is None:
            raise invalid_input(
                f"role_arn: the platform '{platform.name}' has no default_role_arn; give the role's ARN"
            )
        return cls(
            definition=wanted.definition,
            role_arn=role,
            display_name=wanted.display_name,
            description=wanted.description,
            max_parallel_steps=wanted.max_parallel_steps,
            tags={**platform.tags, **(wanted.tags or {})},
            removes_tags=wanted.tags is not None,
        )

    def members(self) -> dict[str, Any]:
        """Return what CreatePipeline and UpdatePipeline are sent, beside the name."""
        parallelism = self.max_parallel_steps and {"MaxParallelExecutionSteps": self.max_parallel_steps}
        found = {
            "PipelineDefinition": self.definition,
            "RoleArn": self.role_arn,
            "PipelineDisplayName": self.display_name,
            "PipelineDescription": self.description,
            "ParallelismConfiguration": parallelism,
        }
        return {name: value for name, value in found.items() if value is not None}

    def difference(self, deployed: Deployed | None) -> Difference:
        """Compare with a pipeline as it is deployed, None for one that does not exist; takes seconds at worst.

        Raises:
            ApplicationError: `InvalidInput`, a definition cannot be compared.
        """
        before = PipelineState() if deployed is None else deployed.state
        changes = self.tag_changes(before.tags or {})
        kept = {key: value for key, value in (before.tags or {}).items() if key not in changes.removed}
        wanted = PipelineState(
            definition=self.definition,
            role_arn=self.role_arn,
            display_name=self.display_name,
            description=self.description,
            max_parallel_steps=self.max_parallel_steps,
            tags={**kept, **changes.added},
        )
        try:
            return difference(before, wanted)
        except ValueError as error:
            raise invalid_input(f"definition: {error}") from None

    def tag_changes(self, deployed: Mapping[str, str]) -> TagChanges:
        """Return the changes that turn the deployed tags into the wanted ones."""
        return TagChanges(
            added={key: value for key, value in self.tags.items() if deployed.get(key) != value},
            removed=[
                key for key in deployed if self.removes_tags and key not in self.tags and not key.startswith(_OF_AWS)
            ],
        )
