"""What the command says about itself."""

from tests.e2e.command import Commands


def test_schema_prints_the_contract(commands: Commands) -> None:
    """The schemas are JSON documents with the contract's fields."""
    both = commands("schema").document
    assert both["input"]["required"] == ["pipeline_name"]
    assert {"run_id", "status", "history"} <= both["document"]["properties"].keys()
    assert commands("schema", "input").document == both["input"]
    assert {"platform", "name_prefix", "page_size", "next_token"} == both["discovery-input"]["properties"].keys()
    assert {"job", "request", "catch"} <= both["job-input"]["properties"].keys()
    assert {"job", "secondary_status", "error"} <= both["job-document"]["properties"].keys()
    assert {"jobs", "problems", "next_token"} <= both["discovery"]["properties"].keys()


def test_wrong_settings_of_the_worker_are_told_by_name(commands: Commands) -> None:
    """The worker refuses an invalid setting with its variable's name: exit 2."""
    ended = commands("worker", environment={"POLYSYNC_SAGEMAKER_POLL_INTERVAL": "soon"})
    assert ended.code == 2
    assert "POLYSYNC_SAGEMAKER_POLL_INTERVAL" in ended.err
    assert "Traceback" not in ended.err
