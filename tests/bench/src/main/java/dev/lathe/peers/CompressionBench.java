package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Cure;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Metric;
import dev.lathe.compress.Pruning;
import dev.lathe.compress.Quantization;
import dev.lathe.compress.Strategy;
import dev.lathe.compress.StructuredPruning;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.passes.prune.Importance;
import dev.lathe.passes.prune.WeightImportance;
import dev.lathe.passes.quantize.Ranges;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What compression makes of a model: bytes of its file, parameters, how near its results are on data that it has not
 * seen, and how many times as fast it is. Times are processor times of one thread, in turns with the original.
 *
 * <pre>{@code
 * CompressionBench lines|pages|sentences|fashion|NETWORK [--data PATH] [--save FOLDER] [--train STEPS] [--untimed]
 *     [WAY ...]
 * }</pre>
 *
 * <p>{@code lines} and {@code pages} are drawn, for the models that read text; the figures of the guide are those of
 * the font DejaVu. {@code sentences} are the definitions and examples of Debian's package {@code wordnet-base} in
 * {@code /usr/share/wordnet}, for MiniLM. {@code fashion} is a small network, which is
 * trained the first time, for the images of Debian's package {@code dataset-fashion-mnist} in
 * {@code /usr/share/datasets/fashion-mnist}; with {@code --train}, compressed models whose weights are floats are also
 * trained again. A {@code NETWORK} is one of {@link Network}: random weights on noise.
 *
 * <p>A way is {@code MODE[BITS[/BLOCK]][/RANGES][:CURE+CURE]} of quantization, {@code zeros50%[/NAMES][:IMPORTANCE]} of
 * single weights, {@code blocks50%[/NAMES][:IMPORTANCE]} of blocks of 1×32, or
 * {@code channels50%[:IMPORTANCE|repair]}. {@code NAMES} is a part of the names of weights or of nodes that use them,
 * of which those of attention are left as they are: {@code zeros90%/dense} is 90 % of the MLPs of a transformer.
 */
public final class CompressionBench {
    /** Rounds to warm up with, or seconds if these are over before: the JVM compiles each step of both models. */
    private static final int WARM_UP = 2000;

    private static final double WARM_UP_SECONDS = 20;
    private static final int LEAST_ROUNDS = 5;
    private static final double SECONDS = 5;
    private static final Pattern WAY =
            Pattern.compile("(?<kind>[a-z]+?)(?<number>[0-9.]+%?)?(?:/(?<more>[a-z0-9-]+))?(?::(?<extra>.+))?");
    private static final String ATTENTION = "*attention*";
    private static final List<Metric> METRICS = List.of(Metric.COSINE, Metric.WORST_COSINE);

    private CompressionBench() {}

    public static void main(String[] arguments) throws IOException {
        System.setProperty("java.awt.headless", "true");
        List<String> rest = new ArrayList<>(Arrays.asList(arguments));
        String name = rest.removeFirst();
        Optional<Path> data = option(rest, "--data").map(Path::of);
        Optional<Path> save = option(rest, "--save").map(Path::of);
        int steps = option(rest, "--train").map(Integer::parseInt).orElse(0);
        boolean timed = !rest.remove("--untimed");
        Subject subject = Subject.of(name, data);
        if (steps > 0 && subject.training().isEmpty()) {
            throw new IllegalArgumentException("there are no images to train " + name + " with");
        }
        Compressor start = Compressor.of(subject.model()).data(subject.data());
        System.out.println("| way | MB | parameters | mean cosine | least | " + subject.metric()
                + (steps > 0 ? " | after training" : "") + (timed ? " | times as fast |" : " |"));
        System.out.println("|---|---:|---:|---:|---:|---:|" + (steps > 0 ? "---:|" : "") + (timed ? "---:|" : ""));
        try (Executable original = load(start.original().graph())) {
            row(subject, "the model", start.original(), original, steps == 0 ? "" : " |", timed);
            for (String way : rest.isEmpty() ? subject.ways() : rest) {
                Strategy strategy = strategy(way, start);
                OptimizedModel small = start.then(strategy).run().model();
                if (save.isPresent()) {
                    small.writeOnnx(save.get().resolve(way.replaceAll("\\W+", "-") + ".onnx"), OptionalInt.empty());
                }
                String trained = steps == 0
                        ? ""
                        : trained(subject, small.graph(), original, steps)
                                .map(t -> String.format(Locale.ROOT, " %.4f |", t))
                                .orElse(" |");
                row(subject, "`" + strategy + "`", small, original, trained, timed);
            }
        }
    }

    private static Optional<String> option(List<String> arguments, String name) {
        int at = arguments.indexOf(name);
        if (at < 0) {
            return Optional.empty();
        }
        arguments.remove(at);
        return Optional.of(arguments.remove(at));
    }

    /** The score after more training, where all weights are floats. */
    private static Optional<Double> trained(Subject subject, Graph small, Executable original, int steps) {
        boolean floats = small.allNodes().stream()
                .noneMatch(n -> n.op() instanceof Constant(var t)
                        && t.size() > 1
                        && t.element().bits() < 32);
        return subject.training().filter(_ -> floats).map(training -> {
            try (Executable better = load(training.apply(small, steps))) {
                return compare(subject, original, better).getLast().after();
            }
        });
    }

    private static void row(
            Subject subject, String way, OptimizedModel model, Executable original, String trained, boolean timed)
            throws IOException {
        Path file = Files.createTempFile("compressed", ".onnx");
        model.writeOnnx(file, OptionalInt.empty());
        long bytes = Files.size(file);
        Files.delete(file);
        long parameters = model.graph().allNodes().stream()
                .mapToLong(n -> n.op() instanceof Constant(var t) ? t.size() : 0)
                .sum();
        try (Executable small = load(model.graph())) {
            List<Metric.Score> scores = compare(subject, original, small);
            String ratio = timed ? String.format(Locale.ROOT, " %.2f |", ratio(original, small, subject.tests())) : "";
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.3f | %d | %.5f | %.5f | %.4f |%s%s%n",
                    way,
                    bytes / 1e6,
                    parameters,
                    scores.get(0).after(),
                    scores.get(1).after(),
                    scores.get(2).after(),
                    trained,
                    ratio);
        }
    }

    /** By the metrics of all, then by that of the subject. */
    private static List<Metric.Score> compare(Subject subject, Executable original, Executable small) {
        List<Metric.Meter> meters = new ArrayList<>();
        METRICS.forEach(m -> meters.add(m.start()));
        meters.add(subject.metric().start());
        Dataset tests = subject.tests();
        for (int i = 0; i < tests.size(); i++) {
            Map<String, ? extends Datum> inputs = tests.sample(i);
            Metric.Call call = new Metric.Call(original.run(inputs), small.run(inputs), tests.labels(i));
            meters.forEach(m -> m.add(call));
        }
        return meters.stream().map(Metric.Meter::score).toList();
    }

    /** The median of how many times as fast {@code small} is; both run the same call in turns. */
    private static double ratio(Executable original, Executable small, Dataset tests) {
        ThreadMXBean time = ManagementFactory.getThreadMXBean();
        long warm = System.nanoTime() + (long) (WARM_UP_SECONDS * 1e9);
        for (int i = 0; i < WARM_UP && System.nanoTime() < warm; i++) {
            Map<String, ? extends Datum> inputs = tests.sample(i % tests.size());
            original.run(inputs);
            small.run(inputs);
        }
        List<Double> ratios = new ArrayList<>();
        long end = System.nanoTime() + (long) (SECONDS * 1e9);
        for (int i = 0; i < LEAST_ROUNDS || System.nanoTime() < end; i++) {
            Map<String, ? extends Datum> inputs = tests.sample(i % tests.size());
            long begin = time.getCurrentThreadCpuTime();
            original.run(inputs);
            long middle = time.getCurrentThreadCpuTime();
            small.run(inputs);
            ratios.add((middle - begin) / (double) (time.getCurrentThreadCpuTime() - middle));
        }
        ratios.sort(null);
        return ratios.get(ratios.size() / 2);
    }

    private static Executable load(Graph graph) {
        return Lathe.compile(graph, CompileOptions.builder().threads(1).build()).load();
    }

    private static Strategy strategy(String way, Compressor compressor) {
        Matcher m = WAY.matcher(way);
        if (!m.matches()) {
            throw new IllegalArgumentException("no way: " + way);
        }
        Optional<String> number = Optional.ofNullable(m.group("number"));
        Optional<String> extra = Optional.ofNullable(m.group("extra"));
        double share =
                number.map(n -> Double.parseDouble(n.replace("%", "")) / 100).orElse(0.0);
        String kind = Objects.requireNonNull(m.group("kind"));
        return switch (kind) {
            case "zeros", "blocks" -> {
                Pruning pruning = kind.equals("zeros") ? Pruning.unstructured(share) : Pruning.blocks(1, 32, share);
                if (m.group("more") != null) {
                    pruning = pruning.only("*" + m.group("more") + "*").except(ATTENTION);
                }
                yield extra.isEmpty() ? pruning : pruning.by(WeightImportance.valueOf(name(extra.get())));
            }
            case "channels" -> {
                StructuredPruning pruning = StructuredPruning.channels(share);
                yield extra.map(e -> e.equals("repair") ? pruning.repaired() : pruning.by(Importance.valueOf(name(e))))
                        .orElse(pruning);
            }
            default -> {
                Optional<String> more = Optional.ofNullable(m.group("more"));
                boolean block = more.isPresent() && Character.isDigit(more.get().charAt(0));
                Quantization q = new Quantization(
                        Quantization.Mode.valueOf(name(kind)),
                        number.map(Integer::parseInt).orElse(8),
                        block ? Integer.parseInt(more.get()) : 0);
                q = block || more.isEmpty() ? q : q.ranges(Ranges.Method.valueOf(name(more.get())));
                if (extra.isEmpty()) {
                    yield q;
                }
                yield extra.get().equals("auto")
                        ? compressor.withCures(
                                q, c -> System.err.println(c.step() + " " + c.what() + " (" + c.why() + ")"))
                        : q.cures(Arrays.stream(extra.get().split("\\+"))
                                .map(c -> Cure.of(c).orElseThrow(() -> new IllegalArgumentException(c)))
                                .toArray(Cure[]::new));
            }
        };
    }

    private static String name(String text) {
        return text.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
