package dev.lathe.spark;

import dev.lathe.Lathe;
import dev.lathe.ir.Executable;
import dev.lathe.text.TextEmbedder;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
    private static final int MOST_TOKENS = 128;
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

    private static TextEmbedder embedder(Executable model, byte[] tokenizer) {
        return TextEmbedder.builder(model, Tokenizer.parse(tokenizer, "tokenizer.json"))
                .maxTokens(MOST_TOKENS)
                .normalized(true)
                .build();
    }

    public static void main(String[] args) throws IOException {
        Path jar = Path.of(args[1]);
        byte[] json = Files.readString(Path.of(args[2])).getBytes(StandardCharsets.UTF_8);
        int count = Integer.parseInt(args[3]);
        if (args[0].equals("none")) {
            try (Executable model = Lathe.open(jar).load();
                    TextEmbedder embedder = embedder(model, json)) {
                long start = System.nanoTime();
                for (int at = 0; at < count; at += BATCH) {
                    List<String> texts = new ArrayList<>();
                    for (int i = at; i < Math.min(count, at + BATCH); i++) {
                        texts.add(sentence(i));
                    }
                    embedder.embedAll(texts);
                }
                report("one process", count, start);
            }
            return;
        }
        try (SparkSession spark = Sessions.cluster(args[0])) {
            LatheModel model = LatheModel.broadcast(spark, jar);
            PerExecutor<TextEmbedder> embedder =
                    PerExecutor.of(spark, json, "TextEmbedder", bytes -> embedder(model.executable(), bytes));
            BatchFunction.Texts vectors =
                    texts -> embedder.get().embedAll(texts).vectors();
            BatchMapping embed = BatchMapping.ofTexts("text", "vector", vectors).batchSize(BATCH);
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
                        float[] alone = embedder.get().embed(r.getString(0));
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
