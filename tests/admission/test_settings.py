"""How a worker is told which of its platforms it takes runs for."""

import pytest

from activities.aws.platforms_file import PlatformsFileError
from worker.platform_calls import open_platform_calls
from worker.settings import Settings


@pytest.mark.parametrize(
    ("text", "names"), [("a", ("a",)), (" a, b ,", ("a", "b")), ("", None), (" , ", None)], ids=repr
)
def test_platforms_are_named_in_one_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, names: tuple[str, ...] | None
) -> None:
    """Separated by commas; an empty variable is as good as none."""
    monkeypatch.setenv("POLYSYNC_SAGEMAKER_ALLOWED_PLATFORMS", text)
    assert Settings().allowed_platforms == names


def test_a_platform_that_there_is_not_keeps_the_worker_from_starting() -> None:
    """A misspelt name would otherwise refuse every run."""
    with pytest.raises(PlatformsFileError, match="ALLOWED_PLATFORMS: there is no platform 'prod'; there is: default"):
        open_platform_calls(Settings(allowed_platforms=("prod",)))
