package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real broker with its storage in a folder, and Python workers: {@code qtasks} on PATH. */
final class Broker implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("qtasks broker on [^ ]*:(\\d+),.*");

  private final Path folder;
  private final List<Process> workers = new ArrayList<>();
  private Process process;
  private String port = "0";

  private Broker(Path folder) {
    this.folder = folder;
  }

  /** Starts one; the test is skipped where there is none, unless CI is set. */
  static Broker start(Path folder) throws IOException {
    boolean there =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "qtasks")));
    String missing = "no qtasks on PATH: tests with a broker are left out";
    if (System.getenv("CI") != null) {
      assertTrue(there, missing);
    } else if (!there) {
      System.err.println(missing);
    }
    assumeTrue(there, missing);
    Broker broker = new Broker(folder);
    broker.start();
    return broker;
  }

  /** Starts it (again), on the same port and storage. */
  void start() throws IOException {
    String storage = "sqlite:///" + folder.resolve("tasks.db");
    process = qtasks("serve", "--port", port, "--storage", storage).start();
    port = awaitLine(process, READY).group(1);
  }

  /** Kills it, as a crash would. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  String url() {
    return "grpc://127.0.0.1:" + port;
  }

  /** Starts a worker; returns when the broker has it. */
  Process startWorker(String id) throws IOException {
    try (InputStream served = Broker.class.getResourceAsStream("/served.py")) {
      Files.write(folder.resolve("served.py"), served.readAllBytes());
    }
    Process worker =
        qtasks("-A", "served:app", "--broker", url(), "run", "--worker-id", id).start();
    workers.add(worker);
    awaitLine(worker, Pattern.compile(".*worker connected.*"));
    return worker;
  }

  private ProcessBuilder qtasks(String... arguments) {
    List<String> command = new ArrayList<>(List.of("qtasks"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
  }

  private static Matcher awaitLine(Process process, Pattern wanted) throws IOException {
    BufferedReader lines = process.inputReader();
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher found = wanted.matcher(line);
      if (found.matches()) {
        // The rest is read too, so that the process never waits for a reader.
        Thread drain = new Thread(() -> lines.lines().forEach(rest -> {}));
        drain.setDaemon(true);
        drain.start();
        return found;
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("it ended and said:\n" + said);
  }

  @Override
  public void close() {
    workers.forEach(worker -> worker.destroyForcibly().onExit().join());
    kill();
  }
}
