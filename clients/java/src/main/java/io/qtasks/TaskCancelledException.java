package io.qtasks;

import java.util.Map;

/** The task was cancelled, or expired. */
public final class TaskCancelledException extends QtasksException {
  private static final long serialVersionUID = 1L;

  TaskCancelledException(String taskId, String why) {
    super(
        "TASK_CANCELLED",
        why.isEmpty() ? "the task was cancelled" : "the task was cancelled: " + why,
        Map.of("taskId", taskId, "reason", why));
  }

  /** Why it was cancelled; empty when nobody said. */
  public String why() {
    return facts().getOrDefault("reason", "");
  }
}
