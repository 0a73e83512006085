package io.qtasks;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The addresses of several hosts that a url lists; gRPC for Java has no target for that. A host
 * whose name is unknown now is left out until names are asked for again.
 */
final class HostsResolver extends NameResolver {
  static final String SCHEME = "qtasks-hosts";

  private final List<String> hosts;
  private final Executor executor;
  private final SynchronizationContext inOrder;
  private Listener2 listener;

  private HostsResolver(List<String> hosts, Args args) {
    this.hosts = hosts;
    this.executor = args.getOffloadExecutor();
    this.inOrder = args.getSynchronizationContext();
  }

  @Override
  public String getServiceAuthority() {
    return hosts.get(0);
  }

  @Override
  public void start(Listener2 listener) {
    this.listener = listener;
    refresh();
  }

  @Override
  public void refresh() {
    executor.execute(
        () -> {
          StatusOr<List<EquivalentAddressGroup>> found = lookUp();
          ResolutionResult result =
              ResolutionResult.newBuilder().setAddressesOrError(found).build();
          inOrder.execute(() -> listener.onResult2(result));
        });
  }

  @Override
  public void shutdown() {}

  private StatusOr<List<EquivalentAddressGroup>> lookUp() {
    List<EquivalentAddressGroup> found = new ArrayList<>();
    UnknownHostException unknown = null;
    for (String host : hosts) {
      int colon = host.lastIndexOf(':');
      String name = host.substring(0, colon);
      int port = Integer.parseInt(host.substring(colon + 1));
      try {
        List<SocketAddress> addresses = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName(name)) {
          addresses.add(new InetSocketAddress(address, port));
        }
        // A certificate is for the host that is called, not for the first of the list.
        Attributes itsName =
            Attributes.newBuilder()
                .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, host)
                .build();
        found.add(new EquivalentAddressGroup(addresses, itsName));
      } catch (UnknownHostException error) {
        unknown = error;
      }
    }
    return found.isEmpty()
        ? StatusOr.fromStatus(
            Status.UNAVAILABLE.withDescription("no host is known").withCause(unknown))
        : StatusOr.fromValue(found);
  }

  /** Makes them for targets like {@code qtasks-hosts:///a:1,b:2}. */
  static final class Provider extends NameResolverProvider {
    @Override
    public NameResolver newNameResolver(URI target, Args args) {
      return new HostsResolver(List.of(target.getPath().substring(1).split(",")), args);
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }
  }
}
