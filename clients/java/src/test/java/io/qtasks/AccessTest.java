package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options win over variables. */
class AccessTest {
  private static final BrokerUrl TLS = BrokerUrl.parse("grpcs://broker");
  private static final BrokerUrl PLAIN = BrokerUrl.parse("grpc://broker");
  private static final ClientOptions SILENT = ClientOptions.defaults();

  @TempDir Path folder;

  @Test
  void variablesSayWhatOptionsDoNot() {
    Map<String, String> environment =
        Map.of(
            "QTASKS_TOKEN", "secret",
            "QTASKS_TOKEN_FILE", "nowhere",
            "QTASKS_TLS_CA", "ca.pem",
            "QTASKS_TLS_CERT", "cert.pem",
            "QTASKS_TLS_KEY", "key.pem");
    Path ca = Path.of("ca.pem");
    Path certificate = Path.of("cert.pem");
    Path key = Path.of("key.pem");
    assertEquals(new Access("secret", ca, certificate, key), Access.of(TLS, SILENT, environment));
    assertEquals(new Access("secret", null, null, null), Access.of(PLAIN, SILENT, environment));

    Path own = Path.of("own.pem");
    ClientOptions all = SILENT.token("mine").ca(own).certificate(own, own);
    assertEquals(new Access("mine", own, own, own), Access.of(TLS, all, environment));
    assertEquals("", Access.of(PLAIN, SILENT.token(""), environment).token());
    assertEquals(new Access("", null, null, null), Access.of(TLS, SILENT, Map.of()));
  }

  @Test
  void aTokenMayStandInAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("token"), "secret\n");
    Map<String, String> environment = Map.of("QTASKS_TOKEN_FILE", file.toString());
    assertEquals("secret", Access.of(PLAIN, SILENT, environment).token());
  }

  @Test
  void whatCanNotBeUsed() throws IOException {
    Path two = Files.writeString(folder.resolve("two"), "two words");
    Path none = folder.resolve("none");
    for (Map<String, String> environment :
        List.of(
            Map.of("QTASKS_TOKEN", "two words"),
            Map.of("QTASKS_TOKEN_FILE", two.toString()),
            Map.of("QTASKS_TOKEN_FILE", none.toString()),
            Map.of("QTASKS_TLS_CERT", "cert.pem"))) {
      assertRefused(() -> Access.of(TLS, SILENT, environment));
    }
    assertRefused(() -> Access.of(TLS, SILENT.token("zwölf"), Map.of()));
    assertRefused(() -> Access.of(PLAIN, SILENT.ca(two), Map.of()));
  }

  private static void assertRefused(Runnable settings) {
    QtasksException error = assertThrows(QtasksException.class, settings::run);
    assertEquals("SETTINGS", error.reason());
  }
}
