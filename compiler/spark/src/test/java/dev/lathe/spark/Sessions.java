package dev.lathe.spark;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** What the tests run on. */
final class Sessions {
    private Sessions() {}

    /** A session without a web page, and with few tasks for a shuffle. */
    static SparkSession.Builder builder(String master) {
        return SparkSession.builder()
                .master(master)
                .appName("lathe")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.driver.host", "localhost")
                .config("spark.driver.bindAddress", "127.0.0.1");
    }

    /**
     * A session on a cluster of processes, {@code local-cluster[executors,cores,MB]}. Spark looks for its jars in
     * {@code $SPARK_HOME/jars}, which must be there; what executors run is the class path of this process.
     */
    static SparkSession cluster(String master) {
        return builder(master)
                .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .config("spark.executor.extraJavaOptions", "-XX:+UseSerialGC")
                .config("spark.executor.memory", master.replaceAll(".*,(\\d+)]", "$1") + "m")
                .config("spark.task.maxFailures", 8)
                .getOrCreate();
    }

    /** {@code y = relu(x * w)}, compiled to a jar. */
    static Path mlp(Path folder) {
        return jar(folder.resolve("mlp.jar"), """
            graph @mlp(%x: f32[batch, 3]) -> (y: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %h = mat_mul(%x, %w) : f32[batch, 2]
              %y = relu(%h) : f32[batch, 2]
              return %y
            }
            """);
    }

    static Path jar(Path file, String text) {
        try {
            Lathe.compile(IrText.parse(text), CompileOptions.standard()).write(file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
