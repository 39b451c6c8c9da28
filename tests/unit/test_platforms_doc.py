"""The platforms file that the documentation shows is one that the worker takes."""

import re
from pathlib import Path

from activities.aws.credentials.methods import AccessKey, AssumeRole, DefaultChain, InstanceProfile, WebIdentity
from activities.aws.platforms_file import read_platforms_file

DOCUMENT = (Path(__file__).parents[2] / "docs" / "platforms.md").read_text(encoding="utf-8")


def test_the_example_is_valid_and_shows_every_method_and_vault(tmp_path: Path) -> None:
    """Copied into a file it just works."""
    found = re.search(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    file = tmp_path / "platforms.toml"
    file.write_text(found.group(1), encoding="utf-8")
    read = read_platforms_file(file)
    methods = {type(platform.auth) for platform in read.platforms.values()}
    assert methods == {AccessKey, AssumeRole, DefaultChain, InstanceProfile, WebIdentity}
    assert {vault.provider for vault in read.vaults.values()} == {
        "environment",
        "file",
        "aws_secrets_manager",
        "azure_key_vault",
        "google_secret_manager",
        "hashicorp_vault",
    }
