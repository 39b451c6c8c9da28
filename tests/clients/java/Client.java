// What a caller in Java does: starts runs, queries, signals, updates, and reads results and failures.
// Prints one JSON document. Keys are written as Java callers like them; documents come in snake_case.

import com.fasterxml.jackson.databind.ObjectMapper;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.failure.ApplicationFailure;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

public class Client {
  private static final long LONGEST_WAIT_MS = 30_000;
  private static final long POLL_EVERY_MS = 100;

  private final WorkflowClient client;
  private final String taskQueue;
  private final String prefix;

  private Client(WorkflowClient client, String taskQueue, String prefix) {
    this.client = client;
    this.taskQueue = taskQueue;
    this.prefix = prefix;
  }

  private WorkflowStub start(String type, String name, Object... input) {
    WorkflowOptions options =
        WorkflowOptions.newBuilder().setTaskQueue(taskQueue).setWorkflowId(prefix + "-" + name).build();
    WorkflowStub run = client.newUntypedWorkflowStub(type, options);
    run.start(input);
    return run;
  }

  private WorkflowStub start(String name, Map<String, Object> input) {
    return start("SageMakerPipelineRun", name, input);
  }

  private static Map<?, ?> status(WorkflowStub run) {
    return run.query("status", Map.class);
  }

  private static Map<?, ?> reaches(WorkflowStub run, Predicate<Map<?, ?>> condition) throws InterruptedException {
    long giveUpAt = System.currentTimeMillis() + LONGEST_WAIT_MS;
    while (true) {
      Map<?, ?> found = status(run);
      if (condition.test(found)) {
        return found;
      }
      if (System.currentTimeMillis() > giveUpAt) {
        throw new IllegalStateException("the run stays at " + found);
      }
      Thread.sleep(POLL_EVERY_MS);
    }
  }

  private static Map<String, Object> failureOf(Runnable call) {
    try {
      call.run();
    } catch (WorkflowException error) {
      ApplicationFailure failure = (ApplicationFailure) error.getCause();
      List<Object> details = new ArrayList<>();
      if (failure.getDetails().getSize() > 0) {
        details.add(failure.getDetails().get(Map.class));
      }
      Map<String, Object> told = new LinkedHashMap<>();
      told.put("type", failure.getType());
      told.put("message", failure.getOriginalMessage());
      told.put("nonRetryable", failure.isNonRetryable());
      told.put("details", details);
      return told;
    }
    throw new IllegalStateException("the call did not fail");
  }

  private Map<String, Object> observe() throws InterruptedException {
    Map<String, Object> failing = Map.of("TrainingFailure", "AlgorithmError: out of memory", "TrainingSeconds", 1);
    Map<String, Object> quick = new HashMap<>();
    quick.put("pipelineName", "quick-check");
    quick.put("parameters", List.of());
    quick.put("displayName", null);
    quick.put("pollInterval", 1.5);
    WorkflowStub finished = start("finished", quick);
    Map<String, Object> parameters = Map.of("TrainingSeconds", 100_000, "AucThreshold", 0.85);
    WorkflowStub cancelled = start("cancelled", Map.of("pipelineName", "churn-training", "parameters", parameters));
    WorkflowStub failed = start("failed", Map.of("pipelineName", "churn-training", "parameters", failing));
    WorkflowStub refused = start("refused", Map.of("PipelineNme", "quick-check"));
    WorkflowStub undecided =
        start("undecided", Map.of("pipelineName", "churn-training", "parameters", failing, "onFailure", "wait"));

    Map<String, Object> told = new LinkedHashMap<>();
    told.put(
        "running",
        reaches(cancelled, found -> found.get("run_id") != null && "Running".equals(found.get("status"))));
    told.put("refusedUpdate", failureOf(() -> cancelled.update("retry", Map.class, Map.of())));
    cancelled.signal("cancel", Map.of("reason", "not today"));
    reaches(undecided, found -> "WaitingForDecision".equals(found.get("phase")));
    told.put("decision", undecided.update("give_up", Map.class, Map.of("reason", "no use")));
    told.put("check", start("SageMakerPlatformCheck", "check").getResult(Map.class));
    told.put("finished", finished.getResult(Map.class));
    told.put("cancelled", cancelled.getResult(Map.class));
    told.put("failed", failureOf(() -> failed.getResult(Map.class)));
    told.put("refused", failureOf(() -> refused.getResult(Map.class)));
    told.put("givenUp", failureOf(() -> undecided.getResult(Map.class)));
    told.put("afterwards", status(failed));
    return told;
  }

  public static void main(String[] arguments) throws Exception {
    WorkflowServiceStubs service =
        WorkflowServiceStubs.newServiceStubs(
            WorkflowServiceStubsOptions.newBuilder().setTarget(arguments[0]).build());
    Client caller = new Client(WorkflowClient.newInstance(service), arguments[1], arguments[2]);
    System.out.println(new ObjectMapper().writeValueAsString(caller.observe()));
    service.shutdownNow();
  }
}
