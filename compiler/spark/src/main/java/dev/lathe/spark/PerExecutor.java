package dev.lathe.spark;

import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * Something that is made of bytes once in each executor, and shared by all its tasks: a model, the vocabulary of a
 * tokenizer. The bytes reach each executor once. What equal bytes and equal kinds make is one object, also for several
 * jobs and applications of one JVM.
 */
public final class PerExecutor<T> implements Serializable {
    private static final long serialVersionUID = 1;

    /** Makes it. */
    @FunctionalInterface
    public interface Maker<T> extends Serializable {
        T make(byte[] bytes);
    }

    private final Broadcast<byte[]> bytes;
    private final String key;
    private final Maker<T> maker;

    private PerExecutor(Broadcast<byte[]> bytes, String key, Maker<T> maker) {
        this.bytes = bytes;
        this.key = key;
        this.maker = maker;
    }

    /**
     * Sends bytes to the executors.
     *
     * @param kind says what is made of them: equal for makers that make the same of equal bytes
     * @param maker is called in the executors; makes something that several threads may use
     */
    public static <T> PerExecutor<T> of(SparkSession spark, byte[] bytes, String kind, Maker<T> maker) {
        Broadcast<byte[]> sent =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(bytes);
        return new PerExecutor<>(sent, kind + " " + sha256(bytes), maker);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }

    /** The one of this JVM; made if it is not there. */
    public T get() {
        return ExecutorCache.get(key, () -> maker.make(bytes.value()));
    }
}
