package io.qtasks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.qtasks.v1.Payload;
import java.lang.reflect.Type;

/** Values to payloads and back. */
final class Json {
  private final ObjectMapper mapper;

  Json(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /**
   * A mapper that loses no digit of an integer, takes results with more fields than its types, and
   * knows the modules on the class path.
   */
  static ObjectMapper defaultMapper() {
    StreamReadConstraints anySize =
        StreamReadConstraints.builder().maxNumberLength(Integer.MAX_VALUE).build();
    return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(anySize).build())
        .findAndAddModules()
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS) // the broker refuses them
        .build();
  }

  /** The value as a payload; {@code field} is named when it is refused. */
  Payload encode(Object value, String field, int maxBytes) {
    ByteString json;
    try {
      json = UnsafeByteOperations.unsafeWrap(mapper.writeValueAsBytes(value));
    } catch (JsonProcessingException error) {
      throw Errors.refused(
          "UNSERIALIZABLE", "not a JSON value: " + error.getOriginalMessage(), field, error);
    }
    if (json.size() > maxBytes) {
      throw Errors.refused(
          "PAYLOAD_TOO_LARGE",
          String.format(
              "%s has %d bytes, more than %d; store the value elsewhere and send a reference",
              field, json.size(), maxBytes),
          field,
          null);
    }
    return Payload.newBuilder().setJsonBytes(json).build();
  }

  /** The value of a payload; an empty one is {@code null}. */
  <T> T decode(Payload payload, Type type) {
    JavaType target = mapper.constructType(type);
    if (target.hasRawClass(Payload.class)) {
      @SuppressWarnings("unchecked") // T is Payload
      T itself = (T) payload;
      return itself;
    }
    if (payload.hasData()) {
      throw Errors.refused(
          "UNSERIALIZABLE",
          "the value is bytes in the encoding '"
              + payload.getEncoding()
              + "'; ask for Payload.class to get them",
          "",
          null);
    }
    try {
      return mapper.readValue(payload.hasJson() ? payload.getJson() : "null", target);
    } catch (JsonProcessingException error) {
      throw Errors.refused(
          "UNSERIALIZABLE",
          "the value is no " + target.toCanonical() + ": " + error.getOriginalMessage(),
          "",
          error);
    }
  }
}
