package dev.lathe.backend.tensorrt;

import dev.lathe.backend.SizeRange;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The optimization profiles of an engine: which shapes inputs have, from the least to the largest. */
record Profiles(List<Profile> all) {

    /**
     * The shapes of the inputs whose sizes only a run tells, by name, and the numbers of those that {@linkplain
     * #isValues are sizes} themselves.
     */
    record Profile(Map<String, List<Long>> min, Map<String, List<Long>> opt, Map<String, List<Long>> max) {}

    /**
     * Those that options give, of a graph's inputs. A shape that is not given is that of {@code opt}.
     *
     * @throws LatheException {@code usage.option} if a shape cannot be read or is missing, or does not fit its input
     */
    static Profiles of(TensorRtOptions options, Graph graph) {
        List<Map<String, List<Long>>> opt = parse("opt-shapes", options.optShapes());
        List<Map<String, List<Long>>> min = parse("min-shapes", options.minShapes());
        List<Map<String, List<Long>>> max = parse("max-shapes", options.maxShapes());
        int count = Math.max(opt.size(), Math.max(min.size(), max.size()));
        List<Profile> all = new ArrayList<>();
        List<Value> open = open(graph);
        for (int i = 0; i < Math.max(count, open.isEmpty() ? 0 : 1); i++) {
            Map<String, List<Long>> tuned = at(opt, i, at(max, i, at(min, i, Map.of())));
            Profile p = new Profile(at(min, i, tuned), tuned, at(max, i, tuned));
            for (Value v : open) {
                fits(v, p);
            }
            all.add(p);
        }
        for (Profile p : all) {
            for (String name : p.opt.keySet()) {
                Optional<Value> values = graph.inputs().stream()
                        .filter(v -> v.name().equals(name) && isValues(v.type()))
                        .findFirst();
                values.ifPresent(v -> haveCount(v, p));
                if (values.isEmpty() && open.stream().noneMatch(v -> v.name().equals(name))) {
                    throw usage(
                            "the model has no input \"" + name + "\" whose shape only a run tells",
                            "the shapes are for "
                                    + open.stream().map(Value::name).toList());
                }
            }
        }
        return new Profiles(List.copyOf(all));
    }

    /**
     * The options with the profile that ranges of symbols mean.
     *
     * @throws LatheException {@code usage.range} if shapes are given, too, or no input has such a symbol
     */
    static TensorRtOptions inRanges(TensorRtOptions options, Map<String, SizeRange> ranges, Graph graph) {
        if (ranges.isEmpty()) {
            return options;
        }
        if (!(options.minShapes() + options.optShapes() + options.maxShapes()).isEmpty()) {
            throw range("there are ranges of sizes and shapes of profiles", "give one of them");
        }
        Set<String> symbols = new TreeSet<>();
        List<Value> open = open(graph);
        open.forEach(v -> v.tensorType().shape().dims().forEach(d -> d.collectSymbols(symbols)));
        for (String name : ranges.keySet()) {
            if (!symbols.contains(name)) {
                throw range(
                        "no input has a dimension " + name,
                        Suggestion.of(name, symbols) + "those that a run tells are " + symbols);
            }
        }
        symbols.removeAll(ranges.keySet());
        if (!symbols.isEmpty()) {
            throw range("there is no range for " + String.join(", ", symbols), "give one, or fix it with --shape");
        }
        return options.withShapes(
                shapes(open, d -> d.evaluate(s -> size(ranges, s).least())),
                shapes(open, d -> d.evaluate(s -> size(ranges, s).usual())),
                shapes(open, d -> d.evaluate(s -> size(ranges, s).most())));
    }

    /**
     * Whether an input may be sizes, of which TensorRT must know the range, too: integers, few of which are known to be
     * so many. A profile that names it has its numbers in place of a shape, as trtexec has them.
     */
    static boolean isValues(Type type) {
        return type instanceof TensorType t
                && t.isRanked()
                && t.rank() <= 1
                && t.shape().isStatic()
                && (t.element() == ElementType.I32 || t.element() == ElementType.I64);
    }

    private static void haveCount(Value v, Profile p) {
        long count = v.tensorType().shape().elements().constant();
        for (Map<String, List<Long>> all : List.of(p.min, p.opt, p.max)) {
            List<Long> given = all.get(v.name());
            if (given == null || given.size() != count) {
                throw usage(
                        "the numbers " + given + " do not fit input \"" + v.name() + "\" of " + v.type(),
                        "give " + count + " with x between them");
            }
        }
    }

    /**
     * The options for a part of a graph: the shapes of its inputs follow from those of the whole. An expression of
     * several sizes is least and largest where each of them is.
     *
     * @throws LatheException {@code usage.option} if a shape of the whole is missing
     */
    static TensorRtOptions ofPart(TensorRtOptions options, Graph whole, Graph part) {
        List<Value> open = open(part);
        if (open.isEmpty()) {
            return options.withShapes("", "", "");
        }
        List<String> min = new ArrayList<>();
        List<String> opt = new ArrayList<>();
        List<String> max = new ArrayList<>();
        for (Profile p : of(options, whole).all) {
            Map<String, SizeRange> sizes = sizes(whole, p);
            min.add(shapes(open, d -> corners(d, sizes).min().orElseThrow()));
            opt.add(shapes(open, d -> d.evaluate(s -> size(sizes, s).usual())));
            max.add(shapes(open, d -> corners(d, sizes).max().orElseThrow()));
        }
        return options.withShapes(String.join(";", min), String.join(";", opt), String.join(";", max));
    }

    private static List<Value> open(Graph graph) {
        return graph.inputs().stream()
                .filter(v -> v.type() instanceof TensorType t
                        && t.isRanked()
                        && !t.shape().isStatic())
                .toList();
    }

    private static SizeRange size(Map<String, SizeRange> sizes, String symbol) {
        return Objects.requireNonNull(sizes.get(symbol), symbol);
    }

    /** The sizes that are axes of inputs, as a profile has them. */
    private static Map<String, SizeRange> sizes(Graph whole, Profile p) {
        Map<String, SizeRange> sizes = new HashMap<>();
        for (Value v : open(whole)) {
            for (int i = 0; i < v.tensorType().rank(); i++) {
                Dim d = v.tensorType().dim(i);
                if (d.isSymbol()) {
                    sizes.put(d.symbolName(), new SizeRange(at(p.min, v, i), at(p.opt, v, i), at(p.max, v, i)));
                }
            }
        }
        return sizes;
    }

    private static long at(Map<String, List<Long>> shapes, Value v, int axis) {
        return Objects.requireNonNull(shapes.get(v.name()), v.name()).get(axis);
    }

    /** The most symbols of which all ends are tried together. */
    private static final int MOST_SYMBOLS = 12;

    /** What an expression is where each size is the least or the largest. */
    private static LongStream corners(Dim d, Map<String, SizeRange> sizes) {
        Set<String> names = new TreeSet<>();
        d.collectSymbols(names);
        List<String> all = List.copyOf(names).subList(0, Math.min(names.size(), MOST_SYMBOLS));
        return LongStream.range(0, 1L << all.size())
                .map(corner -> d.evaluate(s -> {
                    int i = all.indexOf(s);
                    SizeRange range = size(sizes, s);
                    return i < 0 ? range.usual() : (corner >> i & 1) == 0 ? range.least() : range.most();
                }));
    }

    private static String shapes(List<Value> inputs, ToLongFunction<Dim> size) {
        return inputs.stream()
                .map(v -> v.name() + ":"
                        + v.tensorType().shape().dims().stream()
                                .map(d -> String.valueOf(size.applyAsLong(d)))
                                .collect(Collectors.joining("x")))
                .collect(Collectors.joining(","));
    }

    private static LatheException range(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.range", what, fix)));
    }

    private static Map<String, List<Long>> at(List<Map<String, List<Long>>> all, int i, Map<String, List<Long>> other) {
        return i < all.size() && !all.get(i).isEmpty() ? all.get(i) : other;
    }

    private static void fits(Value v, Profile p) {
        List<Dim> dims = v.tensorType().shape().dims();
        List<Long> min = p.min.get(v.name());
        List<Long> opt = p.opt.get(v.name());
        List<Long> max = p.max.get(v.name());
        if (min == null || opt == null || max == null) {
            throw usage(
                    "input \"" + v.name() + "\" is " + v.type() + ", and TensorRT must know which sizes it may have",
                    "give --range for its symbols, or --opt-shapes " + v.name() + ":"
                            + "1x".repeat(Math.max(dims.size() - 1, 0))
                            + "1, and min-shapes and max-shapes if they differ, or fix its shape with --shape");
        }
        for (int i = 0; i < dims.size() || i < opt.size(); i++) {
            boolean there = i < dims.size() && i < min.size() && i < opt.size() && i < max.size();
            if (!there
                    || min.get(i) > opt.get(i)
                    || opt.get(i) > max.get(i)
                    || dims.get(i).isConstant() && !dims.get(i).isConstant(opt.get(i))) {
                throw usage(
                        "the shapes " + min + ", " + opt + ", " + max + " do not fit input \"" + v.name() + "\" of "
                                + v.type(),
                        "give as many sizes as it has axes, from the least to the largest");
            }
        }
    }

    /** {@code x:1x3x224x224,y:1;x:8x3x224x224,y:8}. */
    private static List<Map<String, List<Long>>> parse(String option, String text) {
        List<Map<String, List<Long>>> all = new ArrayList<>();
        if (text.isBlank()) {
            return all;
        }
        for (String profile : text.split(";", -1)) {
            Map<String, List<Long>> shapes = new LinkedHashMap<>();
            for (String part : profile.split(",")) {
                int colon = part.lastIndexOf(':');
                try {
                    shapes.put(
                            part.substring(0, colon).strip(),
                            Arrays.stream(part.substring(colon + 1).strip().split("x"))
                                    .map(Long::valueOf)
                                    .toList());
                } catch (StringIndexOutOfBoundsException | NumberFormatException e) {
                    throw usage(
                            "\"" + part + "\" of " + option + " is no shape of an input",
                            "write --" + option + " name:1x3x224x224");
                }
            }
            all.add(shapes);
        }
        return all;
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.option", what, fix)));
    }
}
