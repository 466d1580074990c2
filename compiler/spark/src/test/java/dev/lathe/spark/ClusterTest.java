package dev.lathe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On executors that are processes of their own. */
@Timeout(1000)
class ClusterTest {
    @TempDir
    private Path folder;

    @Test
    void anExecutorThatIsKilledLosesNothing() throws Exception {
        Path jar = Sessions.mlp(folder);
        Files.createDirectories(folder.resolve("spark/jars"));
        Files.createDirectories(folder.resolve("work"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                KilledExecutorProgram.class.getName(),
                "local-cluster[2,1,512]",
                jar.toString(),
                "8000",
                folder.resolve("killed").toString()));
        Path out = folder.resolve("out.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.resolve("work").toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("SPARK_HOME", folder.resolve("spark").toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("SPARK_LOCAL_DIRS", folder.resolve("local").toString());
        Process driver = builder.start();
        try {
            assertThat(driver.waitFor(900, TimeUnit.SECONDS)).isTrue();
        } finally {
            driver.descendants().forEach(ProcessHandle::destroyForcibly);
            driver.destroyForcibly();
        }
        // 8000 rows, each once and right. How many processes computed them is up to Spark, which repeats what one had.
        assertThat(Files.readString(out)).containsPattern("rows \\[8000,8000,8000,[1-9]] by 8 tasks, killed true");
    }
}
