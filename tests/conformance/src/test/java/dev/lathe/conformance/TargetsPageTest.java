package dev.lathe.conformance;

import dev.lathe.guides.Page;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The page of targets says what each does with each op. All targets are on the class path here. */
class TargetsPageTest {

    @Test
    void whatRunsEachOp() throws IOException {
        new Page("docs/reference/targets.md").checkChapter("What runs each op", TargetsPage.chapter());
    }
}
