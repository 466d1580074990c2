package dev.lathe.text;

import dev.lathe.guides.GuideProgram;
import dev.lathe.guides.Page;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide to frameworks, where there is none; its program runs a real model. */
class TextGuideTest {
    @TempDir
    private Path folder;

    @Test
    void theGuideIsTrue() throws Exception {
        MiniLm.write(folder.resolve("all-MiniLM-L6-v2"));
        new ToyModel(Files.createDirectory(folder.resolve("toy-classifier")))
                .model(ToyModel.SUMS, "b, s")
                .file("config.json", "{\"id2label\": {\"0\": \"good\", \"1\": \"bad\"}}");
        GuideProgram.check(
                new Page("docs/guides/frameworks.md"),
                "Without a framework",
                folder,
                List.of("-classpath", System.getProperty("java.class.path")));
    }
}
