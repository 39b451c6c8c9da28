"""What is different between a pipeline as it is deployed and as it is wanted."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field

MAX_CHANGES: Final = 500
"""In one document: with all texts at their limits it stays far below Temporal's 2 MiB a payload."""

MAX_VALUE_CHARS: Final = 200
MAX_PATH_CHARS: Final = 500
MAX_NAMES: Final = 1000
"""Of steps in one list, and of names that are a cause."""


class ChangeKind(StrEnum):
    """What happened to a member, a step, a parameter or a tag."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(BaseModel):
    """One member that is different."""

    path: str = Field(
        description="Where the member is: in a step or parameter (`Arguments.HyperParameters.eta`), otherwise in the "
        "definition, or the name of a setting or the key of a tag."
    )
    kind: ChangeKind
    before: str | None = Field(
        default=None, description="The deployed value as JSON, cut; null where there is none, or where it is withheld."
    )
    after: str | None = Field(default=None, description="The wanted value, in the same form.")
    withheld: bool = Field(default=False, description="Whether the values are not shown, because they may be secret.")
    misses_cache: bool = Field(default=False, description="Whether this change makes a cached step run again.")


class NamedDifference(BaseModel):
    """A step or a parameter that is different."""

    name: str
    type: str | None = Field(default=None, description="AWS's type of the step or parameter, as it is wanted.")
    kind: ChangeKind
    changes: list[Change] = Field(default_factory=list, description="Empty for what is added or removed.")


class StepRerun(BaseModel):
    """A step with a cache that will run again."""

    step: str
    parameters: list[str] = Field(default_factory=list, description="Parameters whose new defaults its cache key has.")
    steps: list[str] = Field(default_factory=list, description="Steps that run again and whose results it uses.")
    itself: bool = Field(default=False, description="Whether its own cache key is different.")


class Difference(BaseModel):
    """The difference between a pipeline as it is deployed and as it is wanted. `same` decides; the rest explains."""

    same: bool
    steps: list[NamedDifference] = Field(default_factory=list)
    parameters: list[NamedDifference] = Field(default_factory=list)
    definition: list[Change] = Field(default_factory=list, description="The other members of the definition.")
    settings: list[Change] = Field(
        default_factory=list, description="role_arn, display_name, description, max_parallel_steps."
    )
    tags: list[Change] = Field(default_factory=list)
    reruns: list[StepRerun] = Field(
        default_factory=list, description="Steps with a cache that will run again because of these changes."
    )
    left_out: int = Field(default=0, description=f"Changes that are not listed: a document has {MAX_CHANGES}.")

    @property
    def changes_definition(self) -> bool:
        """Whether the definition itself is different, so that deploying it makes a new version."""
        return bool(self.steps or self.parameters or self.definition)
