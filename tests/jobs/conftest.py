"""A stage for job runs, and a vault for the secrets in their requests."""

from pathlib import Path
from typing import Final

import pytest

from tests.credentials.platform_file import PlatformFile
from tests.jobs.job_stage import JobStage
from tests.standin.process import Standin
from tests.workflows.stage import Stage

SECRET: Final = "PLANTEDsecret with é 1"
SECRET_NAME: Final = "password"
REFERENCE: Final = f"vault://jobs/{SECRET_NAME}"
VAULT: Final = '[vaults.jobs]\nprovider = "file"\ndirectory = "{folder}"\nallow_in_parameters = true\n'


@pytest.fixture
def jobs(stage: Stage) -> JobStage:
    """Job runs, with a worker."""
    return JobStage(stage)


@pytest.fixture
def platform(tmp_path: Path, shared_standin: Standin) -> PlatformFile:
    """A platform beside a vault whose secrets may stand in requests."""
    file = PlatformFile(tmp_path)
    file.put(SECRET_NAME, SECRET)
    auth = {
        "method": "access_key",
        "access_key_id": "test",
        "secret_access_key": "test",
        "insecure_plaintext": True,
    }
    file.platform(auth, endpoint_url=shared_standin.url, more=VAULT.format(folder=tmp_path))
    return file
