"""Asking AWS whether a permission is there, by a request that changes nothing, and what the answers mean.

AWS decides about the permission before it searches the resource, so AccessDeniedException means that the permission
is missing, and ResourceNotFound that it is there.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.resources.operations import Operation
from contract.platform_check import Check

INVENTED_CHARS: Final = 12
"""Of a random name that nothing has."""


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        operation: What is asked for.
        resource: What the permission is granted on.
        request: A request that changes nothing.
        why_not: Why it cannot be asked; None if it can.
    """

    operation: Operation
    resource: str
    request: dict[str, Any] = field(default_factory=dict)
    why_not: str | None = None


@dataclass(frozen=True)
class Answer:
    """Whether the permission is there; None where that could not be found out."""

    ok: bool | None
    detail: str = ""
    remedy: str | None = None


class PermissionQuestions:
    """Asks one question after the other, so that a check does not cause throttling."""

    def __init__(self, calls: SageMakerCalls, platform: Platform) -> None:
        """Take the platform whose permissions are asked about."""
        self._calls = calls
        self._platform = platform

    async def check_all(self, questions: Iterable[Question]) -> list[Check]:
        """Ask about each action on all resources that it is asked for."""
        asked: dict[str, list[Question]] = {}
        for question in questions:
            asked.setdefault(question.operation.action, []).append(question)
        return [await self.check(action, each) for action, each in asked.items()]

    async def check(self, action: str, questions: Sequence[Question]) -> Check:
        """Ask about an action on several resources; the worst answer counts."""
        answers = [await self._ask(action, question) for question in questions]
        # A missing permission matters more than one that could not be checked.
        worst = min(answers, key=lambda answer: {False: 0, None: 1, True: 2}[answer.ok])
        detail = worst.detail
        if worst.ok:
            detail = f"allowed on {', '.join(dict.fromkeys(question.resource for question in questions))}"
        return Check(name=action, ok=worst.ok, detail=detail, remedy=worst.remedy)

    async def _ask(self, action: str, question: Question) -> Answer:
        if question.why_not is not None:
            return Answer(None, question.why_not)
        try:
            await self._calls.call(self._platform, question.operation, resource=question.resource, **question.request)
        except AwsError as error:
            return _meaning(error, action, question.resource)
        return Answer(ok=True)


def _meaning(error: AwsError, action: str, resource: str) -> Answer:
    match error.kind:
        case Kind.NOT_FOUND | Kind.INVALID if error.is_answer:
            return Answer(ok=True)
        case Kind.ACCESS:
            return Answer(ok=False, detail=str(error), remedy=f"Grant {action} on {resource}.")
        case _:
            return Answer(None, str(error), error.remedy)


def invented() -> str:
    """Return the random part of a name that nothing has."""
    return uuid.uuid4().hex[:INVENTED_CHARS]
