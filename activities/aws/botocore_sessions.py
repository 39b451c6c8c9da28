"""botocore sessions that share what botocore has read of AWS's services."""

from functools import cache
from typing import Any

import botocore.session
from botocore.loaders import Loader, create_loader


def new_botocore_session() -> Any:
    """Make a session whose clients share one copy of botocore's data files with the clients of every other session.

    A session of botocore's own reads and parses SageMaker's model and the endpoints of all partitions again: 0.14 s of
    CPU and 20 MB of memory for each platform, and for each new Session after refused credentials.
    """
    session: Any = botocore.session.Session()
    locator = session._components  # noqa: SLF001 — the public method registers what exists, not what is to be made
    # Made at the first use, as botocore does: where the data files are may be said by a profile that is set later.
    locator.lazy_register_component("data_loader", lambda: _loader(session.get_config_variable("data_path")))
    return session


@cache
def _loader(data_path: str | None) -> "_SharedLoader":
    return _SharedLoader(create_loader(data_path).search_paths, include_default_search_paths=False)


class _SharedLoader(Loader):
    @property
    def search_paths(self) -> list[str]:
        """A copy: each `boto3.Session` appends the folder of its resources, which no caller uses."""
        return list(super().search_paths)
