package dev.lathe.spark;

import dev.lathe.Lathe;
import dev.lathe.data.WordPiece;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Sentences to vectors with all-MiniLM-L6-v2, a measurement and no test. Arguments: a master, or {@code none} for this
 * process without Spark; the model's jar; its tokenizer.json; how many sentences.
 */
final class SentencesProgram {
    private static final int BATCH = 32;
    private static final List<String> WORDS = List.of(
            ("bank rate price house river boat music guitar cat dog kitten window sun rain night street car train"
                            + " ticket the a of with for and raised plays sleeps went near old new small loud warm")
                    .split(" "));

    private SentencesProgram() {}

    private static String sentence(long id) {
        Random random = new Random(id);
        StringBuilder s = new StringBuilder();
        for (int words = 4 + random.nextInt(5); words > 0; words--) {
            s.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return s.toString();
    }

    /** The mean of the hidden states, scaled to length 1, as the model's authors say. */
    private static List<float[]> embed(Executable model, WordPiece tokenizer, List<String> texts) {
        List<int[]> tokens = texts.stream().map(t -> tokenizer.encode(t, 128)).toList();
        int batch = texts.size();
        int length = tokens.stream().mapToInt(t -> t.length).max().orElse(1);
        long[] ids = new long[batch * length];
        long[] mask = new long[batch * length];
        for (int b = 0; b < batch; b++) {
            for (int t = 0; t < tokens.get(b).length; t++) {
                ids[b * length + t] = tokens.get(b)[t];
                mask[b * length + t] = 1;
            }
        }
        Tensor hidden = Tensor.named(
                model.call(Map.of(
                        "input_ids", Tensor.of(ids, batch, length),
                        "attention_mask", Tensor.of(mask, batch, length),
                        "token_type_ids", Tensor.of(new long[ids.length], batch, length))),
                "last_hidden_state");
        int width = (int) hidden.dim(2);
        List<float[]> vectors = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            float[] mean = new float[width];
            for (int t = 0; t < tokens.get(b).length; t++) {
                for (int i = 0; i < width; i++) {
                    mean[i] += hidden.getFloat(((long) b * length + t) * width + i);
                }
            }
            double norm = 0;
            for (float m : mean) {
                norm += (double) m * m;
            }
            for (int i = 0; i < width; i++) {
                mean[i] /= (float) Math.sqrt(norm);
            }
            vectors.add(mean);
        }
        return vectors;
    }

    private static WordPiece tokenizer(byte[] json) {
        try {
            Path file = Files.createTempFile("tokenizer", ".json");
            try {
                Files.write(file, json);
                return WordPiece.read(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[1]);
        byte[] json = Files.readString(Path.of(args[2])).getBytes(StandardCharsets.UTF_8);
        int count = Integer.parseInt(args[3]);
        if (args[0].equals("none")) {
            WordPiece tokenizer = tokenizer(json);
            try (Executable model = Lathe.open(jar).load()) {
                long start = System.nanoTime();
                for (int at = 0; at < count; at += BATCH) {
                    List<String> texts = new ArrayList<>();
                    for (int i = at; i < Math.min(count, at + BATCH); i++) {
                        texts.add(sentence(i));
                    }
                    embed(model, tokenizer, texts);
                }
                report("one process", count, start);
            }
            return;
        }
        try (SparkSession spark = Sessions.cluster(args[0])) {
            LatheModel model = LatheModel.broadcast(spark, jar);
            PerExecutor<WordPiece> tokenizer = PerExecutor.of(spark, json, "WordPiece", SentencesProgram::tokenizer);
            BatchFunction.Texts embedder = texts -> embed(model.executable(), tokenizer.get(), texts);
            BatchMapping embed =
                    BatchMapping.ofTexts("text", "vector", embedder).batchSize(BATCH);
            Dataset<Row> texts = spark.range(0, count, 1, Math.max(4, count / 2000))
                    .map((MapFunction<Long, String>) SentencesProgram::sentence, Encoders.STRING())
                    .toDF("text");
            embed.apply(texts.limit(64)).count();
            long start = System.nanoTime();
            Row row = embed.apply(texts)
                    .selectExpr(
                            "count(*)", "min(size(vector))", "max(abs(1 - aggregate(vector, 0D, (s, v) -> s + v * v)))")
                    .first();
            report(args[0], count, start);
            System.out.println("rows, least size, largest difference of a length from 1: " + row);
            List<Row> some = embed.apply(texts.limit(100)).collectAsList();
            double worst = some.stream()
                    .map(r -> {
                        float[] alone = embed(model.executable(), tokenizer.get(), List.of(r.getString(0)))
                                .getFirst();
                        List<Float> spread = r.getList(1);
                        double d = 0;
                        for (int i = 0; i < alone.length; i++) {
                            d = Math.max(d, Math.abs(alone[i] - spread.get(i)));
                        }
                        return d;
                    })
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            System.out.println("largest difference of 100 vectors from those computed alone: " + worst);
        }
    }

    private static void report(String what, int count, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT, "%s: %d sentences in %.1f s, %.0f a second%n", what, count, seconds, count / seconds);
    }
}
