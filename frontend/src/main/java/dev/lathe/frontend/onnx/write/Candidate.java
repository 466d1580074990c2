package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.frontend.onnx.file.TensorEncoder;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One way to make values: operators, in which names are slots that stand for operands, results and values in between,
 * or a weight.
 */
final class Candidate {
    private static final char MARK = '\u0001';
    /** What is only taken where there is nothing else. */
    private static final double RARE = 1e12;

    final List<NodeProto> nodes = new ArrayList<>();
    final List<ValueClass> operands = new ArrayList<>();
    /** Where each operand first is; a node may have a hundred thousand. */
    private final Map<ValueClass, Integer> operandIndex = new IdentityHashMap<>();

    private final List<@Nullable ValueClass> results = new ArrayList<>();
    private final Map<ValueClass, Integer> resultIndex = new IdentityHashMap<>();
    /** The bodies of control flow, in the order of their slots. */
    final List<Cover> regions = new ArrayList<>();
    /** What subgraphs that stay as they were capture. */
    final Map<String, ValueClass> captures = new LinkedHashMap<>();

    final List<FunctionProto> functions = new ArrayList<>();
    /** The weight, as a tensor or as it stood in the model. */
    @Nullable
    Tensor weight;

    @Nullable
    TensorProto written;

    @Nullable
    SparseTensorProto sparse;

    /** Whether the model that was imported says it so. */
    boolean original;

    /** The version that it needs of the standard's operators. */
    int opset;

    /** Whether a type is among the operands for which an operator cannot be counted on. */
    boolean rare;

    long nodeCount;
    long bytes;

    // What the selection counts.

    int references;
    int waiting;
    double sum;

    /** A weight. */
    static Candidate weight(ValueClass result, Tensor t) {
        Candidate c = new Candidate();
        c.addResult(result);
        c.weight = t;
        return c.measured();
    }

    static String operand(int i) {
        return MARK + "o" + i;
    }

    static String result(int i) {
        return MARK + "r" + i;
    }

    static String local(int i) {
        return MARK + "l" + i;
    }

    static String region(int i) {
        return MARK + "g" + i;
    }

    static boolean isSlot(String name) {
        return !name.isEmpty() && name.charAt(0) == MARK;
    }

    static char kind(String slot) {
        return slot.charAt(1);
    }

    static int index(String slot) {
        return Integer.parseInt(slot, 2, slot.length(), 10);
    }

    /** The slot of an operand. */
    String slot(ValueClass operand) {
        Integer at = operandIndex.putIfAbsent(operand, operands.size());
        if (at == null) {
            operands.add(operand);
        }
        return operand(at == null ? operands.size() - 1 : at);
    }

    boolean takes(ValueClass operand) {
        return operandIndex.containsKey(operand);
    }

    /** Adds a result; null for one that nobody names. */
    void addResult(@Nullable ValueClass result) {
        if (result != null) {
            resultIndex.putIfAbsent(result, results.size());
        }
        results.add(result);
    }

    List<@Nullable ValueClass> results() {
        return results;
    }

    boolean gives(ValueClass result) {
        return resultIndex.containsKey(result);
    }

    /** Whether result {@code index} is the first that gives its class. */
    boolean isFirst(int index) {
        ValueClass result = results.get(index);
        return result != null && resultIndex.getOrDefault(result, -1) == index;
    }

    double cost(double perNode) {
        return bytes + perNode * nodeCount + (rare ? RARE : 0);
    }

    /** Adds up what the candidate costs, once it is complete. */
    Candidate measured() {
        nodeCount = Subgraphs.count(nodes);
        bytes = 0;
        for (NodeProto n : nodes) {
            bytes += framed(n.getSerializedSize());
        }
        for (FunctionProto f : functions) {
            nodeCount += Subgraphs.count(f);
            bytes += framed(f.getSerializedSize());
        }
        for (Cover region : regions) {
            nodeCount += region.nodeCount();
            bytes += region.bytes();
        }
        if (written != null) {
            bytes += framed(written.getSerializedSize());
        } else if (sparse != null) {
            bytes += framed(sparse.getSerializedSize());
        } else if (weight != null) {
            bytes += framed(TensorEncoder.size(weight) + 4);
        }
        return this;
    }

    /** The size of a message of {@code size} bytes in another one. */
    private static long framed(long size) {
        return size + 2 + (63 - Long.numberOfLeadingZeros(Math.max(1, size))) / 7;
    }
}
