package dev.lathe.cli;

import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.SizeRange;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.Options;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What to compile for, and how hard to try. */
final class TargetFlags {
    @Option(
            names = "--target",
            paramLabel = "TARGET",
            description =
                    "Where the model runs: java, reference (slow and obviously right), or another that `lathe doctor`"
                            + " lists. Default: java.")
    private List<String> targets = new ArrayList<>();

    @Option(
            names = {"-T", "--target-option"},
            paramLabel = "NAME=VALUE",
            description = "An option that the target alone has, also as a flag: --NAME VALUE, or --NAME for what is"
                    + " true or false. `lathe doctor` lists them. Repeatable.")
    private List<String> targetOptions = new ArrayList<>();

    /** What flags of {@link TargetOptionFlags} say. */
    private final Map<String, String> flags = new LinkedHashMap<>();

    @Option(
            names = "--range",
            paramLabel = "SYMBOL=MIN..OPT..MAX",
            description =
                    "The sizes that a symbolic dimension will have, such as batch=1..8..32 or batch=1..32, for targets"
                            + " that must know: tensorrt. Repeatable.")
    private Map<String, String> ranges = new LinkedHashMap<>();

    @Option(
            names = "--allow-fallback",
            description = "Let target java run the nodes that the target cannot, and say which; without it they are an"
                    + " error. What is compiled then is a .jar that holds the parts of both.")
    private boolean allowFallback;

    @Option(
            names = "-O",
            paramLabel = "0|1|2|3",
            converter = Level.class,
            description = "How much to optimize, written as -O0 to -O3. Default: -O2.")
    private List<OptimizationLevel> levels = new ArrayList<>();

    @Option(
            names = "--numerics",
            paramLabel = "strict|default|fast",
            description = "How far results may move: with strict no sum is regrouped, with fast factors of products are"
                    + " rounded to bf16 where the target and the processor multiply these. Default: default.")
    private List<Numerics> numerics = new ArrayList<>();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of one inference; 0, the default, for one per processor.")
    private int threads;

    /**
     * The target.
     *
     * @throws LatheException {@code usage.target} if several are given
     */
    String target() {
        if (targets.size() > 1) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.target",
                            "this is for one target, and there are " + String.join(", ", targets),
                            "name one; `lathe bench` compares several on a model that is not compiled yet")));
        }
        return targets.isEmpty() ? "java" : targets.getFirst();
    }

    /** The same flags for each target that is given. Each takes the options that it has. */
    List<TargetFlags> each() {
        return targets.size() < 2 ? List.of(this) : each(targets);
    }

    /** The same flags for the target that is given, and for another one. */
    List<TargetFlags> beside(String other) {
        return each(List.of(target(), other));
    }

    /** Takes what a flag says of an option of targets. */
    void flag(String name, String value) {
        flags.put(name, value);
    }

    /**
     * The options that targets alone have, by either way to write them.
     *
     * @throws LatheException {@code usage.option} if one has no name or no value, or is written twice
     */
    private Map<String, String> given() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String option : targetOptions) {
            int equals = option.indexOf('=');
            if (equals < 1) {
                throw wrongOption(
                        "-T takes NAME=VALUE, and was given " + option,
                        equals == 0 ? "put a name before the =" : "write -T " + option + "=VALUE");
            }
            String name = option.substring(0, equals);
            if (all.put(name, option.substring(equals + 1)) != null) {
                throw wrongOption("-T " + name + " is given twice", "give it once");
            }
        }
        flags.forEach((name, value) -> {
            if (all.put(name, value) != null) {
                throw wrongOption(
                        TargetOptionFlags.flag(name) + " and -T " + name + " are the same option", "give one of them");
            }
        });
        return all;
    }

    private static LatheException wrongOption(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.option", what, fix)));
    }

    private List<TargetFlags> each(List<String> names) {
        Map<String, String> given = given();
        Map<String, String> unread = new LinkedHashMap<>(given);
        Set<String> known = new TreeSet<>();
        List<TargetFlags> all = new ArrayList<>();
        for (String name : names) {
            TargetFlags one = new TargetFlags();
            one.targets = List.of(name);
            one.ranges = Backends.named(name).readsRanges() ? ranges : Map.of();
            one.levels = levels;
            one.numerics = numerics;
            one.threads = threads;
            one.allowFallback = allowFallback;
            for (Options.Description option :
                    Options.describe(Backends.named(name).options())) {
                known.add(option.name());
                String value = given.get(option.name());
                if (value != null) {
                    one.targetOptions.add(option.name() + "=" + value);
                    unread.remove(option.name());
                }
            }
            all.add(one);
        }
        if (!unread.isEmpty()) {
            throw wrongOption(
                    "none of the targets " + String.join(", ", names) + " has an option "
                            + unread.keySet().iterator().next(),
                    Suggestion.of(unread.keySet().iterator().next(), known)
                            + "`lathe doctor` lists the options of each");
        }
        return all;
    }

    OptimizationLevel level() {
        return one("-O", levels, OptimizationLevel.O2);
    }

    Numerics numerics() {
        return one("--numerics", numerics, Numerics.DEFAULT);
    }

    private static <T> T one(String option, List<T> given, T standard) {
        if (given.size() > 1) {
            throw wrongOption(
                    option + " is given " + given.size() + " times", "give it once; `lathe diff` compares two ways");
        }
        return given.isEmpty() ? standard : given.getFirst();
    }

    /**
     * Two ways to run a model: what is given twice is of the first and of the second, what is given once of both.
     *
     * @param reference whether the first is the reference at -O0 where nothing is given twice
     */
    List<TargetFlags> pair(boolean reference) {
        if (targets.size() > 2 || levels.size() > 2 || numerics.size() > 2) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.diff",
                            "two ways are compared, and an option is given more than twice",
                            "give --target, -O and --numerics twice at most")));
        }
        boolean implicit = reference && targets.size() < 2 && levels.size() < 2 && numerics.size() < 2;
        List<TargetFlags> both = each(List.of(implicit ? "reference" : of(targets, 0, "java"), of(targets, 1, "java")));
        for (int i = 0; i < 2; i++) {
            both.get(i).levels =
                    List.of(implicit && i == 0 ? OptimizationLevel.O0 : of(levels, i, OptimizationLevel.O2));
            both.get(i).numerics = List.of(of(numerics, i, Numerics.DEFAULT));
        }
        return both;
    }

    private static <T> T of(List<T> given, int i, T standard) {
        return given.isEmpty() ? standard : given.get(Math.min(i, given.size() - 1));
    }

    /** In a few words. */
    @Override
    public String toString() {
        return target() + " -" + level()
                + switch (numerics()) {
                    case STRICT -> " strict";
                    case DEFAULT -> "";
                    case FAST -> " fast";
                };
    }

    int threads() {
        return threads;
    }

    CompileOptions.Builder options() {
        if (threads < 0 || threads > 4096) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.threads",
                            "--threads cannot be " + threads,
                            "give a number from 1 on, or 0 for one per processor")));
        }
        String target = target();
        CompileOptions.Builder options = CompileOptions.builder();
        Map<String, String> given = given();
        if (!given.isEmpty()) {
            Record defaults = Backends.named(target).options();
            requireOwn(target, defaults, given.keySet());
            options.targetOptions(Options.configure("target " + target, defaults, given));
        }
        ranges.forEach((symbol, range) -> options.range(symbol, SizeRange.parse(range)));
        return options.target(target)
                .allowFallback(allowFallback)
                .level(level())
                .numerics(numerics())
                .threads(threads);
    }

    /** Says that a compiled model is as it was compiled, if there are options of targets for one. */
    void requireNoOptions() {
        for (String name : given().keySet()) {
            throw wrongOption(
                    "option " + name + " says how a model is compiled, and this one was compiled already",
                    "leave it out, or compile the model again with it");
        }
    }

    /** Says which target has an option, if the one that is named has not. */
    private static void requireOwn(String target, Record defaults, Set<String> given) {
        List<String> own = Options.describe(defaults).stream()
                .map(Options.Description::name)
                .toList();
        for (String name : given) {
            List<String> others = own.contains(name) ? List.of() : TargetOptionFlags.targetsWith(name);
            if (!others.isEmpty()) {
                throw wrongOption(
                        "target " + target + " has no option " + name,
                        "it is an option of --target " + String.join(" and --target ", others));
            }
        }
    }

    /** {@code 0} to {@code 3}. */
    static final class Level implements ITypeConverter<OptimizationLevel> {
        @Override
        public OptimizationLevel convert(String text) {
            for (OptimizationLevel level : OptimizationLevel.values()) {
                if (level.name().substring(1).equals(text)) {
                    return level;
                }
            }
            throw new TypeConversionException("there is no optimization level " + text + ", only -O0 to -O3");
        }
    }
}
