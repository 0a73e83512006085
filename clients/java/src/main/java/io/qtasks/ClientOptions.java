package io.qtasks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Settings of a client. What is not said about tokens and certificates is read from the environment
 * when it connects, as in Python: {@code QTASKS_TOKEN} or {@code QTASKS_TOKEN_FILE}, and with
 * {@code grpcs} {@code QTASKS_TLS_CA}, {@code QTASKS_TLS_CERT} and {@code QTASKS_TLS_KEY}. Each
 * method gives a copy with one of them changed:
 *
 * <pre>{@code
 * ClientOptions.defaults().app("shop").timeout(Duration.ofSeconds(5))
 * }</pre>
 */
public final class ClientOptions {
  private static final ClientOptions DEFAULTS = new ClientOptions();

  private String app = "";
  private String token;
  private Path ca;
  private Path certificate;
  private Path key;
  private Duration timeout = Duration.ofSeconds(30);
  private int maxPayloadBytes = 1024 * 1024;
  private ObjectMapper mapper = Json.defaultMapper();

  private ClientOptions() {}

  private ClientOptions(ClientOptions other) {
    app = other.app;
    token = other.token;
    ca = other.ca;
    certificate = other.certificate;
    key = other.key;
    timeout = other.timeout;
    maxPayloadBytes = other.maxPayloadBytes;
    mapper = other.mapper;
  }

  /** What is used where nothing is said. */
  public static ClientOptions defaults() {
    return DEFAULTS;
  }

  /** The namespace; empty means {@code QueueTasks}. */
  public ClientOptions app(String app) {
    Objects.requireNonNull(app, "app");
    return changed(options -> options.app = app);
  }

  /** A token, sent with each call as {@code authorization: Bearer TOKEN}; empty means none. */
  public ClientOptions token(String token) {
    Objects.requireNonNull(token, "token");
    return changed(options -> options.token = token);
  }

  /** With {@code grpcs}: a PEM file of certificates to trust instead of the system's. */
  public ClientOptions ca(Path ca) {
    return changed(options -> options.ca = ca);
  }

  /** With {@code grpcs}: PEM files of a certificate and its key, to show the broker who calls. */
  public ClientOptions certificate(Path certificate, Path key) {
    Objects.requireNonNull(certificate, "certificate");
    Objects.requireNonNull(key, "key");
    return changed(
        options -> {
          options.certificate = certificate;
          options.key = key;
        });
  }

  /**
   * How long a call may take that does not follow a task: 30 s if not said. A deadline of gRPC's
   * {@code Context} counts as well, for every call.
   */
  public ClientOptions timeout(Duration timeout) {
    if (timeout.isNegative() || timeout.isZero()) {
      throw Errors.refused("SETTINGS", "timeout must be greater than zero", "timeout", null);
    }
    return changed(options -> options.timeout = timeout);
  }

  /** The largest arguments, where the broker was started with another limit than 1 MiB. */
  public ClientOptions maxPayloadBytes(int maxPayloadBytes) {
    return changed(options -> options.maxPayloadBytes = maxPayloadBytes);
  }

  /** A mapper of your own, from values to JSON and back. */
  public ClientOptions mapper(ObjectMapper mapper) {
    Objects.requireNonNull(mapper, "mapper");
    return changed(options -> options.mapper = mapper);
  }

  private ClientOptions changed(Consumer<ClientOptions> change) {
    ClientOptions copy = new ClientOptions(this);
    change.accept(copy);
    return copy;
  }

  String app() {
    return app;
  }

  /** Null if not said. */
  String token() {
    return token;
  }

  Path ca() {
    return ca;
  }

  Path certificate() {
    return certificate;
  }

  Path key() {
    return key;
  }

  Duration timeout() {
    return timeout;
  }

  int maxPayloadBytes() {
    return maxPayloadBytes;
  }

  /** The mapper that values go through. */
  public ObjectMapper mapper() {
    return mapper;
  }
}
