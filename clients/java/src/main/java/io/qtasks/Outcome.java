package io.qtasks;

import io.qtasks.v1.TaskState;
import io.qtasks.v1.TaskStatus;
import java.lang.reflect.Type;

/** How a task ended: as a value, or as an exception. */
final class Outcome {
  private Outcome() {}

  static boolean isEnded(TaskState state) {
    return switch (state) {
      case TASK_STATE_SUCCESS, TASK_STATE_ERROR, TASK_STATE_CANCEL -> true;
      default -> false;
    };
  }

  /** What an ended task returned. */
  static <T> T of(TaskStatus status, Json json, Type type) {
    return switch (status.getState()) {
      case TASK_STATE_ERROR -> throw new TaskFailedException(status.getId(), status.getFailure());
      case TASK_STATE_CANCEL ->
          throw new TaskCancelledException(status.getId(), status.getCancelReason());
      default -> json.decode(status.getResult(), type);
    };
  }
}
