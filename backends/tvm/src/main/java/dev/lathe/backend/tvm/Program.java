package dev.lathe.backend.tvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The kernels of a model. Those of equal text are one, whose comment names all the nodes that use it. */
final class Program {
    private static final int LINE = 116;
    /** The nodes that a comment names; the plan has all. */
    private static final int MOST_ORIGINS = 12;
    /** The nodes that a message names. */
    private static final int MOST_NAMED = 3;

    private static final String HEADER = """
        # Written by Lathe, in the words of TVM's script. Each kernel names the nodes of the model that it runs;
        # plan.txt has the steps. A call of a kernel runs the items from `first` on.
        """;

    private final Map<String, Kernel> byText = new LinkedHashMap<>();
    private final Map<String, List<String>> origins = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    /** The name of the kernel with these parameters and this body; {@code stem} begins it if it is new. */
    String define(String stem, List<Kernel.Parameter> parameters, Stmt body) {
        return byText.computeIfAbsent(
                        KernelText.of(parameters, body), _ -> new Kernel(unique(identifier(stem)), parameters, body))
                .name();
    }

    private String unique(String stem) {
        String name = stem;
        for (int i = 2; !names.add(name); i++) {
            name = stem + "_" + i;
        }
        return name;
    }

    /** What names a function: letters and digits of {@code text}. */
    static String identifier(String text) {
        String name = text.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_+|_+$", "");
        return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "k" + name : name;
    }

    /** Notes that a kernel runs {@code origin}. */
    void note(String kernel, String origin) {
        List<String> own = origins.computeIfAbsent(kernel, _ -> new ArrayList<>());
        if (!origin.isEmpty() && !own.contains(origin)) {
            own.add(origin);
        }
    }

    List<Kernel> kernels() {
        return List.copyOf(byText.values());
    }

    /** The nodes that a kernel runs, for messages. */
    String origins(String kernel) {
        List<String> all = Objects.requireNonNullElse(origins.get(kernel), List.of());
        return String.join(", ", all.subList(0, Math.min(MOST_NAMED, all.size())))
                + (all.size() > MOST_NAMED ? " and " + (all.size() - MOST_NAMED) + " more" : "");
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(HEADER);
        for (Kernel k : byText.values()) {
            s.append('\n')
                    .append(comment(origins.getOrDefault(k.name(), List.of())))
                    .append(k);
        }
        return s.toString();
    }

    private static String comment(List<String> origins) {
        StringBuilder s = new StringBuilder();
        String line = "#";
        List<String> words = new ArrayList<>(origins.subList(0, Math.min(MOST_ORIGINS, origins.size())));
        if (words.size() < origins.size()) {
            words.add("and " + (origins.size() - words.size()) + " more");
        }
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i).replaceAll("[^ -~]", "?") + (i < words.size() - 1 ? "," : "");
            if (line.length() + 1 + word.length() > LINE && line.length() > 1) {
                s.append(line).append('\n');
                line = "#";
            }
            line += " " + word;
        }
        return origins.isEmpty() ? "" : s.append(line).append('\n').toString();
    }
}
