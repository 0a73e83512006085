package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.StreamObserver;
import io.qtasks.v1.GetStatsRequest;
import io.qtasks.v1.GetStatsResponse;
import io.qtasks.v1.StatsServiceGrpc.StatsServiceImplBase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and tokens, as a gRPC server sees them. */
@Timeout(60)
class TlsTest {
  /** A certificate that signs itself, and its key, as PEM files. */
  private record Identity(Path certificate, Path key) {}

  @TempDir static Path folder;
  private final BlockingQueue<String> tokens = new LinkedBlockingQueue<>();
  private Server server;

  @AfterEach
  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination();
  }

  @Test
  void theTokenGoesWithEachCall() throws Exception {
    serve(InsecureServerCredentials.create());
    ask("grpc", ClientOptions.defaults().token("secret"));
    assertEquals("Bearer secret", tokens.take());
    ask("grpc", ClientOptions.defaults());
    assertEquals("none", tokens.take());
  }

  @Test
  void onlyWhomTheCaVouchesForIsBelieved() throws Exception {
    Identity broker = identity("broker");
    Identity another = identity("another");
    serve(TlsServerCredentials.create(broker.certificate().toFile(), broker.key().toFile()));
    ask("grpcs", ClientOptions.defaults().ca(broker.certificate()).token("secret"));
    assertEquals("Bearer secret", tokens.take());
    for (ClientOptions wrong :
        List.of(ClientOptions.defaults(), ClientOptions.defaults().ca(another.certificate()))) {
      assertRefused("grpcs", wrong);
    }
    assertRefused("grpc", ClientOptions.defaults());
  }

  @Test
  void theBrokerMayAskForACertificate() throws Exception {
    Identity broker = identity("broker");
    Identity caller = identity("caller");
    serve(
        TlsServerCredentials.newBuilder()
            .keyManager(broker.certificate().toFile(), broker.key().toFile())
            .trustManager(caller.certificate().toFile())
            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
            .build());
    ClientOptions options = ClientOptions.defaults().ca(broker.certificate());
    ask("grpcs", options.certificate(caller.certificate(), caller.key()));
    assertRefused("grpcs", options);
  }

  @Test
  void certificatesThatCanNotBeUsed() throws Exception {
    serve(InsecureServerCredentials.create());
    Path nowhere = folder.resolve("nowhere.pem");
    for (String scheme : List.of("grpc", "grpcs")) {
      QtasksException error =
          assertThrows(
              QtasksException.class, () -> ask(scheme, ClientOptions.defaults().ca(nowhere)));
      assertEquals("SETTINGS", error.reason());
    }
  }

  private void assertRefused(String scheme, ClientOptions options) {
    QtasksException error = assertThrows(QtasksException.class, () -> ask(scheme, options));
    assertEquals("BROKER_UNAVAILABLE", error.reason());
  }

  private void ask(String scheme, ClientOptions options) {
    String url = scheme + "://localhost:" + server.getPort();
    try (QtasksClient client = QtasksClient.connect(url, options)) {
      client.stats();
    }
  }

  private void serve(ServerCredentials credentials) throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, credentials)
            .addService(
                new StatsServiceImplBase() {
                  @Override
                  public void getStats(
                      GetStatsRequest request, StreamObserver<GetStatsResponse> answer) {
                    answer.onNext(GetStatsResponse.getDefaultInstance());
                    answer.onCompleted();
                  }
                })
            .intercept(
                new ServerInterceptor() {
                  @Override
                  public <Q, R> ServerCall.Listener<Q> interceptCall(
                      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                    String token =
                        headers.get(
                            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
                    tokens.add(token == null ? "none" : token);
                    return next.startCall(call, headers);
                  }
                })
            .build()
            .start();
  }

  private static Identity identity(String name) throws Exception {
    Path store = folder.resolve(name + ".p12");
    if (Files.notExists(store)) {
      String options =
          "-genkeypair -alias it -keyalg EC -groupname secp256r1 -dname CN=localhost"
              + " -ext san=dns:localhost -validity 2 -storepass secret";
      List<String> command = new ArrayList<>(List.of(options.split(" ")));
      command.add(0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
      command.addAll(List.of("-keystore", store.toString()));
      assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    char[] password = "secret".toCharArray();
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, password);
    }
    return new Identity(
        pem(name + ".crt", "CERTIFICATE", keys.getCertificate("it").getEncoded()),
        pem(name + ".key", "PRIVATE KEY", keys.getKey("it", password).getEncoded()));
  }

  private static Path pem(String name, String label, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(content);
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(label, text, label));
  }
}
