from collections.abc import Callable

from sagemaker_standin.jobs.children import TUNING
from sagemaker_standin.jobs.description import description
from sagemaker_standin.jobs.job import JobView
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.jobs.table import JOB_KINDS, KINDS
from sagemaker_standin.jobs.tuning import begun_children, child_metric, child_summary
from sagemaker_standin.model import list_member
from sagemaker_standin.operations.backend import Backend, Call, Handler
from sagemaker_standin.operations.job_visibility import is_shown, shown_job, was_found
from sagemaker_standin.operations.paging import page
from sagemaker_standin.state import JsonObject

# What AWS takes for jobs when MaxResults is left out (issues that report throttled clients).
_PAGE_SIZE = 10

Test = Callable[[JobView], bool]


def listing(kind: JobKind) -> Handler:
    """The List operation of one kind of job."""
    member = list_member(kind.operations("List")[0])

    def list_jobs(backend: Backend, call: Call) -> JsonObject:
        items, token = listed(backend, call, kind, views(backend, call, kind))
        return {member: [description(view) for view in items], "NextToken": token}

    return list_jobs


def list_training_jobs_for_tuning_job(backend: Backend, call: Call) -> JsonObject:
    """ListTrainingJobsForHyperParameterTuningJob: the jobs that exist by now, sorted by name unless asked otherwise."""
    request, training = call.request, KINDS["training-job"]
    tuning = shown_job(backend, KINDS[TUNING], request["HyperParameterTuningJobName"], call)
    found = begun_children(JobView(tuning, call.now, backend.world.clock.real))
    wanted = request.get("StatusEquals")
    found = [child for child in found if wanted in {None, training.word(child)}]
    found.sort(key=_sort_key(request.get("SortBy", "Name"), training))
    items, token = page(found, backend, request, "Ascending", _PAGE_SIZE)
    return {"TrainingJobSummaries": [child_summary(child) for child in items], "NextToken": token}


def views(backend: Backend, call: Call, kind: JobKind) -> list[JobView]:
    """All jobs of the kind, as they were when a list that lags was made."""
    clock = backend.world.clock
    real = call.real - backend.world.behaviours.job_lists_lag_seconds
    now = min(call.now, clock.simulated(real))
    found = [
        JobView(job, now, clock.real, real)
        for job in list(backend.world.jobs.ever())
        if job.resource == kind.resource and was_found(backend, kind, job, real) and is_shown(backend, job, now, real)
    ]
    return [view for view in found if view.job.created_at <= now]


def listed(backend: Backend, call: Call, kind: JobKind, found: list[JobView]) -> tuple[list[JobView], str | None]:
    """One page of the jobs that the request's filters leave, in the order that it asks for.

    AWS applies some filters to a page after it has cut it, so that pages with a NextToken may be empty.
    """
    sort_by, order = kind.order
    request = {"SortOrder": order, **call.request}
    found = sorted(found, key=_sort_key(request.get("SortBy", sort_by), kind))
    before, after = _tests(request, kind, backend)
    form = backend.world.behaviours.filtered_job_pages
    if form == "sparse":
        before, after = [], before + after
    elif form == "packed":
        before, after = before + after, []
    left = [view for view in found if all(test(view) for test in before)]
    items, token = page(left, backend, request, default_size=_PAGE_SIZE)
    return [view for view in items if all(test(view) for test in after)], token


def _sort_key(sort_by: str, kind: JobKind) -> Callable[[JobView], tuple[str | float, float]]:
    match sort_by:
        case "Name":
            return lambda view: (view.job.name, view.job.created_at)
        case "FinalObjectiveMetricValue":
            return lambda view: (child_metric(view) or 0.0, view.job.created_at)
        case "Status":
            return lambda view: (kind.word(view), view.job.created_at)
        case _:
            return lambda view: (view.job.created_at, view.job.created_at)


def _tests(request: JsonObject, kind: JobKind, backend: Backend) -> tuple[list[Test], list[Test]]:
    """The request's filters, and those by modification apart: they are the ones that are seen to leave pages empty."""
    clock, never = backend.world.clock, float("inf")
    tests: list[Test] = []
    if part := request.get("NameContains", "").lower():
        tests.append(lambda view: part in view.job.name.lower())
    if status := request.get("StatusEquals"):
        tests.append(lambda view: status == kind.word(view))
    if pool := request.get("WarmPoolStatusEquals"):
        tests.append(lambda view: pool == (kind.facts(view).get("WarmPoolStatus") or {}).get("Status"))
    if request.keys() & {"CreationTimeAfter", "CreationTimeBefore"}:
        first, last = request.get("CreationTimeAfter", 0.0), request.get("CreationTimeBefore", never)
        tests.append(lambda view: first <= clock.real(view.job.created_at) <= last)
    if not request.keys() & {"LastModifiedTimeAfter", "LastModifiedTimeBefore"}:
        return tests, []
    earliest, latest = request.get("LastModifiedTimeAfter", 0.0), request.get("LastModifiedTimeBefore", never)
    return tests, [lambda view: earliest <= clock.real(view.modified_at) <= latest]


LISTING = {operation: listing(kind) for kind in JOB_KINDS for operation in kind.operations("List")}
"""The List operations of all kinds."""
