"""How the packages may know each other, and the names under which the world knows them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio import activity, workflow

import contract
from activities.deployments import DeploymentActivities
from activities.discovery.pipelines import DiscoveryActivities
from activities.executions import ExecutionActivities
from activities.gates import GateActivities
from activities.jobs import JobActivities
from activities.platform_check import PlatformCheckActivities
from activities.watching.watch import WatchActivities
from contract import names
from contract.failures import FailureType
from contract.names import ActivityType, WorkflowType
from workflows.job_run import SageMakerJobRun
from workflows.pipeline_deployment import SageMakerPipelineDeployment
from workflows.pipeline_discovery import SageMakerPipelineDiscovery
from workflows.pipeline_run import SageMakerPipelineRun
from workflows.platform_check import SageMakerPlatformCheck
from workflows.unknown_type import UnknownWorkflowType

ROOT = Path(contract.__path__[0]).parent
LAYERS = ["contract", "activities", "workflows", "worker"]
"""Each may import itself and those before it."""

MODULES = [module for layer in LAYERS for module in sorted((ROOT / layer).rglob("*.py"))]
STANDIN = sorted((ROOT / "sagemaker_standin").rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """The dotted names that a module imports anywhere in its text."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import hides where it leads"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: Path) -> set[str]:
    """What a module imports of the project, of its benchmarks and tests."""
    return {name for name in imported(module) if name.split(".")[0] in {*LAYERS, "benchmarks", "tests"}}


@pytest.mark.parametrize("module", MODULES, ids=[str(module.relative_to(ROOT)) for module in MODULES])
def test_imports_run_one_way(module: Path) -> None:
    """Worker, workflows, activities, contract: never back, and never into benchmarks or tests."""
    layer = LAYERS.index(module.relative_to(ROOT).parts[0])
    assert {name.split(".")[0] for name in own_imports(module)} <= set(LAYERS[: layer + 1])


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Neither at the top nor within a function, which would only hide the circle."""
    names = {
        ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): module for module in MODULES
    }

    def needed(module: Path) -> set[str]:
        return {found for name in own_imports(module) for found in (name, name.rpartition(".")[0]) if found in names}

    # Strips leaves until only circles are left.
    graph = {name: needed(module) - {name} for name, module in names.items()}
    while leaves := {name for name, others in graph.items() if not others & graph.keys()}:
        graph = {name: others for name, others in graph.items() if name not in leaves}
    assert graph == {}


@pytest.mark.parametrize("module", STANDIN, ids=[str(module.relative_to(ROOT)) for module in STANDIN])
def test_the_standin_knows_nothing_of_the_project(module: Path) -> None:
    """Code that it shared with the worker could hide a mistake of the worker."""
    assert own_imports(module) == set()


def test_the_worker_starts_the_standin_as_a_process_only() -> None:
    """The production image does not contain the stand-in."""
    assert [module for module in MODULES for name in imported(module) if name.startswith("sagemaker_standin")] == []


def test_what_is_looked_at_is_there() -> None:
    """The tests above look at the whole project."""
    assert len(MODULES) > 30
    assert len(STANDIN) > 10
    assert own_imports(Path(__file__)) >= {"contract.names.ActivityType", "workflows.unknown_type.UnknownWorkflowType"}


def test_activities_are_registered_under_the_contracts_names() -> None:
    """Every activity type has exactly one definition."""
    registered = [
        definition.name
        for owner in (
            ExecutionActivities,
            WatchActivities,
            JobActivities,
            DiscoveryActivities,
            PlatformCheckActivities,
            DeploymentActivities,
            GateActivities,
        )
        for member in vars(owner).values()
        if callable(member) and (definition := activity._Definition.from_callable(member))  # noqa: SLF001 — no public way
    ]
    assert sorted(registered, key=str) == sorted(ActivityType)


def test_workflows_are_registered_under_the_contracts_names() -> None:
    """Every workflow type has its definition, a run its signal and its query; the dynamic one has no name."""
    workflows = (
        SageMakerPipelineRun,
        SageMakerJobRun,
        SageMakerPipelineDiscovery,
        SageMakerPlatformCheck,
        SageMakerPipelineDeployment,
    )
    definitions = [workflow._Definition.must_from_class(each) for each in workflows]  # noqa: SLF001 — no public way
    assert sorted(str(each.name) for each in definitions) == sorted(WorkflowType)
    for definition in definitions[:2]:
        assert list(definition.signals) == [names.CANCEL_SIGNAL]
        assert list(definition.queries) == [names.STATUS_QUERY]
    assert workflow._Definition.must_from_class(UnknownWorkflowType).name is None  # noqa: SLF001 — no public way


def test_names_are_the_contracts_and_unique() -> None:
    """Other systems depend on each of them to the letter."""
    assert names.DEFAULT_TASK_QUEUE == "sagemaker"
    assert names.watch_task_queue("sagemaker") == "sagemaker-watch"
    assert (names.CANCEL_SIGNAL, names.STATUS_QUERY) == ("cancel", "status")
    assert (names.RETRY_UPDATE, names.GIVE_UP_UPDATE, names.RUN_MEMO) == ("retry", "give_up", "sagemaker_run")
    assert (names.ANSWER_STEP_UPDATE, names.APPROVE_UPDATE, names.REJECT_UPDATE) == ("answer_step", "approve", "reject")
    assert (names.JOIN_UPDATE, names.DEFINITION_QUERY) == ("join", "definition")
    assert sorted(WorkflowType) == [
        "SageMakerJobRun",
        "SageMakerPipelineDeployment",
        "SageMakerPipelineDiscovery",
        "SageMakerPipelineRun",
        "SageMakerPlatformCheck",
    ]
    assert sorted(ActivityType) == [
        "answer_pipeline_step",
        "check_platform",
        "create_pipeline",
        "describe_job",
        "describe_pipeline_deployment",
        "describe_pipeline_execution",
        "discover_pipelines",
        "find_model_packages",
        "move_pipeline_alias",
        "retry_pipeline_execution",
        "start_job",
        "start_pipeline_execution",
        "stop_job",
        "stop_pipeline_execution",
        "tag_pipeline",
        "update_model_package",
        "update_pipeline",
        "watch_job",
        "watch_model_package",
        "watch_pipeline_execution",
    ]
    attributes = [key.name for key in names.SEARCH_ATTRIBUTES]
    assert attributes == [
        "SageMakerPlatform",
        "SageMakerPipeline",
        "SageMakerJobKind",
        "SageMakerJobName",
        "SageMakerExecutionArn",
        "SageMakerStatus",
    ]
    assert {key.indexed_value_type for key in names.SEARCH_ATTRIBUTES} == {names.STATUS_ATTRIBUTE.indexed_value_type}
    for closed_set in (WorkflowType, ActivityType, FailureType):
        assert len(closed_set.__members__) == len(list(closed_set))
