package dev.lathe.spark;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Adds columns to a dataset that a {@link BatchFunction} computes. The rows of a partition pass through, some at a
 * time: no partition is collected, and no more rows are read than batches are computed.
 *
 * {@snippet :
 * LatheModel model = LatheModel.broadcast(spark, Path.of("iris.jar"));
 * Dataset<Row> flowers = BatchMapping.ofModel(model).batchSize(256).apply(measurements);
 * }
 *
 * <p>Immutable: each option makes another mapping.
 *
 * @param function what is called
 * @param added the columns that it computes
 * @param batch the most rows of a call
 * @param inFlight batches of a partition that are computed at a time
 * @param errorColumn the column for what is wrong with a row; empty if that fails the task
 */
public record BatchMapping(BatchFunction function, StructType added, int batch, int inFlight, String errorColumn)
        implements Serializable {
    private static final int USUAL_BATCH = 32;

    public BatchMapping {
        Objects.requireNonNull(function, "function");
        if (batch < 1 || inFlight < 1) {
            throw new IllegalArgumentException("batches of " + batch + " rows, " + inFlight + " at a time");
        }
    }

    /** A mapping to these columns, in batches of 32 rows, one at a time; a row that fails fails its task. */
    public static BatchMapping of(StructType added, BatchFunction function) {
        return new BatchMapping(function, added, USUAL_BATCH, 1, "");
    }

    /**
     * The outputs of a model, as columns of their names, for its inputs, in columns of their names; see
     * {@link LatheModel} for types.
     */
    public static BatchMapping ofModel(LatheModel model) {
        return of(model.outputColumns(), new ModelFunction(model));
    }

    /** A column of vectors, {@code array<float>}, for a column of texts. */
    public static BatchMapping ofTexts(String texts, String vectors, BatchFunction.Texts embedder) {
        StructType added = new StructType(new StructField[] {
            DataTypes.createStructField(vectors, DataTypes.createArrayType(DataTypes.FloatType, false), true)
        });
        return of(added, rows -> {
            List<String> all = new ArrayList<>();
            for (Row row : rows) {
                String text = row.getAs(texts);
                if (text == null) {
                    throw SparkProblem.missing(texts);
                }
                all.add(text);
            }
            List<Row> results = new ArrayList<>();
            embedder.embed(all).forEach(vector -> results.add(RowFactory.create((Object) vector)));
            return results;
        });
    }

    /** With at most so many rows in a call. */
    public BatchMapping batchSize(int rows) {
        return new BatchMapping(function, added, rows, inFlight, errorColumn);
    }

    /**
     * With so many batches of a partition computed at a time, on threads of their own; 1 computes on the task's thread.
     * More pay where a task has several processors to itself.
     */
    public BatchMapping inFlight(int batches) {
        return new BatchMapping(function, added, batch, batches, errorColumn);
    }

    /**
     * With a further column, a string, that says what is wrong with a row, and is null where nothing is. A row that
     * fails has nulls in the added columns; those beside it are computed.
     */
    public BatchMapping errorColumn(String name) {
        return new BatchMapping(function, added, batch, inFlight, name);
    }

    /**
     * The rows with the added columns. Nothing is computed until Spark asks for it.
     *
     * @throws LatheException {@code spark.column} if a column of such a name is there
     */
    public Dataset<Row> apply(Dataset<Row> rows) {
        StructType schema = rows.schema();
        for (StructField field : columns().fields()) {
            if (Arrays.asList(schema.fieldNames()).contains(field.name())) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "spark.column",
                                "the dataset has a column " + field.name() + " already",
                                "rename or drop it first: withColumnRenamed, drop")));
            }
            schema = schema.add(field);
        }
        MapPartitionsFunction<Row, Row> function = partition -> BatchIterator.of(this, partition);
        return rows.mapPartitions(function, Encoders.row(schema));
    }

    /**
     * {@link #apply}, with the rows that failed apart. Both come from one computation; persist the dataset that it
     * starts from, or write {@link Separated#all} once, so that Spark does not repeat it.
     *
     * @throws IllegalStateException if no {@link #errorColumn} is named
     */
    public Separated separate(Dataset<Row> rows) {
        if (errorColumn.isEmpty()) {
            throw new IllegalStateException("name an error column first");
        }
        Dataset<Row> all = apply(rows);
        return new Separated(
                all,
                all.filter(all.col(errorColumn).isNull()).drop(errorColumn),
                all.filter(all.col(errorColumn).isNotNull()).drop(added.fieldNames()));
    }

    /**
     * Rows that were computed and rows that failed.
     *
     * @param all both, with all columns
     * @param computed those that were computed, without the error column
     * @param failed those that were not, with the error column
     */
    public record Separated(Dataset<Row> all, Dataset<Row> computed, Dataset<Row> failed) {}

    /**
     * Makes this a function of SQL, from a struct to a struct: {@code SELECT score(struct(*)).probabilities FROM t}.
     * SQL calls a function for one row at a time, so {@link #apply} is faster.
     */
    public void register(SparkSession spark, String name) {
        UDF1<Row, Row> one = row -> compute(List.of(row)).getFirst();
        spark.udf().register(name, one, columns());
    }

    /** The added columns, and that of errors. */
    StructType columns() {
        if (errorColumn.isEmpty()) {
            return added;
        }
        StructType all = new StructType();
        for (StructField field : added.fields()) {
            all = all.add(field.name(), field.dataType(), true, field.metadata());
        }
        return all.add(errorColumn, DataTypes.StringType, true);
    }

    /** The values of {@link #columns} for each row. */
    List<Row> compute(List<Row> rows) {
        try {
            List<Row> results = function.call(rows);
            if (results.size() != rows.size()) {
                throw new IllegalStateException("the function gave " + results.size() + " rows for " + rows.size());
            }
            return errorColumn.isEmpty()
                    ? results
                    : results.stream().map(r -> row(r, null)).toList();
        } catch (RuntimeException e) {
            if (errorColumn.isEmpty() || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            if (rows.size() == 1) {
                Object[] nothing = new Object[added.size()];
                return List.of(row(RowFactory.create(nothing), String.valueOf(e.getMessage())));
            }
            List<Row> results = new ArrayList<>();
            rows.forEach(row -> results.addAll(compute(List.of(row))));
            return results;
        }
    }

    private static Row row(Row values, @Nullable String error) {
        @Nullable Object[] all = new @Nullable Object[values.size() + 1];
        for (int i = 0; i < values.size(); i++) {
            all[i] = values.get(i);
        }
        all[values.size()] = error;
        return RowFactory.create(all);
    }
}
