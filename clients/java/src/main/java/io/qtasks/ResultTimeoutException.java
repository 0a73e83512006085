package io.qtasks;

import java.util.Map;

/** The task did not end in the time given; it goes on. */
public final class ResultTimeoutException extends QtasksException {
  private static final long serialVersionUID = 1L;

  ResultTimeoutException(String taskId) {
    super("RESULT_TIMEOUT", "the task did not end in the time given", Map.of("taskId", taskId));
  }
}
