// What a caller in TypeScript does: starts runs, queries, signals, updates, reads results and failures, and makes a
// schedule.
// Prints one JSON document. Keys are written as TypeScript callers like them; documents come in snake_case.
import { Client, Connection, WorkflowFailedError, WorkflowUpdateFailedError } from "@temporalio/client";

const [address, taskQueue, prefix] = process.argv.slice(2);
const LONGEST_WAIT_MS = 30_000;
const POLL_EVERY_MS = 100;

async function reaches(handle, condition) {
  const giveUpAt = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const document = await handle.query("status");
    if (condition(document)) return document;
    if (Date.now() > giveUpAt) throw new Error(`the run stays at ${JSON.stringify(document)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}

async function failureOf(promise) {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError)) throw error;
    const { type, message, nonRetryable, details } = error.cause;
    return { type, message, nonRetryable, details: details ?? [] };
  }
  throw new Error("the run did not fail");
}

const connection = await Connection.connect({ address });
const client = new Client({ connection });
const start = (name, ...args) =>
  client.workflow.start("SageMakerPipelineRun", { taskQueue, workflowId: `${prefix}-${name}`, args });

const finished = await start("finished", {
  PipelineName: "quick-check",
  Parameters: [],
  DisplayName: null,
  PollInterval: 1.5,
});
const cancelled = await start("cancelled", {
  pipelineName: "churn-training",
  parameters: { TrainingSeconds: 100_000, AucThreshold: 0.85 },
});
const failing = { TrainingFailure: "AlgorithmError: out of memory", TrainingSeconds: 1 };
const failed = await start("failed", { PipelineName: "churn-training", Parameters: failing });
const refused = await start("refused", { PipelineNme: "quick-check" });
const undecided = await start("undecided", {
  PipelineName: "churn-training",
  Parameters: failing,
  OnFailure: "wait",
});

const running = await reaches(cancelled, (document) => document.run_id !== null && document.status === "Running");
const refusedUpdate = await failureOf(cancelled.executeUpdate("retry", { args: [{}] }));
await cancelled.signal("cancel", { Reason: "not today" });
await reaches(undecided, (document) => document.phase === "WaitingForDecision");
const decision = await undecided.executeUpdate("give_up", { args: [{ Reason: "no use" }] });

const checkId = `${prefix}-check`;
const check = await client.workflow.execute("SageMakerPlatformCheck", { taskQueue, workflowId: checkId, args: [] });

const schedule = await client.schedule.create({
  scheduleId: `${prefix}-schedule`,
  spec: { calendars: [{ hour: 2, comment: "the data is there by then" }], timezone: "Europe/Berlin" },
  policies: { overlap: "BUFFER_ALL" },
  action: {
    type: "startWorkflow",
    workflowType: "SageMakerPipelineRun",
    workflowId: `${prefix}-schedule`,
    taskQueue,
    args: [{ PipelineName: "quick-check", Templates: true, Parameters: { Seconds: "{scheduled_time:%d}" } }],
  },
});

const told = {
  finished: await finished.result(),
  running,
  cancelled: await cancelled.result(),
  failed: await failureOf(failed.result()),
  refused: await failureOf(refused.result()),
  refusedUpdate,
  decision,
  givenUp: await failureOf(undecided.result()),
  afterwards: await failed.query("status"),
  check,
  schedule: schedule.scheduleId,
};
await connection.close();
process.stdout.write(JSON.stringify(told));
