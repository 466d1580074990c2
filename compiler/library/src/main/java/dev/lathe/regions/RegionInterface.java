package dev.lathe.regions;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Value;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What goes into a model of regions and comes out.
 *
 * @param values the names of the values that the outputs are, in their order
 */
record RegionInterface(
        String name, List<Port> inputs, List<Port> outputs, List<String> values, Map<String, InputRole> roles) {

    RegionInterface(Graph graph, String name, Map<String, InputRole> roles) {
        this(
                name.isEmpty() ? graph.name() : name,
                graph.inputPorts(),
                graph.outputPorts(),
                graph.outputs().stream().map(Value::name).toList(),
                roles);
    }

    /** Ports as the inputs of a graph without nodes, which is text. */
    static String text(List<Port> ports) {
        Builder b = Builder.graph("ports");
        ports.forEach(p -> b.input(p.name(), p.type()));
        return Printer.print(b.build()) + "\n";
    }

    /**
     * Reads what {@link #text} writes.
     *
     * @throws dev.lathe.ir.diag.LatheException if it is something else
     */
    static List<Port> ports(String text) {
        return new ArrayList<>(IrText.parse(text).inputPorts());
    }
}
