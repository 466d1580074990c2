package dev.lathe.conformance.tokenizers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Files of random components and options are read and refused as the reference does, and say the same of texts. */
class RandomFilesTest {
    private static final int FILES = Integer.getInteger("lathe.tokenizers.files", 300);
    private static final int LINES_OF_EACH = 12;

    @Test
    void everyComponentDoesWhatTheReferenceDoes() {
        for (int seed = 0; seed < FILES; seed++) {
            byte[] json = new RandomFiles(seed).next();
            String name = "file " + seed;
            Tokenizer tokenizer = read(json, name);
            try (HuggingFace reference = new HuggingFace(json)) {
                assertThat(tokenizer).as(name).isNotNull();
                compare(tokenizer, reference, seed);
            } catch (RuntimeException refused) {
                assertThat(tokenizer).as("%s is refused: %s", name, refused).isNull();
            } catch (AssertionError e) {
                throw new AssertionError(name + ": " + new String(json, StandardCharsets.UTF_8), e);
            }
        }
    }

    private static @Nullable Tokenizer read(byte[] json, String name) {
        try {
            return Tokenizer.parse(json, name);
        } catch (LatheException e) {
            return null;
        }
    }

    private static void compare(Tokenizer tokenizer, HuggingFace reference, int seed) {
        Comparison comparison = new Comparison(tokenizer, reference);
        RandomLines lines = new RandomLines(seed);
        String before = "";
        List<String> kept = new ArrayList<>(); // of a refused one among several, the reference makes a crash
        for (int i = 0; i < LINES_OF_EACH; i++) {
            String line = lines.next();
            Comparison.same(comparison.encode(line), line);
            Optional<String> pair = comparison.encodePair(before, line);
            Comparison.same(pair, before + " | " + line);
            before = line;
            if (!comparison.refuses(line)) {
                kept.add(line);
            }
        }
        Comparison.same(comparison.encodeAll(kept), kept.toString());
    }
}
