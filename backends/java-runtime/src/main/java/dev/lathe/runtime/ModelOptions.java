package dev.lathe.runtime;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.PictureOptions;
import dev.lathe.runtime.input.PictureReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The command line of a compiled model's jar. */
final class ModelOptions {
    /** What {@code --help} says of the options; the parser below knows the same ones. */
    static final String HELP = """
          --input NAME=VALUE   a value for an input, repeatable: [[1, 2]], {"key": 1.5}, random, or a file that
                               ends in .npy .npz[:ENTRY] .pb .safetensors[:ENTRY] .bin .raw .png .jpg .gif .bmp
          --shape NAME=1x128   the dimensions of an input that is not given; or SYMBOL=128
          --seed N             what random inputs start from (1)
          --scale X            images: multiply pixels, which are 0 to 255, by X first (1/255)
          --mean X[,X,X]       images: then subtract this, for all channels or each (0)
          --std X[,X,X]        images: then divide by this (1)
          --bgr                images: put blue first
          --fit HOW            images: stretch them, crop the centre, or letterbox them (stretch)
          --resize N           images, with crop: scale the shorter side to N first
          --pad N              images, with letterbox: the pixels of the bars (0)
          --output DIR         write each output as DIR/NAME.npy
          --bench [N]          time N calls, or as many as fit into two seconds
          --timeout S          stop the call after S seconds, such as 2.5
          --threads N          use at most N threads (all processors)
          --scalar             run without vectors, several times slower
          --sources DIR        write the Java sources of this model into DIR
          --stacktrace         show where an error was thrown
          --version            print the model's name and the compiler's version
          -h, --help           print this text
        """;

    private static final List<String> NAMES = names();

    private static List<String> names() {
        List<String> names = new ArrayList<>();
        for (String word : HELP.split("[ \\n,]+")) {
            if (word.startsWith("--")) {
                names.add(word);
            }
        }
        return names;
    }

    /** {@link #bench} when no number is given. */
    static final int BENCH_BY_TIME = 0;

    final List<String> inputs = new ArrayList<>();
    final List<String> shapes = new ArrayList<>();
    long seed = InputValues.DEFAULT_SEED;
    int threads;
    int bench = -1;
    double timeout = Double.POSITIVE_INFINITY;
    private final PictureOptions pictures = new PictureOptions();
    boolean scalar;
    boolean help;
    boolean version;
    boolean stacktrace;

    @Nullable
    String output;

    @Nullable
    String sources;

    /** @throws LatheException of the user's fault if an argument is none of the options */
    ModelOptions(String... arguments) {
        Arguments rest = new Arguments(List.of(arguments));
        while (rest.hasNext()) {
            String option = rest.next();
            switch (option) {
                case "--input" -> inputs.add(rest.value(option));
                case "--shape" -> shapes.add(rest.value(option));
                case "--seed" -> rest.number(option, n -> seed = n);
                case "--output" -> output = rest.value(option);
                case "--bench" -> bench = rest.optionalNumber(BENCH_BY_TIME);
                case "--timeout" -> timeout = rest.seconds(option);
                case "--threads" -> rest.number(option, n -> threads = (int) Math.clamp(n, 1L, Integer.MAX_VALUE));
                case "--scale" -> pictures.scale(rest.value(option));
                case "--mean" -> pictures.mean(rest.value(option));
                case "--std" -> pictures.std(rest.value(option));
                case "--bgr" -> pictures.bgr();
                case "--fit" -> pictures.fit(rest.value(option));
                case "--resize" -> pictures.resize(rest.value(option));
                case "--pad" -> pictures.pad(rest.value(option));
                case "--scalar" -> scalar = true;
                case "--sources" -> sources = rest.value(option);
                case "--stacktrace" -> stacktrace = true;
                case "--version" -> version = true;
                case "-h", "--help" -> help = true;
                default ->
                    throw usage(
                            "there is no option " + option,
                            Suggestion.of(option, NAMES) + "see --help for the options");
            }
        }
    }

    /** How images become numbers. */
    PictureReader pictures() {
        return pictures.reader();
    }

    static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.option", what, fix)));
    }

    /** Arguments one after the other, {@code --option=value} as two. */
    private static final class Arguments {
        private final Iterator<String> all;
        private @Nullable String pending;

        Arguments(List<String> arguments) {
            List<String> split = new ArrayList<>();
            for (String a : arguments) {
                int equals = a.startsWith("--") ? a.indexOf('=') : -1;
                if (equals > 0) {
                    split.add(a.substring(0, equals));
                    split.add(a.substring(equals + 1));
                } else {
                    split.add(a);
                }
            }
            all = split.iterator();
        }

        boolean hasNext() {
            return pending != null || all.hasNext();
        }

        String next() {
            String now = pending;
            pending = null;
            return now != null ? now : all.next();
        }

        String value(String option) {
            if (!hasNext()) {
                throw usage(option + " needs a value", "see --help for the options");
            }
            return next();
        }

        void number(String option, Consumer<Long> take) {
            String text = value(option);
            try {
                take.accept(Long.parseUnsignedLong(text));
            } catch (NumberFormatException e) {
                throw usage(option + " " + text + " is not a number", "give a number such as " + option + " 4");
            }
        }

        double seconds(String option) {
            String text = value(option);
            try {
                double seconds = Double.parseDouble(text);
                Deadline.afterSeconds(seconds);
                return seconds;
            } catch (NumberFormatException e) {
                throw usage(option + " " + text + " is not a number", "give seconds, such as " + option + " 2.5");
            }
        }

        int optionalNumber(int otherwise) {
            if (!hasNext()) {
                return otherwise;
            }
            String text = next();
            try {
                return Math.max(1, Integer.parseUnsignedInt(text));
            } catch (NumberFormatException e) {
                pending = text;
                return otherwise;
            }
        }
    }
}
