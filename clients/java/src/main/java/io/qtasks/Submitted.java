package io.qtasks;

/**
 * What became of one of several submitted tasks.
 *
 * @param task the task; null when it was refused
 * @param error why it was refused; null when it was not
 */
public record Submitted(Task task, QtasksException error) {
  /** The task; throws why it was refused. */
  public Task get() {
    if (error != null) {
      throw error;
    }
    return task;
  }
}
