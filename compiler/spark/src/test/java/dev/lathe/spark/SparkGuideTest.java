package dev.lathe.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.guides.Page;
import dev.lathe.guides.Page.Block;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java of the guide to Spark compiles, with what the page leaves to the reader declared around it. */
class SparkGuideTest {
    private static final String AROUND = """
        import dev.lathe.spark.*;
        import dev.lathe.text.TextEmbedder;
        import dev.lathe.tokenizers.Tokenizer;
        import java.nio.file.Path;
        import org.apache.spark.sql.*;

        class GuideNUMBER {
            static void block(SparkSession spark, Dataset<Row> flowers, Dataset<Row> sentences, byte[] jsonDECLARED)
                    throws Exception {
                BLOCK
            }
        }
        """;

    @TempDir
    private Path folder;

    @Test
    void itsBlocksCompile() throws IOException {
        List<Block> blocks = new Page("docs/guides/spark.md")
                .blocks().stream().filter(b -> b.language().equals("java")).toList();
        assertThat(blocks).hasSize(4);
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        for (int i = 0; i < blocks.size(); i++) {
            String text = blocks.get(i).text();
            // What a block before it has declared is there.
            String declared = text.contains("LatheModel model") ? "" : ", LatheModel model";
            String source = AROUND.replace("NUMBER", String.valueOf(i))
                    .replace("DECLARED", declared)
                    .replace("BLOCK", text);
            StringWriter problems = new StringWriter();
            boolean done = javac.getTask(
                            problems,
                            null,
                            null,
                            List.of(
                                    "-proc:none",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "-d",
                                    folder.toString()),
                            null,
                            List.of(source("Guide" + i, source)))
                    .call();
            assertThat(done).as(problems + "\n" + source).isTrue();
        }
    }

    private static JavaFileObject source(String name, String text) {
        return new SimpleJavaFileObject(URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }
}
