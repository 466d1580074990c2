package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.guides.Page.Block;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the program of the guide to text, and compares what it prints with what the page says. */
class TextGuideTest {
    @TempDir
    private Path folder;

    @Test
    void thePageIsTrue() throws Exception {
        Files.writeString(folder.resolve("vocab.txt"), """
            [PAD]
            [UNK]
            [CLS]
            [SEP]
            [MASK]
            interest
            rate
            ##s
            ,
            again
            !
            """);
        GuideProgram program = new GuideProgram();
        List<Block> blocks = new Page("docs/guides/text.md").blocks();
        Block java = blocks.stream()
                .filter(b -> b.language().equals("java"))
                .findFirst()
                .orElseThrow();
        Block text = blocks.stream()
                .filter(b -> b.language().equals("text"))
                .findFirst()
                .orElseThrow();
        program.add(java);
        assertThat(program.run(folder, List.of("-classpath", EmbedderClassPath.text())))
                .singleElement()
                .asString()
                .isEqualToIgnoringWhitespace(text.text());
    }
}
