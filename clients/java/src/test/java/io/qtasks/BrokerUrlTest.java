package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which urls are addresses of brokers. */
class BrokerUrlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grpc://broker.internal:6000 | false | broker.internal:6000",
        "grpc://broker.internal | false | broker.internal:50051",
        "grpc://127.0.0.1:1/ | false | 127.0.0.1:1",
        "grpc://[::1]:2 | false | [::1]:2",
        "grpc://a:1,b,10.0.0.1:3 | false | a:1 b:50051 10.0.0.1:3",
        "grpc+dns:///brokers:4 | false | brokers:4",
        "grpcs://a:1,b:2 | true | a:1 b:2",
        "grpcs+dns:///brokers | true | brokers:50051",
      })
  void usable(String url, boolean tls, String hosts) {
    assertEquals(new BrokerUrl(url, tls, List.of(hosts.split(" "))), BrokerUrl.parse(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "broker:1",
        "http://broker:1",
        "grpc://",
        "grpc:/broker:1",
        "grpc://broker:port",
        "grpc://broker:1/path",
        "grpc://user@broker:1",
        "grpc://a:1,,b:2",
        "grpc://broker:1?x",
        "grpc+dns:///a:1,b:2",
        "grpc+dns://broker:1",
      })
  void unusable(String url) {
    QtasksException error = assertThrows(QtasksException.class, () -> BrokerUrl.parse(url));
    assertEquals("SETTINGS", error.reason());
    assertEquals("url", error.field());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grpc://127.0.0.1:1 | false",
        "grpc://[::1] | false",
        "grpc://localhost | false",
        "grpcs://broker | false",
        "grpc://broker | true",
        "grpc://127.0.0.1,10.0.0.1 | true",
        "grpc+dns:///brokers | true",
      })
  void plainTextBeyondThisMachineCouldBeRead(String url, boolean tells) {
    assertEquals(tells, BrokerUrl.parse(url).tellsOthers());
  }
}
