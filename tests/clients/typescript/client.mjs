// What a caller in another language does: starts runs, queries, signals, and reads results and failures.
// Prints one JSON document. Keys are written as .NET and TypeScript callers like them; documents come in snake_case.
import { Client, Connection, WorkflowFailedError } from "@temporalio/client";

const [address, taskQueue, prefix] = process.argv.slice(2);
const LONGEST_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

async function reaches(handle, condition) {
  const giveUpAt = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const document = await handle.query("status");
    if (condition(document)) return document;
    if (Date.now() > giveUpAt) throw new Error(`the run stays at ${JSON.stringify(document)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function failureOf(promise) {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { name, type, message, nonRetryable, details } = error.cause;
    return { name, type, message, nonRetryable, details: details ?? [] };
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
  PollInterval: 0.2,
});
const cancelled = await start("cancelled", {
  pipelineName: "churn-training",
  parameters: { TrainingSeconds: 100_000, AucThreshold: 0.85 },
});
const failed = await start("failed", {
  PipelineName: "churn-training",
  Parameters: { TrainingFailure: "AlgorithmError: out of memory", TrainingSeconds: 1 },
});
const refused = await start("refused", { PipelineNme: "quick-check" });

const running = await reaches(cancelled, (document) => document.run_id !== null && document.status === "Running");
await cancelled.signal("cancel", { Reason: "not today" });

const checkId = `${prefix}-check`;
const check = await client.workflow.execute("SageMakerPlatformCheck", { taskQueue, workflowId: checkId, args: [] });

const told = {
  finished: await finished.result(),
  running,
  cancelled: await cancelled.result(),
  failed: await failureOf(failed.result()),
  refused: await failureOf(refused.result()),
  afterwards: await failed.query("status"),
  check,
};
await connection.close();
process.stdout.write(JSON.stringify(told));
