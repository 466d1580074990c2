package dev.lathe.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;

/**
 * Runs a model on two executors, one of which is killed in the midst of it. Arguments: a master, the jar of
 * {@link Sessions#mlp}, how many rows, and a file that is not there yet. Prints what became of the rows.
 */
final class KilledExecutorProgram {
    private KilledExecutorProgram() {}

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[1]);
        long rows = Long.parseLong(args[2]);
        String marker = args[3];
        try (SparkSession spark = Sessions.cluster(args[0])) {
            LatheModel model = LatheModel.broadcast(spark, jar);
            BatchFunction score = new ModelFunction(model);
            // The first to come so far kills its own process, as kill -9 does.
            BatchFunction deadly = batch -> {
                if (batch.getLast().getLong(0) % 1000 > 700) {
                    killOnce(Path.of(marker));
                }
                List<Row> results = new ArrayList<>();
                for (Row row : score.call(batch)) {
                    results.add(RowFactory.create(
                            row.get(0), ProcessHandle.current().pid()));
                }
                return results;
            };
            Dataset<Row> data =
                    spark.range(0, rows, 1, 8).selectExpr("id", "array(float(id % 7), float(id % 5), 1f) as x");
            Dataset<Row> computed = BatchMapping.of(model.outputColumns().add("pid", DataTypes.LongType), deadly)
                    .batchSize(50)
                    .apply(data)
                    .cache();
            Row summary = computed.selectExpr(
                            "count(*)",
                            "count(DISTINCT id)",
                            "count_if(y[0] = id % 7 + 3 * (id % 5) + 5)",
                            "count(DISTINCT pid)")
                    .first();
            System.out.println("rows " + summary + " by " + computed.rdd().getNumPartitions() + " tasks, killed "
                    + Files.exists(Path.of(marker)));
        }
    }

    private static void killOnce(Path marker) {
        try {
            Files.createFile(marker);
            new ProcessBuilder(
                            "kill", "-9", String.valueOf(ProcessHandle.current().pid()))
                    .start()
                    .waitFor(30, TimeUnit.SECONDS);
        } catch (FileAlreadyExistsException e) {
            // somebody was killed already
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
