package dev.lathe.conformance.fuzz;

import java.util.Optional;

/**
 * Fuzzes without end: {@code GraphFuzzer [first seed] [seconds]}. Each failure is shrunk and printed as IR text, with the seed that makes it
 * again.
 */
public final class GraphFuzzer {
    private GraphFuzzer() {}

    public static void main(String[] args) {
        long seed = args.length > 0 ? Long.parseLong(args[0]) : System.nanoTime();
        long seconds = args.length > 1 ? Long.parseLong(args[1]) : Long.MAX_VALUE / 2_000_000_000L;
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        long graphs = 0;
        long failures = 0;
        for (; System.nanoTime() < end; seed++) {
            graphs++;
            Optional<String> problem = failure(seed);
            if (problem.isPresent()) {
                failures++;
                System.out.println(problem.get());
            }
            if (graphs % 100 == 0) {
                System.out.println("# " + graphs + " graphs, " + failures + " failures, next seed " + (seed + 1));
            }
        }
        System.out.println("# " + graphs + " graphs, " + failures + " failures");
    }

    /** What is wrong with the graph of {@code seed}, shrunk; empty if nothing is. */
    static Optional<String> failure(long seed) {
        Sample sample = GraphGenerator.sample(seed);
        return Differential.difference(sample, seed).map(first -> {
            String kind = kind(first);
            Sample small = Shrinker.shrink(
                    sample,
                    s -> Differential.difference(s, seed)
                            .filter(d -> kind(d).equals(kind))
                            .isPresent());
            return "seed " + seed + ": " + Differential.difference(small, seed).orElse(first) + "\n" + small.graph()
                    + "  inputs " + small.inputs();
        });
    }

    /** The way of running that fails, and how: the words before the details. */
    private static String kind(String difference) {
        return difference.replaceAll("(?s)[:\\[].*", "").replaceAll(" threads.*", "");
    }
}
