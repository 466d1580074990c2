package dev.lathe.cli;

import dev.lathe.compress.Compressed;
import dev.lathe.compress.Pruning;
import dev.lathe.compress.Sparsity;
import dev.lathe.compress.Strategy;
import dev.lathe.compress.StructuredPruning;
import dev.lathe.passes.prune.Importance;
import dev.lathe.passes.prune.PruneMeasure;
import dev.lathe.passes.prune.PruneScope;
import dev.lathe.passes.prune.SparsityPattern;
import dev.lathe.passes.prune.WeightImportance;
import dev.lathe.passes.weights.ChangedWeight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code lathe prune}. */
@Command(
        name = "prune",
        description = {
            "Leave out the weights of a model that matter least, and say what that loses.",
            "",
            "--structured removes channels, neurons and heads, --layers whole blocks: what is left is a smaller dense"
                    + " model, faster everywhere.",
            "",
            "--unstructured makes single weights 0, --pattern all but N of each M along the summed axis, --block whole"
                    + " blocks. Tables, biases and constants of fewer than 1,024 numbers stay as they are.",
            "",
            "The result is compared with the model on the data. With --max-loss, one that loses more is not written:"
                    + " the exit code is 1, and the weights to blame and the nearest way that holds are shown.",
        },
        footer = {
            "  lathe prune resnet.onnx -o small.onnx --structured 30%% --data images --repair",
            "  lathe prune resnet.onnx -o sparse.onnx --unstructured 70%% --scope global",
            "  lathe prune minilm.onnx -o sparse.onnx --pattern 2:4 --importance sparsegpt --data sentences.npz",
            "  lathe prune minilm.onnx -o sparse.onnx --block 1x32 --ratio 50%% --only '*intermediate*,*output*'",
        })
final class PruneCommand extends CompressionCommand {
    private static final String DEFAULT_RATIO = "50%";

    static final class ImportanceName extends EnumName<WeightImportance> {
        ImportanceName() {
            super("importance", WeightImportance.class);
        }
    }

    static final class ScopeName extends EnumName<PruneScope> {
        ScopeName() {
            super("scope", PruneScope.class);
        }
    }

    abstract static class EnumName<E extends Enum<E>> implements ITypeConverter<E> {
        private final String what;
        private final Class<E> type;

        EnumName(String what, Class<E> type) {
            this.what = what;
            this.type = type;
        }

        private static String name(Enum<?> e) {
            return e.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        @Override
        public E convert(String text) {
            return Arrays.stream(type.getEnumConstants())
                    .filter(e -> name(e).equalsIgnoreCase(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("there is no " + what + " " + text + "; there are "
                            + Arrays.stream(type.getEnumConstants())
                                    .map(EnumName::name)
                                    .collect(Collectors.joining(", "))));
        }
    }

    static final class ChannelImportance extends EnumName<Importance> {
        ChannelImportance() {
            super("importance of channels", Importance.class);
        }
    }

    /** What people ask for a share of. */
    enum ShareOf {
        PARAMETERS,
        FLOPS
    }

    static final class ShareName extends EnumName<ShareOf> {
        ShareName() {
            super("share of", ShareOf.class);
        }
    }

    @Option(
            names = "--structured",
            paramLabel = "SHARE",
            description = "Remove the channels, neurons and heads that matter least, with this share of the parameters,"
                    + " such as 30%%.")
    private @Nullable String structured;

    @Option(
            names = "--layers",
            paramLabel = "SHARE",
            description = "Remove the blocks x + f(x) that matter least, with about this share of the parameters.")
    private @Nullable String layers;

    @Option(
            names = "--of",
            paramLabel = "parameters|flops",
            defaultValue = "parameters",
            converter = ShareName.class,
            description = "What --structured and --layers remove a share of. Default: parameters.")
    private ShareOf of = ShareOf.PARAMETERS;

    @Option(
            names = "--channels-by",
            paramLabel = "l1|l2|batch-norm|activations|taylor",
            defaultValue = "l2",
            converter = ChannelImportance.class,
            description = "What tells how much is lost with a channel: the norm of its weights (l1, l2), the factor of"
                    + " its batch norm, what it adds to the next layer on --data (activations), or how much the results"
                    + " change without it, to first order, on --data (taylor). Default: l2.")
    private Importance channelsBy = Importance.L2;

    @Option(
            names = "--across-normalizations",
            description = "With --structured, also remove channels over which a layer normalization or a mean goes,"
                    + " which then change.")
    private boolean acrossNormalizations;

    @Option(
            names = "--repair",
            description = "With --structured, fit the weights that read removed channels to what is left, by least"
                    + " squares on --data.")
    private boolean repair;

    @Option(
            names = "--unstructured",
            paramLabel = "SHARE",
            description = "Make this share of the weights 0, such as 50%%, whichever they are.")
    private @Nullable String unstructured;

    @Option(
            names = "--pattern",
            paramLabel = "N:M",
            description = "Of each M weights that follow one another along the summed axis, keep N: 2:4 for tensor"
                    + " cores.")
    private @Nullable String pattern;

    @Option(
            names = "--block",
            paramLabel = "RxC",
            description = "Make whole blocks 0, of R weights along the summed axis and C columns of results, such as"
                    + " 1x32.")
    private @Nullable String block;

    @Option(
            names = "--ratio",
            paramLabel = "SHARE",
            description = "With --block, the share of the weights that become 0. Default: 50%%.")
    private @Nullable String ratio;

    @Option(
            names = "--importance",
            paramLabel = "l1|l2|wanda|sparsegpt",
            defaultValue = "l1",
            converter = ImportanceName.class,
            description = "What tells how much is lost with a weight: its magnitude (l1; l2 differs for blocks), its"
                    + " magnitude times the size of what it is multiplied by (wanda), or what is lost when the weights"
                    + " that are left make up for it, which they do (sparsegpt). The last two measure it on --data."
                    + " Default: l1.")
    private WeightImportance importance = WeightImportance.L1;

    @Option(
            names = "--scope",
            paramLabel = "layer|global",
            defaultValue = "layer",
            converter = ScopeName.class,
            description =
                    "Whether each layer loses the same share, or the weights of all are compared. Default:" + " layer.")
    private PruneScope scope = PruneScope.LAYER;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "1",
            description = "Prune in N steps, the first of which take most, and measure anew in each. Default: 1.")
    private int steps;

    @Option(
            names = "--only",
            paramLabel = "NAMES",
            description = "Prune only weights with these names, or those of nodes that have these names; * is any"
                    + " text, commas separate. May be given several times.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--except",
            paramLabel = "NAMES",
            description = "Leave these weights as they are; written as for --only.")
    private List<String> except = new ArrayList<>();

    @Option(
            names = "--sparse",
            description = "Write weights that are mostly zeros as sparse initializers of ONNX, where these are smaller;"
                    + " not every runtime reads them. Default: all weights are written dense.")
    private boolean sparse;

    @Override
    boolean writesSparse() {
        return sparse;
    }

    @Override
    List<Strategy> strategies() {
        long ways =
                Stream.of(unstructured, pattern, block).filter(Objects::nonNull).count();
        if (ways > 1 || ways == 0 && structured == null && layers == null) {
            throw usage(
                    "usage.prune",
                    ways == 0 ? "nothing says what to prune" : "there are several ways to make weights 0",
                    "give one of --unstructured, --pattern and --block, or --structured or --layers, or both");
        }
        if (structured == null && (acrossNormalizations || repair)) {
            throw usage(
                    "usage.prune",
                    "--across-normalizations and --repair are about channels",
                    "add --structured, or leave them out");
        }
        if (ratio != null && block == null) {
            throw usage("usage.prune", "--ratio is about blocks", "add --block, or leave it out");
        }
        try {
            List<Strategy> all = new ArrayList<>();
            PruneMeasure measure = switch (of) {
                case PARAMETERS -> PruneMeasure.PARAMETERS;
                case FLOPS -> PruneMeasure.FLOPS;
            };
            if (layers != null) {
                all.add(StructuredPruning.layers(ratio("--layers", layers))
                        .of(measure)
                        .by(channelsBy));
            }
            if (structured != null) {
                all.add(new StructuredPruning(
                        ratio("--structured", structured),
                        StructuredPruning.Unit.CHANNELS,
                        measure,
                        channelsBy,
                        acrossNormalizations,
                        repair));
            }
            if (ways == 1) {
                all.add(pruning()
                        .by(importance)
                        .in(scope)
                        .inSteps(steps)
                        .only(String.join(",", only))
                        .except(String.join(",", except)));
            }
            return all;
        } catch (IllegalArgumentException e) {
            throw usage("usage.prune", Objects.requireNonNullElse(e.getMessage(), ""), "see lathe prune --help");
        }
    }

    private Pruning pruning() {
        if (unstructured != null) {
            return Pruning.unstructured(ratio("--unstructured", unstructured));
        }
        String text = Objects.requireNonNullElse(pattern, Objects.requireNonNullElse(block, ""));
        SparsityPattern parsed = SparsityPattern.parse(text);
        if (parsed instanceof SparsityPattern.NOfM p && pattern != null) {
            return Pruning.nOfM(p.n(), p.m());
        }
        if (parsed instanceof SparsityPattern.Block b && block != null) {
            return Pruning.blocks(
                    b.rows(), b.columns(), ratio("--ratio", Objects.requireNonNullElse(ratio, DEFAULT_RATIO)));
        }
        throw usage("usage.prune", text + " is another kind of pattern", "give --pattern 2:4, or --block 1x32");
    }

    private static double ratio(String flag, String text) {
        double share = share(text);
        if (share > 0 && share < 1) {
            return share;
        }
        throw usage("usage.prune", flag + " " + text + " is no share of weights", "give one such as 50%, or 0.5");
    }

    /** How many weights are 0, of all and of each layer. */
    @Override
    void details(Compressed result) {
        Sparsity all = Sparsity.of(result.model().graph());
        out().println(String.format(
                Locale.ROOT,
                "%,d parameters, %,d of them 0 (%s)",
                all.parameters(),
                all.zeros(),
                percent(all.ratio())));
        Map<String, ChangedWeight> last = new LinkedHashMap<>();
        result.weights().forEach(w -> last.put(w.name(), w));
        Table table = new Table(terminal(), "weight", "use", ">weights", ">0", ">signal to noise");
        last.values()
                .forEach(w -> table.row(
                        w.name(),
                        w.use(),
                        String.format(Locale.ROOT, "%,d", w.elements()),
                        percent(w.zeros()),
                        decibels(w.sqnr())));
        table.print();
    }
}
