package io.qtasks.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.qtasks.ClientOptions;
import io.qtasks.QtasksClient;
import io.qtasks.QtasksException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The driver of the conformance suite: requests on standard input, answers on standard output. */
final class Driver {
  private static final ObjectMapper LINES = new ObjectMapper();

  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private final Operations operations;

  private Driver(QtasksClient client) {
    operations = new Operations(client, this::write);
  }

  public static void main(String[] args) throws IOException {
    if (args.length == 0 || !args[0].equals("client")) {
      System.err.println("usage: client --broker URL [--app NAME] [--token T] [--ca FILE]");
      System.exit(2);
    }
    String url = "";
    ClientOptions options = ClientOptions.defaults();
    for (int place = 1; place + 1 < args.length; place += 2) {
      String value = args[place + 1];
      switch (args[place]) {
        case "--broker" -> url = value;
        case "--app" -> options = options.app(value);
        case "--token" -> options = options.token(value);
        case "--ca" -> options = options.ca(Path.of(value));
        default -> throw new IllegalArgumentException("no option " + args[place]);
      }
    }
    try (QtasksClient client = QtasksClient.connect(url, options)) {
      new Driver(client).serve();
    }
  }

  private void serve() throws IOException {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            run -> {
              Thread thread = new Thread(run);
              thread.setDaemon(true);
              return thread;
            });
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    write(LINES.createObjectNode().put("ready", true));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode request = LINES.readTree(line);
      threads.execute(() -> answer(request));
    }
    threads.shutdownNow();
  }

  private void answer(JsonNode request) {
    ObjectNode answer = LINES.createObjectNode();
    answer.set("id", request.get("id"));
    try {
      answer.set("ok", operations.perform(request));
    } catch (QtasksException error) {
      answer.set("error", error(error));
    } catch (Exception error) {
      error.printStackTrace();
      answer.putObject("error").put("reason", "DRIVER").put("message", error.toString());
    }
    write(answer);
  }

  static ObjectNode error(QtasksException error) {
    ObjectNode written =
        LINES
            .createObjectNode()
            .put("reason", error.reason())
            .put("message", error.getMessage())
            .put("field", error.field());
    error.facts().forEach(written.putObject("facts")::put);
    return written;
  }

  private synchronized void write(JsonNode line) {
    out.println(line);
    out.flush();
  }
}
