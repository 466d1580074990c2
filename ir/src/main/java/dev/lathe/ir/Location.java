package dev.lathe.ir;

import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where a node comes from: the nodes of the source model that it stands for, several after a fusion, none when a pass
 * made it.
 */
public record Location(List<Origin> origins) {
    public static final Location NONE = new Location(List.of());

    /**
     * One node of the source model.
     *
     * @param name the node's name, or its first output's when it has none
     * @param opType the ONNX operator, qualified by its domain when that is not {@code ai.onnx}
     * @param opset the opset version the model imports for the domain
     */
    public record Origin(String name, String opType, int opset) {
        private static final Pattern QUALIFIED =
                Pattern.compile("([A-Za-z_][A-Za-z0-9_.]*::?)?[A-Za-z_][A-Za-z0-9_.]*");

        /** IR text. */
        @Override
        public String toString() {
            String type = QUALIFIED.matcher(opType).matches() ? opType : Dim.quote(opType);
            return Dim.quote(name) + "(" + type + "-" + opset + ")";
        }
    }

    public Location {
        origins = List.copyOf(origins);
    }

    public static Location of(String name, String opType, int opset) {
        return new Location(List.of(new Origin(name, opType, opset)));
    }

    public boolean isNone() {
        return origins.isEmpty();
    }

    /** Both sets of origins, in order, without repetition. */
    public Location and(Location other) {
        if (isNone() || equals(other)) {
            return other;
        }
        if (other.isNone()) {
            return this;
        }
        LinkedHashSet<Origin> all = new LinkedHashSet<>(origins);
        all.addAll(other.origins);
        return new Location(new ArrayList<>(all));
    }

    /** IR text: {@code "fc1/MatMul"(MatMul-13), "fc1/Add"(Add-14)}. */
    @Override
    public String toString() {
        return origins.stream().map(Origin::toString).collect(Collectors.joining(", "));
    }
}
