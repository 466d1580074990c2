package dev.lathe.peers;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.lathe.demo.Zoo;
import dev.lathe.tokenizers.Tokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.ToLongFunction;

/**
 * Lathe's tokenizers beside Hugging Face's own, on one thread and the same lines, both in turns. Times are processor
 * time of the thread, the best of the turns. Each side is asked for the ids alone.
 */
public final class TokenizerBench {
    private static final int LINES = 4000;
    private static final int TURNS = 9;
    private static final List<String> WORDS = List.of(
            "the",
            "of",
            "and",
            "to",
            "in",
            "that",
            "is",
            "was",
            "for",
            "with",
            "bank",
            "rates",
            "government",
            "interest",
            "yesterday",
            "announced",
            "unexpectedly",
            "compiler",
            "optimization",
            "throughput",
            "neighbourhood",
            "Berlin",
            "don't",
            "it's",
            "3.14",
            "2026",
            "1,000",
            "e-mail",
            "Müller",
            "straße",
            "naïve",
            "café",
            "data-driven");
    private static final List<String> FOREIGN = List.of(
            "Здравствуйте, как дела сегодня?",
            "今日は天気がとても良いですね。",
            "中央银行昨天提高了利率。",
            "한국어 문장을 하나 더 씁니다.",
            "هذه جملة باللغة العربية.",
            "यह एक हिंदी वाक्य है।",
            "Η τράπεζα αύξησε τα επιτόκια.",
            "🙂 👍🏽 so nice 🎉");
    private static final List<String> CODE = List.of(
            "for (int i = 0; i < n; i++) { sum += values[i] * weights[i]; }",
                    "return Optional.ofNullable(map.get(key)).orElse(0);",
            "https://example.org/articles/2026/11?page=3&sort=desc",
                    "{\"name\": \"value\", \"list\": [1, 2, 3], \"ok\": true}");

    private TokenizerBench() {}

    /** @param args names of tokenizers in the {@link Zoo}, such as {@code LLAMA3_TOKENIZER}; all if there is none */
    public static void main(String[] args) throws IOException {
        List<Zoo> files = Arrays.stream(Zoo.values())
                .filter(z -> z.name().endsWith("_TOKENIZER"))
                .filter(z -> args.length == 0 || List.of(args).contains(z.name()))
                .toList();
        List<String> lines = lines();
        long characters = lines.stream().mapToLong(String::length).sum();
        System.out.printf(Locale.ROOT, "%,d lines, %,d characters, one thread%n%n", lines.size(), characters);
        System.out.println("| tokenizer | Lathe lines/s | Hugging Face lines/s | ratio | Lathe reads the file in |");
        System.out.println("|---|---:|---:|---:|---:|");
        for (Zoo file : files) {
            System.out.println(row(file, lines));
        }
    }

    private static String row(Zoo file, List<String> lines) throws IOException {
        byte[] json = Files.readAllBytes(file.fetch());
        long start = System.nanoTime();
        Tokenizer ours = Tokenizer.parse(json, file.fileName()).untruncated().unpadded();
        double reading = (System.nanoTime() - start) / 1e6;
        long theirs = reference(json);
        double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
        for (int turn = 0; turn < TURNS; turn++) {
            best[0] = Math.min(best[0], seconds(lines, line -> ours.encode(line).ids().length));
            best[1] = Math.min(best[1], seconds(lines, line -> ids(theirs, line)));
        }
        TokenizersLibrary.LIB.deleteTokenizer(theirs);
        return String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %.1f | %.0f ms |",
                file.title().replace("-tokenizer", ""),
                lines.size() / best[0],
                lines.size() / best[1],
                best[1] / best[0],
                reading);
    }

    private static long reference(byte[] json) throws IOException {
        // The library is loaded with the first tokenizer that DJL makes.
        String smallest = "{\"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}}";
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(smallest.getBytes(StandardCharsets.UTF_8)), null)
                .close();
        long handle = TokenizersLibrary.LIB.createTokenizerFromString(new String(json, StandardCharsets.UTF_8));
        TokenizersLibrary.LIB.disableTruncation(handle);
        TokenizersLibrary.LIB.disablePadding(handle);
        return handle;
    }

    private static long ids(long tokenizer, String line) {
        long encoding = TokenizersLibrary.LIB.encode(tokenizer, line, true);
        long count = TokenizersLibrary.LIB.getTokenIds(encoding).length;
        TokenizersLibrary.LIB.deleteEncoding(encoding);
        return count;
    }

    private static double seconds(List<String> lines, ToLongFunction<String> encode) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime();
        long tokens = 0;
        for (String line : lines) {
            tokens += encode.applyAsLong(line);
        }
        long end = threads.getCurrentThreadCpuTime();
        if (tokens == 0) {
            throw new IllegalStateException("no token");
        }
        return (end - start) / 1e9;
    }

    private static List<String> lines() {
        SplittableRandom random = new SplittableRandom(7);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < LINES; i++) {
            StringBuilder line = new StringBuilder();
            for (int s = random.nextInt(1, 5); s > 0; s--) {
                int kind = random.nextInt(8);
                if (kind == 0) {
                    line.append(FOREIGN.get(random.nextInt(FOREIGN.size())));
                } else if (kind == 1) {
                    line.append(CODE.get(random.nextInt(CODE.size())));
                } else {
                    sentence(line, random);
                }
                line.append(' ');
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static void sentence(StringBuilder line, SplittableRandom random) {
        int start = line.length();
        for (int w = random.nextInt(5, 16); w > 0; w--) {
            line.append(WORDS.get(random.nextInt(WORDS.size())));
            if (random.nextInt(12) == 0) {
                line.append((char) ('a' + random.nextInt(26))).append((char) ('a' + random.nextInt(26)));
            }
            line.append(w == 1 ? "." : " ");
        }
        line.setCharAt(start, Character.toUpperCase(line.charAt(start)));
    }
}
