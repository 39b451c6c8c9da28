"""How workflow code runs: in Temporal's sandbox, which does not reload our own packages for every run."""

from typing import Final

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

OWN_PACKAGES: Final = ("contract", "activities", "workflows")

WORKFLOW_RUNNER: Final = SandboxedWorkflowRunner(
    # Measured: a replay takes 4.9 ms of CPU instead of 9.2. A clock or chance in workflow code, which the sandbox finds
    # when it loads the code itself, is found by tests/unit/test_determinism.py, after the sandbox's own table.
    restrictions=SandboxRestrictions.default.with_passthrough_modules(*OWN_PACKAGES)
)
