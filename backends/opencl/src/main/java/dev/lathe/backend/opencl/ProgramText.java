package dev.lathe.backend.opencl;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** An OpenCL C program in the making. Kernels of equal text are one, whose comment names all the nodes that use it. */
final class ProgramText {
    /** What stands for the name of a kernel or a function in the text that defines it. */
    static final String NAME = "@";

    private static final int LINE = 116;
    /** The nodes that a comment names; the plan has all. */
    private static final int MOST_ORIGINS = 12;

    private static final String HEADER = """
        // Written by Lathe. Each kernel names the nodes of the model that it runs; plan.txt has the launches.
        // A view is a buffer, as x, and the element where it starts, as x_at.
        #pragma OPENCL FP_CONTRACT OFF
        #ifdef cl_khr_fp64
        #pragma OPENCL EXTENSION cl_khr_fp64 : enable
        #endif
        #ifdef cl_khr_fp16
        #pragma OPENCL EXTENSION cl_khr_fp16 : enable
        #endif
        """;

    private record Definition(String name, String text, List<String> origins) {}

    private final Set<ScalarText.Function> functions = EnumSet.noneOf(ScalarText.Function.class);
    private final Map<String, Definition> byText = new LinkedHashMap<>();
    private final Map<String, Definition> byName = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    /** Expressions whose functions this program has. */
    ScalarText expressions() {
        return new ScalarText(functions, false);
    }

    /** The same, with arithmetic of halves where {@code halves} is true. */
    ScalarText expressions(boolean halves) {
        return new ScalarText(functions, halves);
    }

    /**
     * The name of the kernel or function with this text.
     *
     * @param stem what its name begins with, if it is new
     * @param text its definition, with {@link #NAME} for its name
     */
    String define(String stem, String text) {
        Definition known = byText.computeIfAbsent(
                text, t -> new Definition(unique(ClText.identifier(stem)), t, new ArrayList<>()));
        byName.put(known.name, known);
        return known.name;
    }

    private String unique(String stem) {
        String name = stem;
        for (int i = 2; !names.add(name); i++) {
            name = stem + "_" + i;
        }
        return name;
    }

    /** Notes that a kernel runs {@code origin}. */
    void note(String kernel, String origin) {
        List<String> origins = Objects.requireNonNull(byName.get(kernel)).origins;
        if (!origin.isEmpty() && !origins.contains(origin)) {
            origins.add(origin);
        }
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(HEADER);
        functions.forEach(f -> s.append('\n').append(f.text));
        for (Definition d : byText.values()) {
            s.append('\n').append(comment(d.origins)).append(d.text.replace(NAME, d.name));
        }
        return s.toString();
    }

    private static String comment(List<String> origins) {
        StringBuilder s = new StringBuilder();
        String line = "//";
        List<String> words = new ArrayList<>(origins.subList(0, Math.min(MOST_ORIGINS, origins.size())));
        if (words.size() < origins.size()) {
            words.add("and " + (origins.size() - words.size()) + " more");
        }
        for (int i = 0; i < words.size(); i++) {
            String word = ClText.comment(words.get(i)) + (i < words.size() - 1 ? "," : "");
            if (line.length() + 1 + word.length() > LINE && line.length() > 2) {
                s.append(line).append('\n');
                line = "//";
            }
            line += " " + word;
        }
        return origins.isEmpty() ? "" : s.append(line).append('\n').toString();
    }

    /** The parameters of a kernel, in lines, behind {@code kernel void NAME}. */
    static String parameters(List<String> all) {
        String one = "(" + String.join(", ", all) + ")";
        if (one.length() <= 70) {
            return one;
        }
        StringBuilder s = new StringBuilder("(");
        String line = "";
        for (int i = 0; i < all.size(); i++) {
            String word = all.get(i) + (i < all.size() - 1 ? "," : ")");
            if (line.isEmpty() || 8 + line.length() + 1 + word.length() > LINE) {
                s.append(line).append("\n        ");
                line = word;
            } else {
                line += " " + word;
            }
        }
        return s.append(line).toString();
    }

    /** Lines at a depth. */
    static String lines(int depth, List<String> lines) {
        return lines.stream().map(l -> "    ".repeat(depth) + l + "\n").collect(Collectors.joining());
    }
}
