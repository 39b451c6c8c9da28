"""Starting, describing, stopping and watching jobs: the activities of job runs."""

import asyncio

import structlog
from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, to_application_error
from activities.aws.platforms import Platform
from activities.describing import first_observation
from activities.job_models import DescribeJobRequest, StartJobRequest, StopJobRequest, WatchJobRequest
from activities.models import FollowedExecution, Observation, StopOutcome, StopRequest
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.replaced import is_replaced, replaced
from activities.results.job_results import JobObserver
from activities.results.jobs import Job
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.job_admission import admit_job, describe_admitted
from activities.starting.jobs import JobStarts
from activities.starting.run_input import read_job_input
from activities.stopping import Stops
from activities.watching.heartbeats import heartbeating
from activities.watching.poller import SharedPoller
from activities.watching.progress_turns import ProgressTurns
from activities.watching.secrets import WatchSecrets
from activities.watching.subscription import Seen, Subscription
from activities.watching.watcher import JOB, Watcher, first_delay, poll_interval
from contract.arns import ResourceArn
from contract.failures import FailureType
from contract.job_kinds import JobKind
from contract.names import ActivityType

log = structlog.get_logger(__name__)


class JobActivities:
    """The activities of job runs."""

    def __init__(self, calls: SageMakerCalls, poller: SharedPoller) -> None:
        """Prepare the activities.

        Args:
            calls: Reaches AWS.
            poller: Polls for all watches, and is woken after a stop.
        """
        self._calls = calls
        self._poller = poller
        self._starts = JobStarts(calls, read_job_input)
        self._stops = {job: Stops(calls, kind) for job, kind in KIND_OF_JOB.items()}
        self._watcher = Watcher(poller, JOB)
        self._observer = JobObserver(calls)
        self._secrets = WatchSecrets(calls)

    @activity.defn(name=ActivityType.START_JOB)
    async def start_job(self, request: StartJobRequest) -> FollowedExecution:
        """Start a job, exactly once per name however often this is attempted.

        Raises:
            ApplicationError: As `activities.starting.jobs.JobStarts` raises it.
        """
        earlier = EarlierAttempts.read(may_be_known=request.may_be_known)
        async with heartbeating(lambda: earlier):
            started = await self._starts.start(request, earlier)
            observed = await first_observation(
                self._calls, started.platform, started.kind, started.arn, started.redaction
            )
        return _followed(started.platform, request.job, started.arn, observed, notes=started.notes)

    @activity.defn(name=ActivityType.DESCRIBE_JOB)
    async def describe_job(self, request: DescribeJobRequest) -> FollowedExecution:
        """Describe a job that was started elsewhere, before it is followed, or one whose watch does not return.

        Raises:
            ApplicationError: `InvalidInput`, not retryable, for a job that this worker does not follow, or that is not
                the one that AWS knows by its name; otherwise typed and retryable after `activities.aws.errors`.
        """
        platform = admit_job(self._calls, request)
        kind = KIND_OF_JOB[request.job]
        async with heartbeating(lambda: None):
            try:
                observed, arn = await describe_admitted(self._calls, platform, request)
            except AwsError as error:
                if kind.is_not_there(error.cause):
                    error = AwsError(error.call, error.cause, Kind.NOT_FOUND)
                attempt = activity.info().attempt
                raise to_application_error(error, attempt=attempt, not_found=FailureType.JOB_NOT_FOUND) from None
            if is_replaced(request.created_at, observed.created_at):
                raise replaced(request.job_arn)
            observed = await self._secrets.removed(request.secrets, request.job_arn, observed)
        return _followed(platform, request.job, arn, observed)

    @activity.defn(name=ActivityType.STOP_JOB)
    async def stop_job(self, request: StopJobRequest) -> StopOutcome:
        """Stop a job; one that has ended, or that is being stopped elsewhere, is not an error.

        Raises:
            ApplicationError: As `activities.stopping.Stops` raises it.
        """
        kind = KIND_OF_JOB[request.job]
        stop = StopRequest(platform=request.platform, execution_arn=request.job_arn, client_request_token="")
        async with heartbeating(lambda: None):
            outcome = await self._stops[request.job].stop(stop, created_at=request.created_at)
        self._poller.wake(kind, request.job_arn)
        log.info("job.stop_answered", job_arn=request.job_arn, accepted=outcome.accepted)
        return outcome

    @activity.defn(name=ActivityType.WATCH_JOB)
    async def watch_job(self, request: WatchJobRequest) -> Observation:
        """Watch until the job's status is not as it was seen, until it is further, or has ended; then with its results.

        Raises:
            ApplicationError: As `activities.watching.watcher.Watcher.news` raises it: `JobNotFound`, `AccessDenied`, …
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        interval = poll_interval(request.poll_interval, platform)
        now = asyncio.get_running_loop().time()
        age = 0.0 if request.created_at is None else _age(request)
        seen = Seen(
            request.seen_status,
            created_at=request.created_at,
            progress=ProgressTurns(request.seen_mark, age, now),
            is_recent=activity.info().attempt == 1,
        )
        subscription = Subscription(KIND_OF_JOB[request.job], request.job_arn, interval, seen, now)
        async with heartbeating(lambda: self._watcher.heartbeat(platform, subscription)):
            delay = first_delay(interval, request.seen_status)
            observed, _ = await self._watcher.news(platform, subscription, first_delay=delay)
            if observed.has_ended:
                observed = await self._observer.with_results(platform, request, observed)
            return await self._secrets.removed(request.secrets, request.job_arn, observed)


def _age(request: WatchJobRequest) -> float:
    created = request.created_at.timestamp() if request.created_at else 0.0
    return max(activity.info().started_time.timestamp() - created, 0.0)


def _followed(
    platform: Platform, kind: JobKind, arn: str, observed: Observation, notes: list[str] | None = None
) -> FollowedExecution:
    resource = ResourceArn.parse(arn)
    job = None if resource is None else Job(arn, resource, KIND_OF_JOB[kind], resource.name)
    return FollowedExecution(
        execution_arn=arn,
        poll_interval=platform.poll_interval,
        heartbeat_timeout=platform.heartbeat_timeout,
        observed=observed,
        notes=notes or [],
        log_url=job.log_url if job else None,
        console_url=job.console_url if job else None,
        region=resource.region if resource else None,
    )
