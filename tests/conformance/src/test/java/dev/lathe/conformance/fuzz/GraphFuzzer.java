package dev.lathe.conformance.fuzz;

import dev.lathe.debug.Case;
import dev.lathe.debug.Reducer;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Fuzzes with graphs: {@code GraphFuzzer [quantized] [first seed] [graphs]}, without end if their number is not given.
 * Each failure is shrunk and printed as IR text, with the seed that makes it again.
 */
public final class GraphFuzzer {
    private GraphFuzzer() {}

    public static void main(String[] all) {
        boolean quantized = all.length > 0 && all[0].equals("quantized");
        String[] args = Arrays.copyOfRange(all, quantized ? 1 : 0, all.length);
        long first = args.length > 0 ? Long.parseLong(args[0]) : System.currentTimeMillis();
        long graphs = args.length > 1 ? Long.parseLong(args[1]) : Long.MAX_VALUE;
        long failures = 0;
        Tally tally = new Tally();
        for (long n = 1; n <= graphs; n++) {
            Optional<String> problem =
                    quantized ? quantizedFailure(first + n - 1, tally) : failure(first + n - 1, tally);
            if (problem.isPresent()) {
                failures++;
                System.out.println(problem.get());
            }
            if (n % 500 == 0 || n == graphs) {
                System.out.println("# " + n + " graphs, " + failures + " failures, next seed " + (first + n));
                System.out.print(tally);
            }
        }
        if (failures > 0) {
            System.exit(1);
        }
    }

    /** What is wrong with the graph of {@code seed}, shrunk; empty if nothing is. */
    static Optional<String> failure(long seed, Tally tally) {
        return failure(seed, GraphGenerator.sample(seed), tally);
    }

    /** As {@link #failure(long, Tally)}, for a graph of quantized numbers. */
    static Optional<String> quantizedFailure(long seed, Tally tally) {
        return failure(seed, GraphGenerator.quantized(seed), tally);
    }

    private static Optional<String> failure(long seed, Sample sample, Tally tally) {
        Differential.Compilation how = Differential.Compilation.of(seed);
        return Differential.difference(sample, how, tally).map(first -> {
            String kind = kind(first);
            Sample small = small(
                    sample,
                    s -> Differential.difference(s, how, new Tally())
                            .filter(d -> kind(d).equals(kind))
                            .isPresent());
            return "seed " + seed + ": "
                    + Differential.difference(small, how, new Tally()).orElse(first) + "\n"
                    + Printer.print(small.graph())
                    + "  inputs " + small.inputs();
        });
    }

    /** The smallest part that still fails. */
    private static Sample small(Sample sample, Predicate<Sample> fails) {
        List<Map<String, Datum>> inputs = new ArrayList<>();
        sample.inputs().forEach(i -> inputs.add(new LinkedHashMap<>(i)));
        Case small = Reducer.reduce(
                new Case(sample.graph(), inputs),
                c -> ofTensors(c, sample.extreme()).filter(fails).isPresent());
        return ofTensors(small, sample.extreme()).orElseThrow();
    }

    /** A case as a sample; none if an input is no tensor. */
    private static Optional<Sample> ofTensors(Case c, boolean extreme) {
        List<Map<String, Tensor>> inputs = new ArrayList<>();
        for (Map<String, Datum> set : c.inputs()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            set.forEach((name, value) -> {
                if (value instanceof Tensor t) {
                    tensors.put(name, t);
                }
            });
            if (tensors.size() < set.size()) {
                return Optional.empty();
            }
            inputs.add(tensors);
        }
        return Optional.of(new Sample(c.graph(), inputs, extreme));
    }

    /** The way of running that fails, and how: the words before the details. */
    private static String kind(String difference) {
        return difference.replaceAll("(?s)[:\\[].*", "").replaceAll(" threads.*", "");
    }
}
