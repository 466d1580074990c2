package dev.lathe.conformance.fuzz;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.SameBits;
import dev.lathe.demo.Zoo;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.input.RandomInputs;
import dev.lathe.runtime.input.SymbolSizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;

/**
 * Calls models again and again while the JIT compiles them, and holds each result against the first, bit for bit:
 * {@code RepeatFuzzer CALLS WHAT…}. Some calls have another beside them or before them that is cancelled at a random
 * moment. Each model is compiled with default and with strict numerics and loaded for one
 * thread and for two, and both must give the same. {@code WHAT} is a name of {@link Zoo}, a model, a folder with
 * models, or {@code graphs:FIRST:COUNT}, random graphs by their seeds. In a JVM that has just started, the first
 * calls are interpreted.
 */
public final class RepeatFuzzer {
    private static final int THREADS = 2;

    /** Of so many calls one comes with a cancelled one. */
    private static final int CANCELLED = 8;

    private final int calls;
    private int models;
    private int failures;

    private RepeatFuzzer(int calls) {
        this.calls = calls;
    }

    public static void main(String[] args) throws IOException {
        RepeatFuzzer fuzzer = new RepeatFuzzer(Integer.parseInt(args[0]));
        for (String what : List.of(args).subList(1, args.length)) {
            fuzzer.all(what);
        }
        System.out.println(fuzzer.models + " models, " + fuzzer.failures + " with results that change");
        if (fuzzer.failures > 0 || fuzzer.models == 0) {
            System.exit(1);
        }
    }

    private void all(String what) throws IOException {
        Optional<Zoo> zoo =
                Stream.of(Zoo.values()).filter(z -> z.name().equals(what)).findFirst();
        if (zoo.isPresent()) {
            Path unpacked = Path.of(
                    System.getProperty("lathe.test.models", ""), zoo.get().entry());
            file(
                    Files.isRegularFile(unpacked) ? unpacked : zoo.get().fetch(),
                    zoo.get().shapes());
        } else if (what.startsWith("graphs:")) {
            String[] parts = what.split(":", -1);
            long first = Long.parseLong(parts[1]);
            for (long seed = first; seed < first + Long.parseLong(parts[2]); seed++) {
                Sample sample = GraphGenerator.sample(seed);
                repeat("seed " + seed, sample.graph(), sample.inputs().getFirst());
            }
        } else {
            List<Path> files;
            try (Stream<Path> walk = Files.walk(Path.of(what))) {
                files = walk.filter(f -> f.toString().endsWith(".onnx"))
                        .sorted()
                        .toList();
            }
            for (Path file : files) {
                file(file, Map.of());
            }
        }
    }

    private void file(Path file, Map<String, Shape> shapes) {
        try {
            Graph graph = Lathe.read(file, shapes);
            List<Executable.Port> ports = new ArrayList<>();
            graph.inputs().forEach(v -> ports.add(new Executable.Port(v.name(), v.type())));
            RandomInputs random =
                    new RandomInputs(new InputRoles(graph)::of, SymbolSizes.of(ports, Map.of(), Map.of()), 1);
            Map<String, Datum> inputs = new LinkedHashMap<>();
            ports.forEach(port -> inputs.put(port.name(), random.value(port)));
            repeat(file.toString(), graph, inputs);
        } catch (LatheException e) {
            System.out.println(file + " does not run: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private void repeat(String name, Graph graph, Map<String, ? extends Datum> inputs) {
        models++;
        List<Running> all = new ArrayList<>();
        for (Numerics numerics : List.of(Numerics.DEFAULT, Numerics.STRICT)) {
            for (int threads = 1; threads <= THREADS; threads++) {
                CompileOptions options = CompileOptions.builder()
                        .numerics(numerics)
                        .threads(threads)
                        .build();
                Model model = Lathe.compile(graph, options);
                all.add(new Running(
                        model.load(),
                        numerics,
                        new Random(all.size()),
                        all.size() % THREADS == 0 ? Optional.empty() : Optional.of(all.getLast())));
            }
        }
        try {
            // In turns: what one compiles, all use.
            for (int call = 0; call < calls; call++) {
                for (Running running : all) {
                    Optional<String> difference = running.call(inputs);
                    if (difference.isPresent()) {
                        failures++;
                        System.out.println(name + ", " + running.numerics.name().toLowerCase(Locale.ROOT) + ", call "
                                + call + ": " + difference.get());
                        return;
                    }
                }
            }
        } finally {
            all.forEach(running -> running.executable.close());
        }
    }

    /** A loaded model and its first results, which are those of {@code twin} if there is one. */
    private static final class Running {
        private final Executable executable;
        private final Numerics numerics;
        private final Random random;
        private final Optional<Running> twin;
        private Optional<Map<String, Datum>> first = Optional.empty();
        private long nanos;

        Running(Executable executable, Numerics numerics, Random random, Optional<Running> twin) {
            this.executable = executable;
            this.numerics = numerics;
            this.random = random;
            this.twin = twin;
        }

        Optional<String> call(Map<String, ? extends Datum> inputs) {
            if (first.isEmpty() || random.nextInt(CANCELLED) > 0) {
                return alone(inputs);
            }
            Map<String, Datum> right = first.get();
            CancelledCall cancelled = new CancelledCall(executable, inputs, nanos, random);
            FutureTask<Optional<String>> other =
                    new FutureTask<>(() -> cancelled.problem(results -> SameBits.difference(right, results)));
            if (random.nextBoolean()) {
                other.run();
            } else {
                Thread.ofPlatform().daemon().start(other);
            }
            Optional<String> difference = alone(inputs);
            try {
                Optional<String> problem = other.get();
                return difference.or(() -> problem);
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }

        private Optional<String> alone(Map<String, ? extends Datum> inputs) {
            long start = System.nanoTime();
            Map<String, Datum> results = executable.run(inputs);
            nanos = System.nanoTime() - start;
            if (first.isEmpty()) {
                first = twin.isPresent() ? twin.get().first : Optional.of(results);
            }
            return SameBits.difference(first.orElseThrow(), results);
        }
    }
}
