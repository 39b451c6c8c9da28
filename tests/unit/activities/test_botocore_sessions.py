"""botocore sessions: what they have read of AWS is there once, whatever the number of platforms."""

import os
from pathlib import Path

import boto3
import botocore.session
import pytest

from activities.aws.botocore_sessions import new_botocore_session


def test_sessions_share_what_is_read() -> None:
    """A thousand new Sessions of refused credentials must not read SageMaker's model a thousand times."""
    loaders = [new_botocore_session().get_component("data_loader") for _ in range(2)]
    assert loaders[0] is loaders[1]
    assert loaders[0].load_service_model("sagemaker", "service-2") is loaders[1].load_service_model(
        "sagemaker", "service-2"
    )


def test_they_read_the_same_files_as_botocores_own() -> None:
    """In its order, however many Sessions of boto3 add the folder of their resources."""
    for _ in range(3):
        boto3.Session(botocore_session=new_botocore_session(), region_name="eu-west-1")
    own = botocore.session.Session().get_component("data_loader").search_paths
    assert new_botocore_session().get_component("data_loader").search_paths == own


def test_a_folder_of_other_models_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_DATA_PATH, also where it changes after the first session."""
    new_botocore_session().get_component("data_loader")
    monkeypatch.setenv("AWS_DATA_PATH", os.fspath(tmp_path))
    assert new_botocore_session().get_component("data_loader").search_paths[0] == os.fspath(tmp_path)
