package dev.lathe.spark;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.Row;

/**
 * Computes something for rows, several at a time. It is sent to the executors, so it holds little; what is large it
 * takes from a {@link PerExecutor} or a {@link LatheModel}. Several threads may call it at a time.
 */
@FunctionalInterface
public interface BatchFunction extends Serializable {
    /**
     * The values for each row, in the order of the rows. They must be what Spark has for the types of the columns that
     * the {@link BatchMapping} adds, such as a {@link Float} or, for an array, a {@code float[]}.
     *
     * @param rows at least one, with a schema
     * @return as many rows as were given
     * @throws RuntimeException if one of the rows is at fault; each is tried alone then
     */
    List<Row> call(List<Row> rows);

    /** Vectors for texts: the part of an embedder that {@link BatchMapping#ofTexts} takes. */
    @FunctionalInterface
    interface Texts extends Serializable {
        /** A vector for each text, in their order. */
        List<float[]> embed(List<String> texts);
    }
}
