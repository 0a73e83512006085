package io.qtasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README compiles, and does what it says. */
@Timeout(60)
class ReadmeTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("```java Example.java\n(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  @BeforeEach
  void compile() throws IOException {
    Matcher example = EXAMPLE.matcher(Files.readString(Path.of("README.md")));
    assertTrue(example.find());
    Path source = Files.writeString(folder.resolve("Example.java"), example.group(1));
    int failed =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-Xlint:all,-processing",
                "-Werror",
                "-cp",
                System.getProperty("java.class.path"),
                source.toString());
    assertEquals(0, failed);
  }

  @Test
  void itRuns() throws Exception {
    try (Broker broker = Broker.start(folder)) {
      broker.startWorker("worker");
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      String classes = folder + ":" + System.getProperty("java.class.path");
      ProcessBuilder example =
          new ProcessBuilder(java, "-cp", classes, "Example").redirectErrorStream(true);
      example.environment().put("QTASKS_BROKER_URL", broker.url());
      Process running = example.start();
      List<String> lines = running.inputReader().lines().toList();
      assertEquals(List.of("3", "yielded 0", "yielded 1", "yielded 2"), lines);
      assertEquals(0, running.waitFor());
    }
  }
}
