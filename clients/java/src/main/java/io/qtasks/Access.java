package io.qtasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a client shows a broker, and whom it trusts: what its options say, and for the rest the
 * variables that the Python client reads too.
 *
 * @param token what calls carry; empty if there is none
 * @param ca a PEM file of authorities; null means the system's
 * @param certificate a PEM file to show; null if there is none
 * @param key that of the certificate
 */
record Access(String token, Path ca, Path certificate, Path key) {
  private static final System.Logger LOGGER = System.getLogger("io.qtasks");

  /** What options and variables say for a broker, whose files are read now. */
  static Access of(BrokerUrl url, ClientOptions options, Map<String, String> environment) {
    String token = options.token();
    if (token == null) {
      token = token(environment);
    } else if (!token.isEmpty()) {
      checkToken(token, "token");
    }
    if (!url.tls()) {
      if (!token.isEmpty() && url.tellsOthers()) {
        LOGGER.log(System.Logger.Level.WARNING, "token travels in plain text to {0}", url.text());
      }
      if (options.ca() != null || options.certificate() != null) {
        throw refused("url", "certificates are for grpcs://, not " + url.text(), null);
      }
      return new Access(token, null, null, null);
    }
    Path ca = options.ca() == null ? path(environment, "QTASKS_TLS_CA") : options.ca();
    if (options.certificate() != null) {
      return new Access(token, ca, options.certificate(), options.key());
    }
    Path certificate = path(environment, "QTASKS_TLS_CERT");
    Path key = path(environment, "QTASKS_TLS_KEY");
    if ((certificate == null) != (key == null)) {
      throw refused("tls_cert", "QTASKS_TLS_CERT and QTASKS_TLS_KEY go together", null);
    }
    return new Access(token, ca, certificate, key);
  }

  private static String token(Map<String, String> environment) {
    String token = environment.getOrDefault("QTASKS_TOKEN", "");
    if (!token.isEmpty()) {
      return checkToken(token, "token");
    }
    Path file = path(environment, "QTASKS_TOKEN_FILE");
    if (file == null) {
      return "";
    }
    try {
      return checkToken(Files.readString(file).strip(), "token_file");
    } catch (IOException error) {
      throw refused("token_file", "the file of the token can't be read: " + error, error);
    }
  }

  /** The token, which is not shown when it can't stand in the metadata of a call. */
  private static String checkToken(String token, String field) {
    if (token.isEmpty() || !token.chars().allMatch(letter -> letter > ' ' && letter <= '~')) {
      throw refused(field, field + " must be one token, of ASCII characters without spaces", null);
    }
    return token;
  }

  private static Path path(Map<String, String> environment, String name) {
    String path = environment.getOrDefault(name, "");
    return path.isEmpty() ? null : Path.of(path);
  }

  private static QtasksException refused(String field, String message, Throwable cause) {
    return Errors.refused("SETTINGS", message, field, cause);
  }
}
