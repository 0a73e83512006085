package io.qtasks;

import java.util.Map;
import java.util.Set;

/**
 * Something went wrong in qtasks.
 *
 * <p>The message is for a person and says what to do. Programs test the {@link #reason()}, which is
 * the same in every language.
 */
public class QtasksException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Set<String> TEMPORARY =
      Set.of("BROKER_UNAVAILABLE", "BROKER_DRAINING", "STORAGE_UNAVAILABLE");

  private final String reason;
  private final String field;
  private final transient Map<String, String> facts;

  /** An error without a field. */
  public QtasksException(String reason, String message, Map<String, String> facts) {
    this(reason, message, "", facts, null);
  }

  QtasksException(
      String reason, String message, String field, Map<String, String> facts, Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.field = field;
    this.facts = Map.copyOf(facts);
  }

  /** What went wrong, for programs: {@code TASK_NOT_FOUND} for example. */
  public final String reason() {
    return reason;
  }

  /** The field of the request that is wrong; empty when none is. */
  public final String field() {
    return field;
  }

  /** More facts, by name. */
  public final Map<String, String> facts() {
    return facts == null ? Map.of() : facts;
  }

  /** Whether it may be over when the call is made again: a broker or its storage is away. */
  public final boolean isTemporary() {
    return TEMPORARY.contains(reason);
  }
}
