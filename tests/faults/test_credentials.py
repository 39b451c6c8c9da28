"""Sessions end in mid-run while nothing can renew them: runs wait, go on with new keys, and tell none of them."""

import asyncio

from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ROLE, error, identity_token, sts_standin
from tests.faults.concurrency import lasting
from tests.faults.durations import STS_GONE_SECONDS, simulated
from tests.faults.evidence import assert_sound
from tests.faults.installation import Installation, until

FIRST_SESSION = "ASIASESSION000000001"
PARAMETER = "PLANTEDparameter0001"
VAULT = """
[vaults.jobs]
provider = "file"
directory = "{folder}"
allow_in_parameters = true
"""


@lasting
async def test_credentials_that_expire_in_mid_run_while_sts_is_down_for_half_an_hour(
    installation: Installation,
) -> None:
    """One run is under way and one is asked for meanwhile, with a secret parameter."""
    folder = installation.logs.parent / "federation"
    folder.mkdir()
    file = PlatformFile(folder)
    token = identity_token()
    auth = {"method": "web_identity", "role_arn": ROLE, "token_file": str(file.put("token", token))}
    file.platform(auth, endpoint_url=installation.standin.url, more=VAULT.format(folder=folder))
    file.put("note", PARAMETER)
    installation.secrets += [token, PARAMETER]
    running = installation.pipeline(seconds=simulated(STS_GONE_SECONDS / 2))
    asked = installation.pipeline()
    with sts_standin() as sts:
        async with installation.crew(
            platforms_file=file.path, environment={"AWS_ENDPOINT_URL_STS": sts.url, "AWS_ENDPOINT_URL_SAGEMAKER": ""}
        ) as crew:
            runs = [await crew.run(running)]
            await runs[0].executes()
            installation.secrets += sts.secrets
            sts.troubles = [error("InternalFailure", "", 500)] * 1_000_000
            installation.standin.control("POST", "/access-keys", {"expired": [FIRST_SESSION]})
            runs.append(await crew.run(asked, parameters={"Note": "vault://jobs/note"}))
            calls = sts.calls.total()
            await until(lambda: sts.calls.total() > calls)
            await asyncio.sleep(STS_GONE_SECONDS)
            sts.troubles = []
            within = 60 + 2 * STS_GONE_SECONDS
            await runs[0].ending(within=within)
            installation.secrets += sts.secrets
            for run in runs:
                await assert_sound(installation, run, within=within)
    assert installation.the_execution(asked)["parameters"]["Note"] == PARAMETER
    assert len(sts.sessions) == 2
