package dev.lathe.compress;

import dev.lathe.passes.Pass;
import dev.lathe.passes.prune.Importance;
import dev.lathe.passes.prune.PruneChannels;
import dev.lathe.passes.prune.PruneLayers;
import dev.lathe.passes.prune.PruneMeasure;
import dev.lathe.passes.prune.PruneScope;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a model becomes a smaller dense one: {@code StructuredPruning.channels(0.3).by(Importance.TAYLOR)}.
 *
 * @param ratio the share that is removed
 * @param what what goes as a whole
 * @param of the share of what
 * @param importance what tells how much is lost with one
 * @param acrossNormalizations whether channels go, too, over which a layer normalization or a mean goes; of channels
 * @param repair whether the weights that read removed channels are fitted on data; of channels
 */
public record StructuredPruning(
        double ratio, Unit what, PruneMeasure of, Importance importance, boolean acrossNormalizations, boolean repair)
        implements Strategy {
    /** What goes as a whole. */
    public enum Unit {
        /** Channels of convolutions, neurons of dense layers, heads of attention. */
        CHANNELS,
        /** Blocks that add to what they read. */
        LAYERS
    }

    private static final double TENTH = 0.1;

    public StructuredPruning {
        if (!(ratio > 0 && ratio < 1)) {
            throw new IllegalArgumentException("a share of " + ratio + " to remove is not between 0 and 1");
        }
        if (what == Unit.LAYERS && (acrossNormalizations || repair)) {
            throw new IllegalArgumentException("only channels are removed across normalizations, or repaired");
        }
        pass(ratio, what, of, importance, acrossNormalizations, repair);
    }

    /** Channels, neurons and heads with this share of the parameters. */
    public static StructuredPruning channels(double ratio) {
        return new StructuredPruning(ratio, Unit.CHANNELS, PruneMeasure.PARAMETERS, Importance.L2, false, false);
    }

    /** Blocks with this share of the parameters. */
    public static StructuredPruning layers(double ratio) {
        return new StructuredPruning(ratio, Unit.LAYERS, PruneMeasure.PARAMETERS, Importance.L2, false, false);
    }

    /** With another measure of importance. */
    public StructuredPruning by(Importance newImportance) {
        return new StructuredPruning(ratio, what, of, newImportance, acrossNormalizations, repair);
    }

    /** With a share of something else. */
    public StructuredPruning of(PruneMeasure newMeasure) {
        return new StructuredPruning(ratio, what, newMeasure, importance, acrossNormalizations, repair);
    }

    /** Also of channels over which a layer normalization or a mean goes, which then change. */
    public StructuredPruning crossingNormalizations() {
        return new StructuredPruning(ratio, what, of, importance, true, repair);
    }

    /** With weights that are fitted to what is left, by least squares on data. */
    public StructuredPruning repaired() {
        return new StructuredPruning(ratio, what, of, importance, acrossNormalizations, true);
    }

    @Override
    public List<Pass> passes() {
        return List.of(pass(ratio, what, of, importance, acrossNormalizations, repair));
    }

    private static Pass pass(
            double ratio,
            Unit what,
            PruneMeasure of,
            Importance importance,
            boolean acrossNormalizations,
            boolean repair) {
        return switch (what) {
            case CHANNELS ->
                new PruneChannels(ratio, of, importance, PruneScope.GLOBAL, 1, acrossNormalizations, repair);
            case LAYERS -> new PruneLayers(ratio, of, importance);
        };
    }

    @Override
    public List<Strategy> milder() {
        List<Strategy> all = new ArrayList<>();
        for (int i = (int) Math.ceil(ratio / TENTH - 1e-9) - 1; i > 0; i--) {
            all.add(new StructuredPruning(i * TENTH, what, of, importance, acrossNormalizations, repair));
        }
        return all;
    }

    /** As flags of {@code lathe prune}. */
    @Override
    public String toString() {
        String share =
                new DecimalFormat("0.##", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(100 * ratio) + "%";
        StringBuilder s = new StringBuilder(what == Unit.LAYERS ? "--layers " : "--structured ").append(share);
        if (of != PruneMeasure.PARAMETERS) {
            s.append(" --of ").append(of.name().toLowerCase(Locale.ROOT));
        }
        if (importance != Importance.L2) {
            s.append(" --channels-by ")
                    .append(importance.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        if (acrossNormalizations) {
            s.append(" --across-normalizations");
        }
        if (repair) {
            s.append(" --repair");
        }
        return s.toString();
    }
}
