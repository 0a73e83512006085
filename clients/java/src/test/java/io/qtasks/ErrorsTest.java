package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.qtasks.v1.ItemError;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What statuses stand for. */
class ErrorsTest {
  private static StatusRuntimeException status(String domain) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.INVALID_ARGUMENT.value())
            .setMessage("too small")
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(domain)
                        .setReason("OUT_OF_RANGE")
                        .putMetadata("least", "1")
                        .build()))
            .addDetails(
                Any.pack(
                    BadRequest.newBuilder()
                        .addFieldViolations(BadRequest.FieldViolation.newBuilder().setField("size"))
                        .build()))
            .build());
  }

  @Test
  void detailsAreRead() {
    StatusRuntimeException failed = status("qtasks");
    QtasksException error = Errors.of(new CompletionException(failed));
    assertEquals("OUT_OF_RANGE", error.reason());
    assertEquals("too small", error.getMessage());
    assertEquals("size", error.field());
    assertEquals(Map.of("least", "1"), error.facts());
    assertSame(failed, error.getCause());
  }

  @Test
  void reasonsOfOthersAreNotOurs() {
    QtasksException error = Errors.of(status("elsewhere"));
    assertEquals("INVALID_FIELD", error.reason());
    assertEquals(Map.of(), error.facts());
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, BROKER_UNAVAILABLE, true",
    "CANCELLED, BROKER_UNAVAILABLE, true",
    "DEADLINE_EXCEEDED, DEADLINE_EXCEEDED, false",
    "RESOURCE_EXHAUSTED, PAYLOAD_TOO_LARGE, false",
    "UNIMPLEMENTED, PROTOCOL_MISMATCH, false",
    "PERMISSION_DENIED, PERMISSION_DENIED, false",
    "INTERNAL, INTERNAL, false",
  })
  void codesStandInForReasons(Status.Code code, String reason, boolean temporary) {
    QtasksException error = Errors.of(code.toStatus().asRuntimeException());
    assertEquals(reason, error.reason());
    assertEquals(temporary, error.isTemporary());
    ItemError item = ItemError.newBuilder().setCode(code.value()).build();
    assertEquals(reason, Errors.of(item, 0).reason());
  }
}
