"""What the command says about itself."""

from concurrent.futures import ThreadPoolExecutor

from tests.e2e.command import Commands

NAMES = (
    *("run", "job", "status", "cancel", "pipelines", "doctor", "iam-policy", "trust-policy"),
    *("worker", "local", "demo", "schema", "codec-server"),
)


def test_every_help_teaches_with_an_example(commands: Commands) -> None:
    """`--help` of each command shows at least one whole command line; the overview names them all."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        helps = dict(zip(NAMES, pool.map(lambda name: commands(name, "--help"), NAMES), strict=True))
    assert {name: shown.code for name, shown in helps.items()} == dict.fromkeys(NAMES, 0)
    assert [
        name for name, shown in helps.items() if f"polysync-sagemaker {name}" not in shown.out.split("Example")[-1]
    ] == []
    overview = commands("--help").out
    assert all(f" {name} " in overview for name in NAMES)


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
