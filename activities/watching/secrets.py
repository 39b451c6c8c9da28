"""Secrets of a run's input in what AWS reports of its execution or job: a reason may quote them."""

import asyncio
from typing import Any, Final

import structlog

from activities.aws.calls import SageMakerCalls
from activities.aws.secrets.bounds import MAX_PIPELINE_SECRETS_CHARS, BoundedSecrets
from activities.aws.secrets.resolver import Secrets
from activities.models import Observation
from activities.redaction import UNREADABLE, Redaction
from contract.secret_reference import SecretReference
from contract.steps import FailureCause, StepDocument

log = structlog.get_logger(__name__)

VAULT_SECONDS: Final = 60.0
"""For all secrets of a run; an end is reported without its texts rather than later."""

_TEXTS_OF_A_CAUSE: Final = ("summary", "remedy", "step_reason", "job_reason", "log")


class WatchSecrets:
    """Removes the secrets of runs from observations."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def removed(self, references: list[str], arn: str, observed: Observation) -> Observation:
        """Return an observation whose texts quote none of the secrets that a run's input refers to.

        The secrets are read again, because a watch may run in another process, weeks after the start. Where one cannot
        be read, texts are withheld.

        Args:
            references: References to the secrets.
            arn: The execution or job, for the log.
            observed: What was observed of it.
        """
        if not references or not has_texts(observed):
            return observed
        try:
            async with asyncio.timeout(VAULT_SECONDS):
                secrets = await self._calls.from_vaults(lambda: _read(self._calls.secrets, references))
        except Exception as error:  # noqa: BLE001 — an end that AWS reported must not depend on a vault
            kind = type(error).__name__
            log.warning("observation.texts_withheld", arn=arn, error=kind)
            return redacted(observed, Redaction.of_everything(UNREADABLE))
        # In another thread: a result may have a MiB of texts, and 100 kB take a tenth of a second.
        return await asyncio.to_thread(lambda: redacted(observed, Redaction(secrets)))


def redacted(observed: Observation, redaction: Redaction) -> Observation:
    """Return an observation with secrets removed from its texts; statuses, names and ARNs stay as they are."""
    clean = redaction.of_document
    update: dict[str, Any] = {
        "failure_reason": clean(observed.failure_reason),
        "steps": [_step(step, redaction) for step in observed.steps],
    }
    if observed.results is not None:
        fields = ("outputs", "missing_outputs", "notes")
        results = {name: clean(getattr(observed.results, name)) for name in fields}
        results["causes"] = [_cause(cause, redaction) for cause in observed.results.causes]
        update["results"] = observed.results.model_copy(update=results)
    return observed.model_copy(update=update)


def _step(step: StepDocument, redaction: Redaction) -> StepDocument:
    return step.model_copy(update={"failure_reason": redaction.of_document(step.failure_reason)})


def _cause(cause: FailureCause, redaction: Redaction) -> FailureCause:
    texts = {name: redaction.of_document(getattr(cause, name)) for name in _TEXTS_OF_A_CAUSE}
    return cause.model_copy(update=texts)


def has_texts(observed: Observation) -> bool:
    """Return whether anything in an observation may quote a secret."""
    return bool(observed.failure_reason or observed.results or any(step.failure_reason for step in observed.steps))


def _read(secrets: Secrets, references: list[str]) -> list[str]:
    """Read the secrets of a run; once for several references of the same text."""
    bounded = BoundedSecrets(secrets.resolve_for_parameter, MAX_PIPELINE_SECRETS_CHARS)
    return [bounded.read(SecretReference.parse(text), "the run") for text in dict.fromkeys(references)]
