package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Set;

/** A subgraph of a node of the graph {@code around}. */
record Subgraph(GraphProto proto, ModelImporter model, GraphImporter around) implements RegionImporter {
    @Override
    public int outputCount() {
        return proto.getOutputCount();
    }

    @Override
    public int inputCount() {
        return proto.getInputCount();
    }

    @Override
    public Graph region(String name, List<Type> inputs, Set<Integer> open) {
        Builder inside = around.builder().region(name);
        GraphImporter importer = around.inside(inside);
        checkCount(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            String input = proto.getInput(i).getName();
            Value value = inside.input(input, inputs.get(i));
            if (open.contains(i)) {
                model.openSequences.add(value);
            }
            importer.scope().define(input, i == 0 && isVector(0) ? inside.reshape(value, Shape.of(Dim.ONE)) : value);
        }
        return inside.build(importer.body(proto, Forks.End.ONE_TYPE), outputNames());
    }

    /**
     * Whether an input is declared as a vector. A body may declare the number of the iteration so, and then gets a
     * vector of one.
     */
    private boolean isVector(int input) {
        TypeProto type = proto.getInput(input).getType();
        return type.hasTensorType()
                && type.getTensorType().hasShape()
                && type.getTensorType().getShape().getDimCount() == 1;
    }

    @Override
    public RegionImporter.Attempt attempt(String name) {
        int mark = model.mark();
        try {
            checkCount(0);
            Builder inside = around.builder().region(name);
            List<Value> results = around.inside(inside).body(proto, Forks.End.CASES);
            return new RegionImporter.Attempt(new RegionImporter.Region(inside, results), List.of());
        } catch (InvalidOpException
                | ArithmeticException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException e) {
            return new RegionImporter.Attempt(
                    null,
                    List.of(Diagnostic.error(
                            "onnx.invalid-node", around.builder().location(), String.valueOf(e.getMessage()), "")));
        } catch (LatheException e) {
            return new RegionImporter.Attempt(null, model.takeSince(mark));
        }
    }

    private List<String> outputNames() {
        return proto.getOutputList().stream().map(ValueInfoProto::getName).toList();
    }

    @Override
    public List<Value> inline() {
        checkCount(0);
        return around.inside(around.builder()).body(proto, Forks.End.CASES);
    }

    @Override
    public List<Value> inline(Builder into, List<Value> inputs) {
        GraphImporter importer = around.inside(into);
        checkCount(inputs.size());
        for (int i = 0; i < inputs.size(); i++) {
            importer.scope().define(proto.getInput(i).getName(), inputs.get(i));
        }
        return importer.body(proto, Forks.End.ONE_TYPE);
    }

    private void checkCount(int given) {
        if (given != proto.getInputCount()) {
            throw new InvalidOpException("subgraph \"" + proto.getName() + "\" takes " + proto.getInputCount()
                    + " values instead of " + given);
        }
    }
}
