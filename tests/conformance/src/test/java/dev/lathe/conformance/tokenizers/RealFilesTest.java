package dev.lathe.conformance.tokenizers;

import dev.lathe.conformance.models.Models;
import dev.lathe.demo.Zoo;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokenizers of real models say what the reference says, of many random lines. */
class RealFilesTest {
    private static final int LINES = Integer.getInteger("lathe.tokenizers.lines", 400);

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_ALL, names = ".*_TOKENIZER")
    void tokensPlacesMasksAndTextAreThoseOfTheReference(Zoo file) throws IOException {
        byte[] json = Files.readAllBytes(Models.file(file));
        Tokenizer tokenizer = Tokenizer.parse(json, file.fileName());
        try (HuggingFace reference = new HuggingFace(json)) {
            Comparison comparison = new Comparison(tokenizer, reference);
            RandomLines lines = new RandomLines(file.name().hashCode());
            List<String> few = new ArrayList<>();
            for (int i = 0; i < LINES; i++) {
                String line = lines.next();
                Comparison.same(comparison.encode(line), line);
                few.add(line);
                if (few.size() == 8) {
                    Comparison.same(
                            comparison.encodePair(few.getFirst(), few.getLast()),
                            few.getFirst() + " | " + few.getLast());
                    Comparison.same(comparison.encodeAll(few), few.toString());
                    few.clear();
                }
            }
        }
    }
}
