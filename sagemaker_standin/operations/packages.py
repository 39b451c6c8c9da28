"""Model packages that RegisterModel steps made: their approval, their list, their deletion."""

from sagemaker_standin.jobs.description import description
from sagemaker_standin.jobs.job import Job, JobView
from sagemaker_standin.jobs.table import KINDS
from sagemaker_standin.operations.backend import Backend, Call
from sagemaker_standin.operations.job_lists import views
from sagemaker_standin.operations.job_visibility import shown_job
from sagemaker_standin.operations.paging import page
from sagemaker_standin.state import JsonObject

_PACKAGE = KINDS["model-package"]
_APPROVAL = ("ModelApprovalStatus", "ApprovalDescription")
_PAGE_SIZE = 10


def update_model_package(backend: Backend, call: Call) -> JsonObject:
    """UpdateModelPackage: approves or rejects, as often as asked, and remembers by whom."""
    package = _package(backend, call, call.request["ModelPackageArn"])
    account = backend.world.account
    user = f"arn:{account.partition}:sts::{account.account_id}:assumed-role/worker/session"
    changes = {member: call.request[member] for member in _APPROVAL if member in call.request}
    package.request = {**package.request, **changes, "LastModifiedBy": {"IamIdentity": {"Arn": user}}}
    return {"ModelPackageArn": package.arn}


def delete_model_package(backend: Backend, call: Call) -> JsonObject:
    """DeleteModelPackage."""
    backend.world.jobs.forget(_package(backend, call, call.request["ModelPackageName"]))
    return {}


def list_model_packages(backend: Backend, call: Call) -> JsonObject:
    """ListModelPackages: oldest first unless asked otherwise; of one group, named or by ARN, and of one approval."""
    request = call.request
    group = request.get("ModelPackageGroupName", "").rpartition("/")[2].lower()
    approval = request.get("ModelApprovalStatus")
    found = [
        view
        for view in sorted(views(backend, call, _PACKAGE), key=_created)
        if group in {"", view.job.name.partition("/")[0]}
        and approval in {None, description(view)["ModelApprovalStatus"]}
    ]
    items, token = page(found, backend, request, "Ascending", _PAGE_SIZE)
    # Of versioned packages AWS lists no name (aws/sagemaker-python-sdk#5606).
    shown = [description(view) | {"ModelPackageName": None} for view in items]
    return {"ModelPackageSummaryList": shown, "NextToken": token}


def _created(view: JobView) -> float:
    return view.job.created_at


def _package(backend: Backend, call: Call, name_or_arn: str) -> Job:
    """The package of that ARN, or of that group and version.

    Raises:
        AwsError: there is none.
    """
    return shown_job(backend, _PACKAGE, name_or_arn.rpartition(":model-package/")[2], call)
