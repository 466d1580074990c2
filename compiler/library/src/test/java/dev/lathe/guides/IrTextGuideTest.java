package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.guides.Page.Block;
import dev.lathe.ir.Graph;
import dev.lathe.ir.text.Printer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The texts on the page about IR text are IR text. */
class IrTextGuideTest {
    @Test
    void theBlocksAreRead() throws IOException {
        List<String> texts = new Page("docs/guides/ir-text.md")
                .blocks().stream()
                        .map(Block::text)
                        .filter(t -> t.contains("graph @"))
                        .toList();
        assertThat(texts).hasSize(3);
        for (String text : texts) {
            Graph graph = IrText.parse(text);
            String printed = Printer.print(graph);
            assertThat(Printer.print(IrText.parse(printed))).isEqualTo(printed);
        }
    }
}
