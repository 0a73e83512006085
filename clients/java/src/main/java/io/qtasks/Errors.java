package io.qtasks;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.qtasks.v1.ItemError;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** From gRPC statuses and the errors of a batch to exceptions. */
final class Errors {
  private static final String DOMAIN = "qtasks";

  private Errors() {}

  /** The exception that a failed call stands for. */
  static QtasksException of(Throwable error) {
    if (error instanceof QtasksException known) {
      return known;
    }
    if (error instanceof CompletionException && error.getCause() != null) {
      return of(error.getCause());
    }
    Status status = Status.fromThrowable(error);
    String message = status.getDescription() == null ? "" : status.getDescription();
    String reason = reasonOf(status.getCode());
    String field = "";
    Map<String, String> facts = Map.of();
    com.google.rpc.Status details = StatusProto.fromThrowable(error);
    if (details != null) {
      for (Any detail : details.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = unpack(detail, ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            reason = info.getReason();
            facts = info.getMetadataMap();
          }
        } else if (detail.is(BadRequest.class)) {
          for (BadRequest.FieldViolation wrong :
              unpack(detail, BadRequest.class).getFieldViolationsList()) {
            field = wrong.getField();
          }
        }
      }
    }
    if (reason.equals("BROKER_UNAVAILABLE")) {
      String why = message.isEmpty() ? "" : " (" + message + ")";
      message = "the broker can't be reached; start one with `qtasks serve`" + why;
    }
    return new QtasksException(reason, message, field, facts, error);
  }

  /**
   * The exception that an item of a batch stands for. The caller, who does not know with which
   * others it travelled, is told its place among his own.
   */
  static QtasksException of(ItemError item, int place) {
    String field = item.getField().replaceFirst("^tasks\\[\\d+]", "tasks[" + place + "]");
    String reason = item.getReason();
    if (reason.isEmpty()) {
      reason = reasonOf(Status.fromCodeValue(item.getCode()).getCode());
    }
    return new QtasksException(reason, item.getMessage(), field, item.getMetadataMap(), null);
  }

  /** What the caller is told when it was its own context that ended the call. */
  static QtasksException cancelled(Throwable why) {
    return why instanceof TimeoutException
        ? new QtasksException(
            "DEADLINE_EXCEEDED", "the answer did not come in time", "", Map.of(), why)
        : new QtasksException("CANCELLED", "the call was cancelled", "", Map.of(), why);
  }

  /** A value that this side refuses to send. */
  static QtasksException refused(String reason, String message, String field, Throwable cause) {
    return new QtasksException(reason, message, field, Map.of(), cause);
  }

  /** For statuses without a reason of ours: gRPC's own, or those of a proxy. */
  private static String reasonOf(Status.Code code) {
    return switch (code) {
      // A server that stops cancels what it still answers.
      case UNAVAILABLE, CANCELLED -> "BROKER_UNAVAILABLE";
      case DEADLINE_EXCEEDED -> "DEADLINE_EXCEEDED";
      case RESOURCE_EXHAUSTED -> "PAYLOAD_TOO_LARGE";
      case UNIMPLEMENTED -> "PROTOCOL_MISMATCH";
      case INVALID_ARGUMENT -> "INVALID_FIELD";
      case UNAUTHENTICATED -> "UNAUTHENTICATED";
      case PERMISSION_DENIED -> "PERMISSION_DENIED";
      default -> "INTERNAL";
    };
  }

  private static <T extends com.google.protobuf.Message> T unpack(Any detail, Class<T> type) {
    try {
      return detail.unpack(type);
    } catch (InvalidProtocolBufferException error) {
      throw new QtasksException(
          "PROTOCOL_VIOLATION", "the broker sent details that can't be read", "", Map.of(), error);
    }
  }
}
