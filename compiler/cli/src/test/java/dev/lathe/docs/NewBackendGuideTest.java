package dev.lathe.docs;

import dev.lathe.guides.Page;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The guide to targets shows the files of its example, all of them, which the build compiles and tests. */
class NewBackendGuideTest {
    @Test
    void thePageShowsTheFiles() throws IOException {
        new Example(new Page("docs/guides/new-backend.md"), Page.root().resolve("tests/examples/new-backend"))
                .assertShown();
    }
}
