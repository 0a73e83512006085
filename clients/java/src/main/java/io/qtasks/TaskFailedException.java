package io.qtasks;

import io.qtasks.v1.Failure;
import java.util.Map;

/** The task ended with an error. */
public final class TaskFailedException extends QtasksException {
  private static final long serialVersionUID = 1L;

  private final Failure failure;

  TaskFailedException(String taskId, Failure failure) {
    super(
        "TASK_FAILED",
        failure.getKind() + ": " + failure.getMessage(),
        Map.of(
            "taskId", taskId,
            "kind", failure.getKind(),
            "message", failure.getMessage(),
            "reason", failure.getReason().name().replaceFirst("^FAILURE_REASON_", "")));
    this.failure = failure;
  }

  /** Why, with the traceback of the worker. */
  public Failure failure() {
    return failure;
  }
}
