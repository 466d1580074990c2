package dev.lathe.spark;

import dev.lathe.Lathe;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.input.BatchAxis;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A compiled jar on every executor, where it is loaded once for all tasks. {@link BatchMapping#ofModel} runs it over
 * rows.
 *
 * <p>An input is a column of its name. Of an input {@code f32[batch]} a row holds a number; of {@code f32[batch, 3, 4]}
 * an array of 12, row-major; bytes may be {@code binary}. One further dimension may be of any size, such as the length
 * of a text: it follows from the length of the array, and rows of equal lengths are computed together. Outputs are
 * columns in the same form. A model without a batch, or whose rows are not independent, is called for each row.
 * Unsigned integers are columns of the next wider signed type; 16-bit floats are {@code float}.
 */
public final class LatheModel implements Serializable {
    private static final long serialVersionUID = 1;

    private final PerExecutor<Executable> executable;
    private final StructType outputColumns;
    private final String whyNoBatches;

    private LatheModel(PerExecutor<Executable> executable, StructType outputColumns, String whyNoBatches) {
        this.executable = executable;
        this.outputColumns = outputColumns;
        this.whyNoBatches = whyNoBatches;
    }

    /**
     * Reads a jar that {@code lathe compile} wrote, and sends it to the executors. The driver loads it too and calls it
     * some times, to find out whether rows may be computed together.
     *
     * @throws LatheException if it is no such jar, or its inputs and outputs are nothing that columns can hold
     */
    public static LatheModel broadcast(SparkSession spark, Path jar) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(jar);
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "spark.file", "the file " + jar + " cannot be read: " + e.getMessage(), "check the path"));
        }
        try (Executable model = Lathe.open(jar).load()) {
            ports(model.inputs());
            return new LatheModel(
                    PerExecutor.of(spark, bytes, "lathe model", LatheModel::load),
                    ports(model.outputs()),
                    BatchAxis.of(model).reason());
        }
    }

    private static StructType ports(List<Port> ports) {
        List<StructField> fields = new ArrayList<>();
        for (Port port : ports) {
            if (!(port.type() instanceof TensorType type) || !type.isRanked()) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "spark.port",
                                "\"" + port.name() + "\" is " + port.type() + ", which is no column",
                                "export the model with tensors of a known rank")));
            }
            fields.add(DataTypes.createStructField(port.name(), ColumnType.of(port.name(), type), true));
        }
        return new StructType(fields.toArray(StructField[]::new));
    }

    /**
     * Loads a jar from memory. Classes and weights are read from a file, so there is one for a moment: in the folder of
     * this executor, for its owner alone.
     */
    private static Executable load(byte[] bytes) {
        try {
            Path folder = Path.of(SparkFiles.getRootDirectory());
            boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
            Path file = posix
                    ? Files.createTempFile(
                            folder,
                            "lathe-",
                            ".jar",
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                    : Files.createTempFile(folder, "lathe-", ".jar");
            try {
                Files.write(file, bytes);
                // Tasks are as many as there are processors, so a call on its own thread is what each wants.
                return Lathe.open(file, LoadOptions.standard().withThreads(1)).load();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model of this JVM, loaded at the first call; for functions that run in executors. Nobody closes it. */
    public Executable executable() {
        return executable.get();
    }

    /** The outputs as columns. */
    public StructType outputColumns() {
        return outputColumns;
    }

    /** Why each row has a call of its own; empty if rows share calls. */
    public String whyNoBatches() {
        return whyNoBatches;
    }
}
