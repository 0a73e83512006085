package io.qtasks;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where brokers are.
 *
 * <ul>
 *   <li>{@code grpc://HOST:PORT}: a broker; {@code grpcs://} over TLS.
 *   <li>{@code grpc://HOST:PORT,HOST:PORT}: several.
 *   <li>{@code grpc+dns:///NAME:PORT}: every address the name has.
 * </ul>
 *
 * Wherever there are several addresses, calls go in turn to those that answer.
 *
 * @param text as it was given
 * @param tls whether the connection is encrypted
 * @param hosts {@code HOST:PORT} each
 */
record BrokerUrl(String text, boolean tls, List<String> hosts) {
  private static final int DEFAULT_PORT = 50051;
  private static final Pattern FORM =
      Pattern.compile("(?<scheme>grpcs?)(?:://|\\+dns:///)(?<hosts>[^/]+)/?");

  private static final Pattern LOOPBACK =
      Pattern.compile("(localhost|127(\\.\\d+){3}|\\[::1]):\\d+");

  static BrokerUrl parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw unusable(text, null);
    }
    List<String> hosts =
        Arrays.stream(form.group("hosts").split(",", -1))
            .map(host -> hostAndPort(host, text))
            .toList();
    if (hosts.size() > 1 && text.contains("+dns:")) {
      throw unusable(text, null);
    }
    return new BrokerUrl(text, form.group("scheme").equals("grpcs"), hosts);
  }

  /** Whether what is sent could be read on the way: in plain text, beyond this machine. */
  boolean tellsOthers() {
    return !tls && !hosts.stream().allMatch(host -> LOOPBACK.matcher(host).matches());
  }

  private static String hostAndPort(String host, String text) {
    try {
      URI uri = new URI("grpc://" + host).parseServerAuthority();
      if (uri.getHost() == null || uri.getUserInfo() != null || uri.getQuery() != null) {
        throw unusable(text, null);
      }
      return uri.getHost() + ":" + (uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort());
    } catch (URISyntaxException error) {
      throw unusable(text, error);
    }
  }

  private static QtasksException unusable(String text, Throwable cause) {
    return Errors.refused(
        "SETTINGS",
        "'" + text + "' is not the address of a broker; use grpc://HOST:PORT",
        "url",
        cause);
  }
}
