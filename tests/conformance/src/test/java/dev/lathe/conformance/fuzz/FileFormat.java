package dev.lathe.conformance.fuzz;

import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.frontend.text.IrText;
import dev.lathe.frontend.text.PipelineText;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.TensorLiteral;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.ShapeText;
import dev.lathe.runtime.input.SymbolSizes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** What Lathe reads, with examples to change. */
enum FileFormat {
    /** Models, followed through the passes, printed and read again. */
    ONNX(List.of()) {
        @Override
        List<byte[]> examples(Path folder) {
            List<byte[]> all = new ArrayList<>(SampleModels.suites());
            all.add(SampleModels.functions());
            graphs(EXAMPLES).forEach(g -> {
                try {
                    all.add(OnnxExporter.bytes(g));
                } catch (LatheException e) {
                    // an op that ONNX does not have
                }
            });
            return all;
        }

        // As bytes, or as a model.
        @Override
        byte[] changed(Random random, List<byte[]> examples) {
            return random.nextBoolean()
                    ? super.changed(random, examples)
                    : new ModelMutator(random).next(examples.get(random.nextInt(examples.size())));
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            return List.of(OnnxImporter.read(bytes, folder));
        }
    },

    /** IR text, likewise. */
    LIR(List.of(
            "%x",
            "@",
            "[",
            "]",
            "(",
            ")",
            "{",
            "}",
            "<",
            ">",
            "=",
            ":",
            ",",
            "*",
            "+",
            "-",
            "\"",
            "_",
            "graph",
            "return",
            "constant",
            "f32",
            "i64",
            "i4",
            "f8e8m0",
            "c64",
            "string",
            "seq<",
            "optional<",
            "floor(",
            "max(",
            "n",
            "0",
            "1",
            "-1",
            "99999999999",
            "1e400",
            "nan_7fc00001",
            "inf",
            "at \"x\"(Add-13)",
            "axis=",
            "\n",
            "// ",
            "\\u0000",
            "é")) {
        @Override
        List<byte[]> examples(Path folder) {
            return graphs(EXAMPLES).map(g -> text(Printer.print(g))).toList();
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            return IrText.parseAll(new String(bytes, StandardCharsets.UTF_8), folder);
        }
    },

    NPY(List.of(
            "'descr'",
            "'<f4'",
            "'|S9'",
            "'>i8'",
            "'fortran_order'",
            "True",
            "'shape'",
            "(",
            ")",
            ",",
            "-1",
            "99999999999")) {
        @Override
        List<byte[]> examples(Path folder) {
            return tensors()
                    .flatMap(t -> {
                        try {
                            return Stream.of(Npy.bytes(t));
                        } catch (LatheException e) {
                            return Stream.of(); // an element type that NumPy does not have
                        }
                    })
                    .toList();
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            Npy.read(bytes);
            return List.of();
        }
    },

    SAFETENSORS(List.of(
            "\"dtype\"",
            "\"F32\"",
            "\"shape\"",
            "\"data_offsets\"",
            "[",
            "]",
            "{",
            "}",
            ":",
            ",",
            "-1",
            "1e3",
            "99999999999")) {
        @Override
        List<byte[]> examples(Path folder) {
            Path file = folder.resolve("x.safetensors");
            List<byte[]> all = new ArrayList<>();
            tensors().filter(t -> SafeTensors.isStorable(t.element())).forEach(t -> {
                SafeTensors.write(Map.of("x", t, "y", t), file);
                all.add(bytes(file));
            });
            return all;
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            SafeTensors.read(file(folder, "x.safetensors", bytes));
            return List.of();
        }
    },

    /** Tensors of ONNX's test directories. */
    PB(List.of()) {
        @Override
        List<byte[]> examples(Path folder) {
            return tensors().map(t -> OnnxTensors.write(t, "x")).toList();
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            OnnxTensors.readTensor(file(folder, "x.pb", bytes));
            return List.of();
        }
    },

    /** Inputs and shapes on a command line. */
    ARGUMENTS(List.of(
            "x=",
            "s=",
            "n=",
            "[",
            "]",
            ",",
            "random",
            "true",
            "null",
            "\"a\"",
            "nan",
            "-0.0",
            "1e999",
            "x",
            "-",
            "2x3",
            "99999999999")) {
        private static final List<Port> PORTS = List.of(
                new Port("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(2)))),
                new Port("s", TensorType.of(ElementType.STRING, Shape.of(Dim.symbol("n")))));

        @Override
        List<byte[]> examples(Path folder) {
            return Stream.of(
                            "x=[[1,2],[3.5,-4e-3]]",
                            "x=random",
                            "s=[\"a\",\"\\u00e9\\n\"]",
                            "n=4",
                            "x=1x2",
                            "[true,false]",
                            "[[],[]]",
                            "x=missing.npy")
                    .map(FileFormat::text)
                    .toList();
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            List<Runnable> ways = List.of(
                    () -> new InputValues(PORTS, _ -> InputRole.ANY).read(List.of(text)),
                    () -> SymbolSizes.of(PORTS, Map.of(), ShapeText.parse(List.of(text))),
                    () -> TensorLiteral.parse(text, ElementType.F16),
                    () -> TensorLiteral.parse(text, ElementType.U4),
                    () -> TensorLiteral.parse(text, ElementType.STRING));
            ways.forEach(FileFormat::tolerant);
            return List.of();
        }
    },

    PIPELINE(List.of("canonicalize", "quantize", "{", "}", "=", ",", "mode", "\"", "a.npz", "-", "1.5", "static")) {
        @Override
        List<byte[]> examples(Path folder) {
            return Stream.of(
                            "canonicalize,fuse-conv-batch-norm,quantize{mode=static,calibration=data.npz}",
                            "a{b=\"c d\",e=1.5}",
                            "")
                    .map(FileFormat::text)
                    .toList();
        }

        @Override
        List<Graph> read(byte[] bytes, Path folder) {
            PipelineText.parse(new String(bytes, StandardCharsets.UTF_8));
            return List.of();
        }
    };

    private static final int EXAMPLES = 150;

    final List<String> words;

    FileFormat(List<String> words) {
        this.words = words;
    }

    /** One of {@code examples}, changed. */
    byte[] changed(Random random, List<byte[]> examples) {
        return new Mutator(random, examples, words).next();
    }

    /** Files of this format. */
    abstract List<byte[]> examples(Path folder);

    /**
     * Reads a file.
     *
     * @return the graphs that it holds, to {@link #follow}
     * @throws LatheException if it is not right
     */
    abstract List<Graph> read(byte[] bytes, Path folder);

    /** The graph holds what the verifier asks, goes through the passes, and is the same when it is read again. */
    static void follow(Graph graph) {
        Verifier.require(graph);
        String text = Printer.print(graph);
        if (!text.contains("constant @")) {
            String again = Printer.print(IrText.parse(text));
            if (!again.equals(text)) {
                throw new AssertionError("printed and read again it is " + again + ", not " + text);
            }
        }
        Graph after = PassManager.run(graph, Pipelines.canonical(OptimizationLevel.O2), PassContext.standard());
        Verifier.require(after);
    }

    private static void tolerant(Runnable way) {
        try {
            way.run();
        } catch (LatheException e) {
            FileFuzzer.requireReason(e);
        }
    }

    private static Stream<Graph> graphs(int n) {
        return Stream.iterate(0L, seed -> seed + 1)
                .limit(n)
                .map(seed -> GraphGenerator.sample(seed).graph())
                .filter(g -> Printer.print(g).length() < 6000);
    }

    private static Stream<Tensor> tensors() {
        Random random = new Random(1);
        return Stream.of(ElementType.values())
                .flatMap(e -> Stream.of(new long[] {}, new long[] {3}, new long[] {2, 0, 3}, new long[] {2, 5})
                        .map(dims -> {
                            Tensor t = Tensor.zeros(e, dims);
                            for (long i = 0; i < t.size() && !e.isComplex(); i++) {
                                if (e.isString()) {
                                    t.setString(i, "s" + i);
                                } else {
                                    t.setBits(
                                            i,
                                            random.nextLong()
                                                    & (1L << Math.min(62, e.bits())) - 1
                                                    & (e.isBool() ? 1 : -1));
                                }
                            }
                            return t;
                        }));
    }

    private static byte[] text(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path file(Path folder, String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
