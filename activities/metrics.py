"""The metrics of a worker. Names and labels are a contract with dashboards and alerts.

Labels have few values: platforms are configured, operations and codes are closed sets. Never an ARN, an id or anything
of an input. A Prometheus endpoint adds the suffixes `_total` and `_seconds`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.common import MetricMeter

PREFIX: Final = "polysync_sagemaker_"
AWS_CALL_DURATION: Final = f"{PREFIX}aws_call_duration"
DETECTION_LATENCY: Final = f"{PREFIX}detection_latency"

BUCKETS_SECONDS: Final[Mapping[str, Sequence[float]]] = {
    # A describe takes some tens of milliseconds; a call that gets no answer gives up after 25 s.
    AWS_CALL_DURATION: (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0),
    # Poll intervals are seconds to minutes; a lost worker adds a heartbeat timeout, an outage its length.
    DETECTION_LATENCY: (1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0, 900.0, 3600.0),
}
"""Upper bounds of the histograms' buckets, in seconds; the SDK's own end at 10."""


@dataclass(frozen=True)
class AwsCall:
    """A call to AWS and its outcome; `OK` is kind and code of one that succeeded."""

    platform: str
    operation: str
    """AWS's name, such as `StartPipelineExecution`."""
    code: str
    """AWS's code of the error, of a closed set."""
    kind: str
    """What that means, of `activities.aws.error_kinds.Kind`: the label that alerts use."""
    seconds: float


class Metrics:
    """Records what happens; without a meter it goes nowhere."""

    def __init__(self, meter: MetricMeter = MetricMeter.noop) -> None:
        """Create the metrics on a meter, such as that of the worker's runtime."""
        self._executions_started = meter.create_counter(
            f"{PREFIX}executions_started", "Starts of executions that AWS accepted"
        )
        self._executions_resumed = meter.create_counter(
            f"{PREFIX}executions_resumed", "Resumptions of failed executions that AWS accepted"
        )
        self._stops = meter.create_counter(f"{PREFIX}stops", "Stops that were answered, accepted or without need")
        self._quota_waits = meter.create_counter(f"{PREFIX}quota_waits", "Starts that wait because a quota is used up")
        self._gate_answers = meter.create_counter(
            f"{PREFIX}gate_answers", "Answers to Callback steps and model packages, taken by AWS or too late"
        )
        self._polls = meter.create_counter(f"{PREFIX}polls", "Polls of watched executions that AWS answered")
        self._aws_calls = meter.create_counter(f"{PREFIX}aws_calls", "Calls to AWS")
        self._aws_call_duration = meter.create_histogram_float(
            AWS_CALL_DURATION, "Duration of a call to AWS", "seconds"
        )
        self._detection_latency = meter.create_histogram_float(
            DETECTION_LATENCY, "From the end of an execution to its observation", "seconds"
        )
        self._rate_limit = meter.create_gauge_float(
            f"{PREFIX}platform_rate_limit", "Calls to AWS per second that the worker allows itself"
        )
        self._watches_open = meter.create_gauge(f"{PREFIX}watches_open", "Executions that this worker watches")
        self._open: Counter[str] = Counter()
        self._events = meter.create_counter(
            f"{PREFIX}events", "Messages of the queue of events, by what became of them"
        )
        self._ends_without_event = meter.create_counter(
            f"{PREFIX}ends_without_event", "Ends of watched executions and jobs that no event came for"
        )
        self._event_queue_works = meter.create_gauge(
            f"{PREFIX}event_queue_works", "Whether the queue of events can be read"
        )
        self._events_replace_polls = meter.create_gauge(
            f"{PREFIX}events_replace_polls", "Whether events have proved themselves and polls are rare"
        )

    def expect(self, platform: str, calls_per_second: float) -> None:
        """Show a platform from the start: Prometheus sees no increase of a counter whose first value is one.

        Args:
            platform: The platform's name.
            calls_per_second: The rate that is allowed now; infinity where nothing limits it.
        """
        for counter in (self._executions_started, self._executions_resumed, self._quota_waits, self._polls):
            counter.add(0, {"platform": platform})
        for accepted in ("true", "false"):
            self._stops.add(0, {"platform": platform, "accepted": accepted})
        for gate in ("callback", "approval"):
            self._gate_answers.add(0, {"platform": platform, "gate": gate, "taken": "true"})
        self._watches(platform, 0)
        self.rate_limited(platform, calls_per_second)

    def execution_started(self, platform: str) -> None:
        """Count a start that AWS accepted; an execution that was found under its token was counted before."""
        self._executions_started.add(1, {"platform": platform})

    def execution_resumed(self, platform: str) -> None:
        """Count a resumption that AWS accepted."""
        self._executions_resumed.add(1, {"platform": platform})

    def stop_answered(self, platform: str, *, accepted: bool) -> None:
        """Count a stop that AWS accepted, or refused because there was nothing left to stop."""
        self._stops.add(1, {"platform": platform, "accepted": str(accepted).lower()})

    def gate_answered(self, platform: str, gate: str, *, taken: bool) -> None:
        """Count an answer to a gate, `callback` or `approval`."""
        self._gate_answers.add(1, {"platform": platform, "gate": gate, "taken": str(taken).lower()})

    def quota_waited_for(self, platform: str) -> None:
        """Count a start that goes back to its workflow to wait for a quota."""
        self._quota_waits.add(1, {"platform": platform})

    def polled(self, platform: str, executions: int = 1) -> None:
        """Count watched executions whose status AWS answered, by a describe or a list."""
        self._polls.add(executions, {"platform": platform})

    def aws_called(self, call: AwsCall) -> None:
        """Count a call to AWS and its duration."""
        platform, operation = call.platform, call.operation
        self._aws_calls.add(1, {"platform": platform, "operation": operation, "code": call.code, "kind": call.kind})
        self._aws_call_duration.record(call.seconds, {"platform": platform, "operation": operation})

    def rate_limited(self, platform: str, calls_per_second: float) -> None:
        """Record the present rate; infinity if it is not limited."""
        self._rate_limit.set(calls_per_second, {"platform": platform})

    @contextmanager
    def watching(self, platform: str) -> Iterator[None]:
        """Count one more open watch for as long as the block runs."""
        self._watches(platform, 1)
        try:
            yield
        finally:
            self._watches(platform, -1)

    def end_detected(self, platform: str, latency: timedelta) -> None:
        """Measure how long an execution had ended before it was noticed; a clock ahead of AWS's counts as none."""
        self._detection_latency.record(max(latency.total_seconds(), 0.0), {"platform": platform})

    def expect_events(self, platform: str, outcomes: Iterable[str], kinds: Iterable[str]) -> None:
        """Show the metrics of events from the start.

        Args:
            platform: The platform's name.
            outcomes: What may become of a message.
            kinds: Nouns of the kinds that have events.
        """
        for outcome in outcomes:
            self._events.add(0, {"platform": platform, "outcome": outcome})
        for kind in kinds:
            self._ends_without_event.add(0, {"platform": platform, "kind": kind})
            self.events_replace_polls(platform, kind, replaces_polls=False)

    def event_received(self, platform: str, outcome: str) -> None:
        """Count a message of the queue of events; `outcome` is of `activities.events.receiver.Outcome`."""
        self._events.add(1, {"platform": platform, "outcome": outcome})

    def ended_without_event(self, platform: str, kind: str) -> None:
        """Count an end that no event came for; `kind` is the noun of a `ResourceKind`."""
        self._ends_without_event.add(1, {"platform": platform, "kind": kind})

    def event_queue_works(self, platform: str, *, works: bool) -> None:
        """Record whether the queue of events can be read."""
        self._event_queue_works.set(int(works), {"platform": platform})

    def events_replace_polls(self, platform: str, kind: str, replaces_polls: bool) -> None:  # noqa: FBT001 — a callback
        """Record whether polls are rare because events have proved themselves."""
        self._events_replace_polls.set(int(replaces_polls), {"platform": platform, "kind": kind})

    def _watches(self, platform: str, more: int) -> None:
        self._open[platform] += more
        self._watches_open.set(self._open[platform], {"platform": platform})
