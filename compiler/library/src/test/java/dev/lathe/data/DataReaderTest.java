package dev.lathe.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.compress.Dataset;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataReaderTest {
    private static final Dim N = Dim.symbol("n");

    @TempDir
    private Path folder;

    private static Graph graph(String[] names, TensorType... types) {
        Builder b = Builder.graph("g");
        List<Value> inputs = new java.util.ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            inputs.add(b.input(names[i], types[i]));
        }
        return b.build(inputs, List.of(names));
    }

    private static Graph graph(Dim... dims) {
        return graph(new String[] {"x"}, new TensorType(ElementType.F32, Shape.of(dims)));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path idx(String name, boolean packed, byte[] elements, int... dims) throws IOException {
        Path file = folder.resolve(name);
        try (OutputStream raw = Files.newOutputStream(file);
                OutputStream out = packed ? new GZIPOutputStream(raw) : raw) {
            out.write(new byte[] {0, 0, 8, (byte) dims.length});
            for (int d : dims) {
                out.write(new byte[] {0, 0, (byte) (d >> 8), (byte) d});
            }
            out.write(elements);
        }
        return file;
    }

    @Test
    void imagesOfIdxFilesWithTheLabelsBesideThem() throws IOException {
        byte[] pixels = new byte[3 * 2 * 2];
        Arrays.fill(pixels, 4, 8, (byte) 255);
        for (boolean packed : new boolean[] {false, true}) {
            String end = packed ? ".gz" : "";
            Path images = idx("t-images-idx3-ubyte" + end, packed, pixels, 3, 2, 2);
            idx("t-labels-idx1-ubyte" + end, packed, new byte[] {7, 8, 9}, 3);
            Dataset data =
                    DataReader.of(graph(N, Dim.ONE, Dim.of(2), Dim.of(2))).read(images);
            assertThat(data.size()).isEqualTo(3);
            assertThat(data.sample(1)).isEqualTo(Map.of("x", Tensor.of(new float[] {1, 1, 1, 1}, 1, 1, 2, 2)));
            assertThat(data.labels(1)).contains(Tensor.vector(8));
            assertThat(data.first(2).labels(1)).contains(Tensor.vector(8));
        }
        // Whatever is open is as large as the images; a row takes all of their pixels.
        Path images = folder.resolve("t-images-idx3-ubyte");
        assertThat(Tensor.named(DataReader.of(graph(N, Dim.of(4))).read(images).sample(0), "x")
                        .dims())
                .containsExactly(1, 4);
        assertThat(Tensor.named(
                                DataReader.of(graph(N, N, Dim.symbol("h"), Dim.ONE))
                                        .read(images)
                                        .sample(0),
                                "x")
                        .dims())
                .containsExactly(1, 2, 2, 1);
        assertThat(DataReader.of(graph(Dim.of(2), Dim.of(4))).read(images).labels(0))
                .contains(Tensor.vector(7, 8));
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(5))).read(images))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("do not fit the input \"x\"");
    }

    @Test
    void brokenIdxFilesAreTold() throws IOException {
        Graph g = graph(N, Dim.of(4));
        assertThatThrownBy(() -> DataReader.of(g).read(idx("a-ubyte", false, new byte[3], 1, 2, 2)))
                .hasMessageContaining("it is cut off");
        assertThatThrownBy(() -> DataReader.of(g).read(write("b-ubyte", "no idx file at all")))
                .hasMessageContaining("is no idx file of bytes");
        assertThatThrownBy(() -> DataReader.of(g).read(write("c-ubyte.gz", "not packed")))
                .hasMessageContaining("cannot be read as idx");
        assertThatThrownBy(() -> DataReader.of(g).read(idx("d-ubyte", false, new byte[0], 0, 2, 2)))
                .hasMessageContaining("has no sample");
    }

    @Test
    void aFolderOfImagesForEachClass() throws IOException {
        for (String name : List.of("cat/1.png", "cat/2.png", "dog/1.png")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
        }
        Dataset data = DataReader.of(graph(N, Dim.of(3), Dim.of(2), Dim.of(2))).read(folder);
        assertThat(data.size()).isEqualTo(3);
        // One of each class in turn.
        assertThat(List.of(data.labels(0), data.labels(1), data.labels(2)))
                .extracting(l -> l.orElseThrow().getLong(0))
                .containsExactly(0L, 1L, 0L);
        assertThat(Tensor.named(data.sample(2), "x").dims()).containsExactly(1, 3, 2, 2);
        Files.move(folder.resolve("cat"), folder.resolve("5"));
        Files.move(folder.resolve("dog"), folder.resolve("3"));
        assertThat(DataReader.of(graph(N, Dim.of(3), Dim.of(2), Dim.of(2)))
                        .read(folder)
                        .labels(0))
                .contains(Tensor.vector(3));
    }

    @Test
    void tables() throws IOException {
        Path csv = write("iris.csv", """
            width,"length, in cm",label
            1,2.5,rose
            3,-4e1,"aster"
            """);
        Dataset data = DataReader.of(graph(N, Dim.of(2))).read(csv);
        assertThat(data.sample(1)).isEqualTo(Map.of("x", Tensor.of(new float[] {3, -40}, 1, 2)));
        assertThat(data.labels(0)).contains(Tensor.vector(1));
        assertThat(data.labels(1)).contains(Tensor.vector(0));
        Path two = write("two.csv", "b,a\n1,red\n2,blue\n");
        Graph inputs = graph(
                new String[] {"a", "b"},
                new TensorType(ElementType.STRING, Shape.of(N, Dim.ONE)),
                new TensorType(ElementType.I64, Shape.of(N)));
        assertThat(DataReader.of(inputs).read(two).sample(1))
                .isEqualTo(Map.of("a", Tensor.ofStrings(new String[] {"blue"}, 1, 1), "b", Tensor.vector(2)));
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(3))).read(csv))
                .hasMessageContaining("2 columns of numbers");
        assertThatThrownBy(
                        () -> DataReader.of(graph(N, Dim.of(2))).labels("kind").read(csv))
                .hasMessageContaining("no column \"kind\"");
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(2))).read(write("x.csv", "1,2\n3,x\n")))
                .hasMessageContaining("line 2: \"x\" in column 2 is no number");
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(2))).read(write("y.csv", "1,2\n3\n")))
                .hasMessageContaining("has 1 columns");
    }

    @Test
    void textsBecomeTokens() throws IOException {
        write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n");
        Path texts = write("texts.txt", "Hello world\n\nhello\n");
        TensorType tokens = new TensorType(ElementType.I64, Shape.of(N, Dim.symbol("t")));
        Graph bert = graph(new String[] {"input_ids", "attention_mask", "token_type_ids"}, tokens, tokens, tokens);
        Dataset data = DataReader.of(bert).read(texts);
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.sample(0))
                .isEqualTo(Map.of(
                        "input_ids", Tensor.of(new long[] {2, 4, 5, 3}, 1, 4),
                        "attention_mask", Tensor.of(new long[] {1, 1, 1, 1}, 1, 4),
                        "token_type_ids", Tensor.of(new long[4], 1, 4)));
        // A fixed length is filled up, and the mask tells.
        TensorType fixed = new TensorType(ElementType.I32, Shape.of(Dim.of(2), Dim.of(3)));
        Graph batch = graph(new String[] {"ids", "mask"}, fixed, fixed);
        Path json = write("tokenizer.json", """
            {"model": {"type": "WordPiece", "vocab": {"[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "hello": 4,
             "w\\u006frld": 5}, "x": [1, -2.5e3, true, null, {}, []]},
             "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}}
            """);
        Map<String, ?> sample = DataReader.of(batch).tokenizer(json).read(texts).sample(0);
        assertThat(sample.get("ids")).isEqualTo(Tensor.of(new int[] {2, 4, 3, 2, 4, 3}, 2, 3));
        assertThat(sample.get("mask")).isEqualTo(Tensor.of(new int[] {1, 1, 1, 1, 1, 1}, 2, 3));
        Graph words = graph(new String[] {"s"}, new TensorType(ElementType.STRING, Shape.of(N)));
        assertThat(DataReader.of(words).read(texts).sample(1))
                .isEqualTo(Map.of("s", Tensor.ofStrings(new String[] {"hello"}, 1)));
        Path lonely = Files.createDirectory(folder.resolve("lonely")).resolve("t.txt");
        Files.writeString(lonely, "hello");
        assertThatThrownBy(() -> DataReader.of(bert).read(lonely)).hasMessageContaining("--tokenizer");
        assertThatThrownBy(() -> DataReader.of(bert)
                        .tokenizer(write("bad.json", "{\"a\" 1}"))
                        .read(texts))
                .hasMessageContaining("at byte 5: expected \":\"");
    }

    @Test
    void arraysWithLabels() throws IOException {
        Path safe = folder.resolve("a.safetensors");
        SafeTensors.write(Map.of("x", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), "labels", Tensor.vector(5, 6)), safe);
        Dataset data = DataReader.of(graph(N, Dim.of(2))).read(safe);
        assertThat(data.sample(1)).isEqualTo(Map.of("x", Tensor.of(new float[] {3, 4}, 1, 2)));
        assertThat(data.labels(1)).contains(Tensor.vector(6));
        Path npy = folder.resolve("a.npy");
        Npy.write(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2), npy);
        assertThat(DataReader.of(graph(N, Dim.of(2)))
                        .labels(write("l.txt", "3\n4\n").toString())
                        .read(npy)
                        .labels(1))
                .contains(Tensor.vector(4));
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(2)))
                        .labels(write("m.txt", "3\nfour\n").toString())
                        .read(npy))
                .hasMessageContaining("line 2: \"four\" is no label");
        assertThatThrownBy(() -> DataReader.of(graph(N, Dim.of(2)))
                        .labels(write("n.txt", "3\n").toString())
                        .read(npy))
                .hasMessageContaining("no integer for each of 2 samples");
    }

    @Test
    void anArrayIsTakenByItsNameIfItHasOne() {
        Graph g = graph(N, Dim.of(2));
        Tensor rows = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2);
        Path unnamed = folder.resolve("unnamed.safetensors");
        SafeTensors.write(Map.of("arr_0", rows), unnamed);
        assertThat(DataReader.of(g).read(unnamed).sample(1)).containsOnlyKeys("x");
        Path other = folder.resolve("other.safetensors");
        SafeTensors.write(Map.of("pixels", rows), other);
        assertThatThrownBy(() -> DataReader.of(g).read(other))
                .hasMessageContaining("no array for input \"x\"; its arrays are named \"pixels\"");
    }

    @Test
    void whatIsNoDataIsTold() throws IOException {
        Graph g = graph(N, Dim.of(2));
        assertThatThrownBy(() -> DataReader.of(g).read(folder.resolve("nowhere.npz")))
                .hasMessageContaining("there is no file or folder");
        assertThatThrownBy(() -> DataReader.of(g).read(Files.createDirectory(folder.resolve("empty"))))
                .hasMessageContaining("there is no file in");
        assertThatThrownBy(() -> DataReader.of(g)
                        .read(Files.write(folder.resolve("a.parquet"), "x".getBytes(StandardCharsets.UTF_8))))
                .hasMessageContaining("no known format");
    }
}
