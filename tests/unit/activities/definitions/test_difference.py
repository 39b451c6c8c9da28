"""What is different between two pipelines, and which cached steps that runs again."""

import copy
import json
import time
from typing import Any

import pytest

from activities.definitions.difference import PipelineState, difference
from contract.definition_difference import MAX_CHANGES, Change, ChangeKind, Difference
from tests.unit.activities.definitions.samples import churn, get, pipeline, processing, training, written

Json = dict[str, Any]


def compared(old: Json, new: Json, *, withhold: bool = False) -> Difference:
    """Compare two definitions."""
    return difference(PipelineState(written(old)), PipelineState(written(new)), withhold=withhold)


def steps_of(document: Json) -> dict[str, Json]:
    """The steps at the top, by name."""
    return {step["Name"]: step for step in document["Steps"]}


def changed(path: tuple[str | int, ...], value: Any, *, step: str = "Train", of: Json | None = None) -> Json:
    """The definition with one member of a step changed."""
    document = copy.deepcopy(of or churn())
    place = steps_of(document)[step]
    for part in path[:-1]:
        place = place[part]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    return document


def test_the_same_definition_in_another_spelling_is_the_same() -> None:
    """Neither white space nor the order of members is a change."""
    reordered = json.dumps(dict(reversed(churn().items())), indent=4)
    found = difference(PipelineState(written(churn())), PipelineState(reordered))
    assert found == Difference(same=True)


def test_a_changed_hyperparameter_misses_the_cache_of_its_step() -> None:
    """The change is named with both values."""
    found = compared(churn(), changed(("Arguments", "HyperParameters", "eta"), "0.3"))
    assert found.model_dump(mode="json", exclude_defaults=True) == {
        "same": False,
        "steps": [
            {
                "name": "Train",
                "type": "Training",
                "kind": "changed",
                "changes": [
                    {
                        "path": "Arguments.HyperParameters.eta",
                        "kind": "changed",
                        "before": '"0.2"',
                        "after": '"0.3"',
                        "misses_cache": True,
                    }
                ],
            }
        ],
        "reruns": [{"step": "Train", "itself": True}],
    }


def test_an_instance_type_is_no_part_of_the_cache_key() -> None:
    """It changes, and no step runs again."""
    found = compared(churn(), changed(("Arguments", "ResourceConfig", "InstanceType"), "ml.m5.4xlarge"))
    assert ([change.misses_cache for change in found.steps[0].changes], found.reruns) == ([False], [])


def test_steps_that_use_the_results_run_again_as_well() -> None:
    """Training reads what Processing writes."""
    image = ("Arguments", "AppSpecification", "ImageUri")
    found = compared(churn(), changed(image, "other", step="Prepare"))
    assert [each.model_dump(exclude_defaults=True) for each in found.reruns] == [
        {"step": "Prepare", "itself": True},
        {"step": "Train", "steps": ["Prepare"]},
    ]


def test_depends_on_orders_steps_and_is_no_part_of_the_cache_key() -> None:
    """A step that only waits for another one is found in the cache."""
    other = training("Other", DependsOn=["Prepare"])
    other["Arguments"]["InputDataConfig"] = []
    before = pipeline(processing("Prepare"), other)
    image = ("Arguments", "AppSpecification", "ImageUri")
    found = compared(before, changed(image, "other", step="Prepare", of=before))
    assert [each.step for each in found.reruns] == ["Prepare"]


def test_a_new_default_reaches_the_steps_that_use_the_parameter() -> None:
    """The key of Processing holds the parameter, that of Training holds the result of Processing."""
    new = churn()
    new["Parameters"][0]["DefaultValue"] = "s3://elsewhere/raw"
    found = compared(churn(), new)
    assert [each.name for each in found.parameters] == ["InputData"]
    assert [each.model_dump(exclude_defaults=True) for each in found.reruns] == [
        {"step": "Prepare", "parameters": ["InputData"]},
        {"step": "Train", "steps": ["Prepare"]},
    ]


def test_a_step_without_a_cache_runs_again_anyway() -> None:
    """It is no rerun because of the change; that its results are elsewhere reaches the steps behind it."""
    before = churn()
    before["Steps"][0].pop("CacheConfig")
    image = changed(("Arguments", "AppSpecification", "ImageUri"), "other", step="Prepare", of=before)
    outputs = [{"OutputName": "train", "S3Output": {"S3Uri": "s3://elsewhere", "LocalPath": "/x"}}]
    moved = changed(("Arguments", "ProcessingOutputConfig", "Outputs"), outputs, step="Prepare", of=before)
    assert compared(before, image).reruns == []
    assert [each.model_dump(exclude_defaults=True) for each in compared(before, moved).reruns] == [
        {"step": "Train", "steps": ["Prepare"]}
    ]


@pytest.mark.parametrize("off", [None, {"Enabled": False}])
def test_a_cache_that_is_turned_on_loses_nothing_and_one_that_is_turned_off_does(off: Json | None) -> None:
    """Whatever else changes: without a cache before, there are no results to lose; without one now, none are used."""
    cached, uncached = churn(), churn()
    uncached["Steps"][0].pop("CacheConfig")
    if off:
        uncached["Steps"][0]["CacheConfig"] = off
    image = ("Arguments", "AppSpecification", "ImageUri")
    for document in (cached, uncached):
        document["Steps"].append(training("Other"))  # a cached step that another change must not list
    other_image = changed(image, "other", step="Prepare", of=cached)
    turned_on = compared(uncached, other_image)
    assert turned_on.reruns == []
    assert not any(change.misses_cache for change in turned_on.steps[0].changes)
    other_image["Parameters"][0]["DefaultValue"] = "s3://elsewhere/raw"
    assert compared(uncached, other_image).reruns == []
    turned_off = compared(cached, uncached)
    assert [change.path for change in turned_off.steps[0].changes if change.misses_cache] == [
        "CacheConfig.Enabled" if off else "CacheConfig"
    ]
    assert [each.model_dump(exclude_defaults=True) for each in turned_off.reruns] == [
        {"step": "Prepare", "itself": True},
        {"step": "Train", "steps": ["Prepare"]},
        {"step": "Other", "steps": ["Prepare"]},
    ]


def test_a_new_step_loses_no_cached_results() -> None:
    """It uses a parameter with another default, and had no cache before."""
    old = pipeline(training("Train"))
    new = pipeline(training("Train"), processing("Prepare"))
    new["Parameters"][0]["DefaultValue"] = "s3://elsewhere/raw"
    assert compared(old, new).reruns == []


def test_a_step_inside_a_branch_is_compared_for_itself() -> None:
    """What stands inside a condition does not change it; moving a step to the other branch changes the step."""

    def with_branches(if_steps: list[Json], else_steps: list[Json]) -> Json:
        arguments = {"Conditions": [], "IfSteps": if_steps, "ElseSteps": else_steps}
        return pipeline(processing("Prepare"), {"Name": "Check", "Type": "Condition", "Arguments": arguments})

    found = compared(with_branches([training("Train")], []), with_branches([], [training("Train")]))
    assert [step.model_dump(mode="json", exclude_defaults=True) for step in found.steps] == [
        {
            "name": "Train",
            "type": "Training",
            "kind": "changed",
            "changes": [
                {
                    "path": "branch",
                    "kind": "changed",
                    "before": '"IfSteps of Check"',
                    "after": '"ElseSteps of Check"',
                }
            ],
        }
    ]


def test_an_inserted_entry_is_one_change() -> None:
    """Entries of a list are compared by their names, not by their places."""
    first = {"InputName": "code", "S3Input": {"S3Uri": "s3://code/1", "LocalPath": "/code"}}
    inputs = [first, *steps_of(churn())["Prepare"]["Arguments"]["ProcessingInputs"]]
    found = compared(churn(), changed(("Arguments", "ProcessingInputs"), inputs, step="Prepare"))
    assert [(change.path, change.kind) for change in found.steps[0].changes] == [
        ("Arguments.ProcessingInputs[code]", ChangeKind.ADDED)
    ]


def test_another_order_is_a_difference() -> None:
    """AWS makes a new version of it, so it must not be called the same."""
    found = compared(churn(), churn() | {"Steps": churn()["Steps"][::-1]})
    assert (found.same, [change.path for change in found.definition]) == (False, ["order of steps"])


def test_true_is_not_one() -> None:
    """JSON has both; Python takes them for equal."""
    one = changed(("Arguments", "EnableNetworkIsolation"), 1)
    assert [change.before for change in compared(churn(), one).steps[0].changes] == ["true"]


def test_added_and_removed_steps_are_named_with_their_types() -> None:
    """Nothing of their contents is repeated."""
    found = compared(churn(), pipeline(processing("Prepare"), training("Retrain")))
    assert [(step.name, step.type, step.kind.value, step.changes) for step in found.steps] == [
        ("Train", "Training", "removed", []),
        ("Retrain", "Training", "added", []),
    ]


def test_settings_and_tags_are_compared_and_what_is_not_wanted_stays() -> None:
    """An empty description is none."""
    deployed = PipelineState(None, "arn:old", "Name", None, 5, {"team": "churn", "old": "x"})
    wanted = PipelineState(None, "arn:new", None, "", 8, {"team": "growth", "cost-center": "1"})
    found = difference(deployed, wanted)
    assert found.settings == [
        Change(path="role_arn", kind=ChangeKind.CHANGED, before='"arn:old"', after='"arn:new"'),
        Change(path="max_parallel_steps", kind=ChangeKind.CHANGED, before="5", after="8"),
    ]
    assert {change.path: change.kind.value for change in found.tags} == {
        "team": "changed",
        "old": "removed",
        "cost-center": "added",
    }
    assert not found.same


def test_what_callers_choose_freely_is_withheld_from_a_history() -> None:
    """Environments and hyperparameters; everything else is shown."""
    new = changed(("Arguments", "Environment", "LOG_LEVEL"), "debug")
    new = changed(("Arguments", "ResourceConfig", "InstanceCount"), 2, of=new)
    withheld, shown = compared(churn(), new, withhold=True).steps[0].changes
    assert (withheld.before, withheld.after, withheld.withheld) == (None, None, True)
    assert (shown.before, shown.after, shown.withheld) == ("1", "2", False)


def test_values_inside_an_added_member_are_withheld_as_well() -> None:
    """The member around them is the change, and its JSON would quote them."""
    before = churn()
    arguments = before["Steps"][1].pop("Arguments")
    (change,) = compared(before, churn(), withhold=True).steps[0].changes
    assert "eta" in arguments["HyperParameters"]
    assert (change.path, change.after, change.withheld) == ("Arguments", None, True)
    (shown,) = compared(before, churn(), withhold=False).steps[0].changes
    assert (shown.withheld, "TrainingImage" in str(shown.after)) == (False, True)


def test_a_deep_and_wide_definition_takes_bounded_time() -> None:
    """A worker compares what any caller gives it."""
    values = ",".join(map(str, range(10_000)))
    old, new = (
        changed(("Arguments", "Deep"), json.loads("[" * 450 + first + values + "]" * 450)) for first in ("", "-1,")
    )
    began = time.process_time()
    assert compared(old, new).left_out > 0
    assert time.process_time() - began < 10


@pytest.mark.parametrize("value", ["AKIAIOSFODNN7EXAMPLE", {"url": "postgres://churn:hunter2@db/churn"}])
def test_what_looks_like_a_secret_is_shown_nowhere(value: Any) -> None:
    """Even where values are shown."""
    (change,) = compared(churn(), changed(("Arguments", "HyperParameters", "db"), value)).steps[0].changes
    assert (change.after, change.withheld) == (None, True)


def named(value: str) -> list[Json]:
    """Definitions with a value whose name stands beside it; each is one parameter or one step."""
    arguments = [
        {"DB": {"Name": "DB_PASSWORD", "Value": value}},
        {"Properties": [{"Key": "db_password", "Value": value}]},
        {"Args": ["--password", value]},
        {"Args": [f"--password={value}"]},
    ]
    return [
        {"Parameters": [{"Name": "DbPassword", "Type": "String", "DefaultValue": value}]},
        {"Parameters": [{"Name": "P", "ParameterName": "DbPassword", "DefaultValue": value}]},
        *({"Steps": [{"Name": "Load", "Type": "EMR", "Arguments": each}]} for each in arguments),
    ]


@pytest.mark.parametrize(("old", "new"), list(zip(named("hunter2-horse"), named("correct-battery"), strict=True)))
def test_a_value_is_a_secret_by_the_name_beside_it(old: Json, new: Json) -> None:
    """In parameters, in lists of names and values, and in command lines; changed, and added with what is around it."""
    without: Json = copy.deepcopy(new)
    for entry in (*without.get("Parameters", []), *without.get("Steps", [])):
        entry.pop("DefaultValue", entry.pop("Arguments", None))
    for before in (old, without):
        found = compared(before, new)
        (change,) = [change for each in (*found.parameters, *found.steps) for change in each.changes]
        assert (change.before, change.after, change.withheld) == (None, None, True)


def test_either_name_makes_both_values_secret() -> None:
    """The old value was one, whatever the new one is called."""
    old, new = (
        {"Steps": [{"Name": "Load", "Type": "EMR", "Arguments": {"DB": {"Name": name, "Value": value}}}]}
        for name, value in (("DB_PASSWORD", "hunter2-horse"), ("GREETING", "hello"))
    )
    shown = {change.path: change.after for change in compared(old, new).steps[0].changes}
    assert shown == {"Arguments.DB.Name": '"GREETING"', "Arguments.DB.Value": None}


@pytest.mark.parametrize("member", ["Args", "Arguments", "EntryPointArguments", "Command", "ContainerEntrypoint"])
def test_command_lines_and_defaults_are_withheld_from_a_history(member: str) -> None:
    """Whatever the options are called; the arguments of a step are no command line."""
    documents: list[Json] = [
        {
            "Parameters": [{"Name": "Stage", "DefaultValue": word}],
            "Steps": [{"Name": "Load", "Type": "EMR", "Arguments": {"Driver": {member: ["-p", word]}, "Size": word}}],
        }
        for word in ("one", "two")
    ]
    old, new = documents
    found = compared(old, new, withhold=True)
    assert {change.path: change.withheld for each in (*found.parameters, *found.steps) for change in each.changes} == {
        "DefaultValue": True,
        f"Arguments.Driver.{member}[1]": True,
        "Arguments.Size": False,
    }
    (added,) = compared({"Steps": [{**old["Steps"][0], "Arguments": {}}]}, {"Steps": new["Steps"]}, withhold=True).steps
    assert {change.path: change.withheld for change in added.changes} == {
        "Arguments.Driver": True,
        "Arguments.Size": False,
    }


def test_a_long_difference_is_cut_and_counted() -> None:
    """A document has so many changes; the rest is counted, and still decides."""
    new = changed(("Arguments", "HyperParameters"), {f"p{number}": "1" for number in range(MAX_CHANGES + 50)})
    found = compared(churn(), new)
    assert (len(found.steps[0].changes), found.left_out) == (MAX_CHANGES, 51)
    assert len(found.model_dump_json()) < 1_000_000


def test_a_new_pipeline_is_different_from_nothing() -> None:
    """All of it is added."""
    found = difference(PipelineState(), PipelineState(written(churn()), "arn:role"))
    assert [(step.name, step.kind.value) for step in found.steps] == [("Prepare", "added"), ("Train", "added")]
    assert (found.same, found.reruns) == (False, [])


def test_a_circle_of_references_ends() -> None:
    """AWS refuses such a definition, but it must not hang a worker."""
    before = churn()
    before["Steps"][0]["Arguments"]["Environment"] = {"MODEL": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")}
    found = compared(before, changed(("Arguments", "HyperParameters", "eta"), "1", of=before))
    assert [each.step for each in found.reruns] == ["Prepare", "Train"]
