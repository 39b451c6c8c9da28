"""The control API under `/_standin`: what tests and demos ask of the stand-in and AWS does not offer."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sagemaker_standin.access_keys import AccessKeys
from sagemaker_standin.calls import CallCounts
from sagemaker_standin.control_jobs import shown_job
from sagemaker_standin.errors import AwsError
from sagemaker_standin.events.watch import EventSource
from sagemaker_standin.expressions import text_of
from sagemaker_standin.faults import Faults
from sagemaker_standin.service import Service
from sagemaker_standin.state import Execution

Answer = Callable[[Request], Awaitable[Any]]


class ControlApi:
    """Answers of the control API; every body and every reply is JSON."""

    def __init__(
        self, service: Service, events: EventSource, *, faults: Faults, counts: CallCounts, keys: AccessKeys
    ) -> None:
        self._service = service
        self._events = events
        self._faults = faults
        self._counts = counts
        self._keys = keys

    def routes(self) -> list[BaseRoute]:
        """The routes, below `/_standin`."""
        table: list[tuple[str, str, Answer]] = [
            ("GET", "/executions", self.list_executions),
            ("POST", "/executions/{id}/force", self.force_execution),
            ("POST", "/executions/{id}/finish", self.finish_execution),
            ("POST", "/pipelines/{name}/delete", self.delete_pipeline),
            ("GET", "/jobs", self.list_jobs),
            ("POST", "/jobs/script", self._setting("standin:job-script")),
            ("POST", "/jobs/quota", self._setting("standin:job-quota")),
            ("POST", "/scripts", self._setting("standin:script")),
            ("POST", "/clock", self._setting("standin:clock")),
            ("GET", "/clock", self.get_clock),
            ("POST", "/behaviours", self._setting("standin:behaviours")),
            ("GET", "/behaviours", self.get_behaviours),
            ("GET", "/events", self.get_events),
            ("POST", "/events", self.set_events),
            ("POST", "/events/flood", self.flood_events),
            ("GET", "/calls", self.get_calls),
            ("DELETE", "/calls", self.reset_calls),
            ("POST", "/faults", self.arm_fault),
            ("GET", "/faults", self.list_faults),
            ("DELETE", "/faults", self.lift_faults),
            ("DELETE", "/faults/{id}", self.lift_faults),
            ("POST", "/seed", self.seed_faults),
            ("GET", "/access-keys", self.get_access_keys),
            ("POST", "/access-keys", self.set_access_keys),
        ]
        return [Route(path, _as_json(answer), methods=[method]) for method, path, answer in table]

    async def list_executions(self, http: Request) -> Any:
        """Every execution, or those of `?pipeline=`, deleted ones too: the proof of how many there are."""
        wanted = http.query_params.get("pipeline")
        executions = self._service.executions()
        return [self._shown(found) for found in executions if wanted in {None, found.pipeline.name}]

    async def list_jobs(self, http: Request) -> Any:
        """Every job that there ever was, or those of `?kind=` whose names begin with `?name_prefix=`."""
        kind, prefix = http.query_params.get("kind"), http.query_params.get("name_prefix", "").lower()
        return [
            shown_job(view)
            for view in self._service.jobs()
            if kind in {None, view.job.resource} and view.job.name.lower().startswith(prefix)
        ]

    async def force_execution(self, http: Request) -> Any:
        """Put a status over the engine's own, or lift it again (`settings.force_execution`)."""
        return self._service.set("standin:force", {**await http.json(), "execution_id": http.path_params["id"]})

    async def finish_execution(self, http: Request) -> Any:
        """End the open steps of an execution, and with them the execution (`settings.finish_execution`)."""
        return self._service.set("standin:finish", {**await http.json(), "execution_id": http.path_params["id"]})

    async def delete_pipeline(self, http: Request) -> Any:
        """Delete a pipeline with its open executions (`settings.delete_pipeline`)."""
        return self._service.set("standin:delete", {"pipeline": http.path_params["name"]})

    async def get_clock(self, _: Request) -> Any:
        """The speed, and the simulated instant."""
        clock = self._service.world.clock
        return {"scale": clock.scale, "simulated": clock.now()}

    async def get_behaviours(self, _: Request) -> Any:
        """The switches of `behaviours.Behaviours` as they are now."""
        return vars(self._service.world.behaviours)

    async def get_events(self, _: Request) -> Any:
        """The switches of `events.bus.Deliveries`, and what was sent so far."""
        return self._events.bus.shown()

    async def set_events(self, http: Request) -> Any:
        """Set switches of `events.bus.Deliveries`; a `queue` that does not exist yet is made."""
        return self._events.switch(await http.json())

    async def flood_events(self, http: Request) -> Any:
        """Put `count` events into the queue that were sent `age_seconds` ago; how many messages it has."""
        request = await http.json()
        return {"messages": self._events.bus.flood(int(request["count"]), float(request["age_seconds"]))}

    async def get_calls(self, _: Request) -> Any:
        """How often each operation was called, and how the calls ended."""
        return self._counts.shown()

    async def reset_calls(self, _: Request) -> Any:
        """Count from zero."""
        self._counts.reset()
        return {}

    async def arm_fault(self, http: Request) -> Any:
        """Arm a fault (`faults.Fault`)."""
        return {"id": self._faults.arm(await http.json()).id}

    async def list_faults(self, _: Request) -> Any:
        """All armed faults, with `hits` and `holding`."""
        return self._faults.listed()

    async def lift_faults(self, http: Request) -> Any:
        """Remove one fault or all; replies that they hold go out."""
        return {"lifted": self._faults.lift(http.path_params.get("id"))}

    async def seed_faults(self, http: Request) -> Any:
        """Seed the random numbers behind `probability`."""
        self._faults.seed(int((await http.json())["seed"]))
        return {}

    async def get_access_keys(self, _: Request) -> Any:
        """Which access keys are accepted, and which were used."""
        return self._keys.shown()

    async def set_access_keys(self, http: Request) -> Any:
        """Say which access keys are accepted (`access_keys.AccessKeys`)."""
        return self._keys.set(await http.json())

    def _setting(self, name: str) -> Answer:
        async def answer(http: Request) -> Any:
            return self._service.set(name, await http.json())

        return answer

    def _shown(self, execution: Execution) -> dict[str, Any]:
        clock = self._service.world.clock
        ended_at = execution.forced_at if execution.forced else execution.ended_at
        return {
            "execution_arn": execution.arn,
            "pipeline_name": execution.pipeline.name,
            "client_request_token": execution.token,
            "status": execution.visible_status,
            "created_at": clock.real(execution.created_at),
            "ended_at": None if ended_at is None else clock.real(ended_at),
            "starts_accepted": execution.starts_accepted,
            "stops_accepted": execution.stops_accepted,
            "stop_accepted_at": execution.stop_accepted_at,
            "last_shown_at": execution.last_shown_at,
            "attempts": dict(execution.attempts),
            "parameters": {name: text_of(value) for name, value in execution.parameters.items()},
        }


def _as_json(answer: Answer) -> Callable[[Request], Awaitable[JSONResponse]]:
    @wraps(answer)
    async def respond(http: Request) -> JSONResponse:
        try:
            return JSONResponse(await answer(http))
        except AwsError as error:
            return JSONResponse({"error": error.message}, status_code=404)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return respond
