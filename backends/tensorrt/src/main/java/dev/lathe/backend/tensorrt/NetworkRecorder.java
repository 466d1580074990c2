package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A network that is checked and printed, not built: one line for each input, layer and output, with what the layer
 * makes and the node that it is for. So every lowering is tested on machines without TensorRT.
 */
final class NetworkRecorder implements NetworkDefinition {
    /** Constants of more elements are printed by their type alone. */
    private static final int MAX_ELEMENTS = 8;

    private final List<String> lines = new ArrayList<>();
    private final List<String> structure = new ArrayList<>();
    private final NetworkRules rules = new NetworkRules();
    private int tensors;

    @Override
    public NetworkTensor input(String name, DataType type, List<Long> dims) {
        NetworkTensor made = made(new LayerRules.Form(type, dims));
        LayerRules.checkSize(new LayerRules.Form(type, dims));
        lines.add(made + " = input \"" + name + "\" : " + made.typeText());
        return made;
    }

    @Override
    public List<NetworkTensor> add(Layer layer, String name) {
        List<LayerRules.Form> forms = LayerRules.infer(layer);
        List<NetworkTensor> made = forms.stream().map(this::made).toList();
        rules.add(layer, made);
        StringBuilder line = new StringBuilder();
        for (NetworkTensor t : made) {
            line.append(line.isEmpty() ? "" : ", ").append(t);
        }
        line.append(made.isEmpty() ? "" : " = ").append(text(layer));
        for (int i = 0; i < made.size(); i++) {
            line.append(i == 0 ? " : " : ", ").append(made.get(i).typeText());
        }
        lines.add(line + (name.isEmpty() ? "" : "  # " + name));
        boolean weights = layer instanceof Layer.Constant c && !c.type().isInteger();
        structure.add(weights ? "Constant : " + made.getFirst().typeText() : line.toString());
        return made;
    }

    @Override
    public void output(String name, NetworkTensor tensor) {
        rules.output(tensor);
        lines.add("output \"" + name + "\" = " + tensor + " : " + tensor.typeText());
    }

    /** The network, a line for each input, layer and output. */
    String text() {
        return String.join("\n", lines) + "\n";
    }

    /** The layers without the numbers of constants that are weights: networks of one structure have one engine. */
    List<String> structure() {
        return List.copyOf(structure);
    }

    private NetworkTensor made(LayerRules.Form form) {
        return new NetworkTensor(tensors++, form.type(), form.dims());
    }

    /** {@code ElementWise(%1, %2, op=SUM)}. */
    private static String text(Layer layer) {
        Map<String, String> parts = new LinkedHashMap<>();
        for (RecordComponent c : layer.getClass().getRecordComponents()) {
            collect(c.getName(), LayerComponents.value(layer, c), parts);
        }
        StringBuilder s = new StringBuilder(layer.getClass().getSimpleName()).append('(');
        parts.forEach((name, value) -> s.append(s.charAt(s.length() - 1) == '(' ? "" : ", ")
                .append(value.startsWith("%") && !value.contains("=") ? value : name + "=" + value));
        return s.append(')').toString();
    }

    /** Adds a component; those of a record within are components of their own, and what is not given is left out. */
    private static void collect(String name, Object value, Map<String, String> into) {
        switch (value) {
            case Optional<?> o -> o.ifPresent(v -> collect(name, v, into));
            case Boolean b when !b -> {}
            case Tensor t -> into.put(name, number(t));
            case Layer.Placement p -> {
                for (RecordComponent c : Layer.Placement.class.getRecordComponents()) {
                    into.put(c.getName(), LayerComponents.value(p, c).toString());
                }
            }
            case Collection<?> c
            when !c.isEmpty() && c.stream().allMatch(NetworkTensor.class::isInstance) -> {
                int i = 0;
                for (Object t : c) {
                    into.put(name + i++, t.toString());
                }
            }
            case Double d -> into.put(name, Float.toString(d.floatValue())); // TensorRT's parameters are floats
            default -> into.put(name, value.toString());
        }
    }

    private static String number(Tensor t) {
        return t.size() > MAX_ELEMENTS
                ? "…"
                : LongStream.range(0, t.size()).mapToObj(t::elementText).collect(Collectors.joining(", ", "[", "]"));
    }
}
