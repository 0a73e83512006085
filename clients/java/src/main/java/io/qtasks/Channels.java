package io.qtasks;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** From a broker's address to a gRPC channel. */
final class Channels {
  private static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /**
   * Calls that do the same when they are done twice, because a call whose answer was lost may have
   * been done. {@code Submit} and {@code Run} are such calls because each task has an id. {@code
   * Reply} is none: the first answer counts, and the caller would be told that there was one. Nor
   * is {@code DrainWorker}: he would be told that there is no such worker any more.
   */
  private static final Map<String, List<String>> REPEATABLE =
      Map.of(
          "TaskService",
          List.of("Submit", "Run", "Get", "Explain", "List", "Watch", "Cancel"),
          "StatsService",
          List.of("GetStats"));

  private Channels() {}

  /** A channel to a broker; it connects when it is first used. */
  static ManagedChannel open(BrokerUrl url, Access access) {
    return builder(url, credentials(url, access))
        .defaultLoadBalancingPolicy("round_robin")
        .defaultServiceConfig(serviceConfig())
        .disableServiceConfigLookUp()
        // A request is repeated only while all of it is kept.
        .perRpcBufferLimit(MAX_MESSAGE_BYTES)
        .retryBufferSize(16L * MAX_MESSAGE_BYTES)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .keepAliveTime(30, TimeUnit.SECONDS)
        .keepAliveTimeout(10, TimeUnit.SECONDS)
        .keepAliveWithoutCalls(true)
        .build();
  }

  /** The channel as calls see it: with the token, and without long waits to reconnect. */
  static Channel intercepted(ManagedChannel channel, Access access) {
    Channel eager = ClientInterceptors.intercept(channel, new Eager(channel));
    if (access.token().isEmpty()) {
      return eager;
    }
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + access.token());
    return ClientInterceptors.intercept(eager, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static ManagedChannelBuilder<?> builder(BrokerUrl url, ChannelCredentials credentials) {
    if (url.hosts().size() == 1) {
      return Grpc.newChannelBuilder("dns:///" + url.hosts().get(0), credentials);
    }
    NameResolverRegistry registry = new NameResolverRegistry();
    registry.register(new HostsResolver.Provider());
    String target = HostsResolver.SCHEME + ":///" + String.join(",", url.hosts());
    return Grpc.newChannelBuilder(target, credentials, registry);
  }

  private static ChannelCredentials credentials(BrokerUrl url, Access access) {
    if (!url.tls()) {
      return InsecureChannelCredentials.create();
    }
    try {
      TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
      if (access.ca() != null) {
        tls.trustManager(access.ca().toFile());
      }
      if (access.certificate() != null) {
        tls.keyManager(access.certificate().toFile(), access.key().toFile());
      }
      return tls.build();
    } catch (IOException error) {
      throw Errors.refused(
          "SETTINGS", "a certificate can't be read: " + error.getMessage(), "", error);
    }
  }

  private static Map<String, Object> serviceConfig() {
    List<Map<String, String>> names =
        REPEATABLE.entrySet().stream()
            .flatMap(
                service ->
                    service.getValue().stream()
                        .map(
                            method ->
                                Map.of(
                                    "service", "qtasks.v1." + service.getKey(), "method", method)))
            .toList();
    Map<String, Object> retries =
        Map.of(
            "maxAttempts",
            5.0,
            "initialBackoff",
            "0.1s",
            "maxBackoff",
            "2s",
            "backoffMultiplier",
            2.0,
            "retryableStatusCodes",
            List.of("UNAVAILABLE"));
    return Map.of("methodConfig", List.of(Map.of("name", names, "retryPolicy", retries)));
  }

  /**
   * Lets a call try to connect at once where the attempts before it failed: left alone, a channel
   * waits up to two minutes, and a broker that is back would not be found.
   */
  private record Eager(ManagedChannel channel) implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      if (channel.isShutdown()) {
        throw Status.UNAVAILABLE.withDescription("the client is closed").asRuntimeException();
      }
      if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
        channel.resetConnectBackoff();
      }
      return next.newCall(method, options);
    }
  }
}
