package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.BlockedChannels;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.frontend.onnx.file.TensorDecoder;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all graphs of one model share: opsets, functions, external data, and the problems found. */
public final class ModelImporter {
    /** A model with more problems than this is not what its reader thinks it is. */
    private static final int PROBLEM_LIMIT = 100;

    /**
     * Functions within functions, and loops within loops, can make more nodes than any machine holds out of a small
     * file.
     */
    private static final int NODES_BASE = 200_000;

    private static final int NODES_FOR_EACH_IN_FILE = 100;

    /**
     * What follows branches whose results differ in type becomes so many nodes of the IR in all of them: where such
     * branches nest, they multiply.
     */
    private static final int IN_BRANCHES_BASE = 1_000;

    private static final int IN_BRANCHES_FOR_EACH_IN_FILE = 50;

    final Map<String, Shape> shapes;
    /** Whether dimensions of inputs that share a name may differ. */
    final boolean independentDims;
    /** The sizes that {@link #shapes} give to symbols, which hold for other inputs too. */
    final Map<String, Dim> symbolSizes = new HashMap<>();

    /** What values stand for that are in no graph. */
    final Map<Value, Undecided> undecided = new IdentityHashMap<>();

    /** Sequences whose items are not known yet: what is inserted tells their type. */
    final Set<Value> openSequences = Collections.newSetFromMap(new IdentityHashMap<>());

    final Operators operators;
    final TensorDecoder decoder;
    public final OnnxSource source;
    private final ModelProto model;
    private final Map<String, FunctionProto> functions = new HashMap<>();
    private final List<Diagnostic> problems = new ArrayList<>();
    private final long nodeLimit;
    private final long branchLimit;
    private long nodes;
    private long inBranches;
    private @Nullable AttributeProto block;

    public ModelImporter(
            ModelProto model,
            @Nullable Path folder,
            Map<String, Shape> shapes,
            boolean independentDims,
            Operators operators) {
        this.operators = operators;
        this.model = model;
        this.source = new OnnxSource(model);
        this.source.hasShapes = !shapes.isEmpty();
        this.shapes = shapes;
        this.independentDims = independentDims;
        if (!independentDims) {
            model.getGraph().getInputList().forEach(i -> InputTypes.collectSizes(i, this));
        }
        this.decoder = new TensorDecoder(folder);
        long inFile = Subgraphs.count(model.getGraph().getNodeList())
                + model.getFunctionsList().stream().mapToLong(Subgraphs::count).sum();
        this.nodeLimit = NODES_BASE + NODES_FOR_EACH_IN_FILE * inFile;
        this.branchLimit = IN_BRANCHES_BASE + IN_BRANCHES_FOR_EACH_IN_FILE * inFile;
        model.getFunctionsList().forEach(f -> functions.put(OnnxNames.key(f), f));
    }

    public Graph graph() {
        GraphProto proto = model.getGraph();
        Builder b = Builder.graph(proto.getName().isEmpty() ? "model" : proto.getName());
        GraphImporter importer = new GraphImporter(this, b, OnnxNames.opsets(model.getOpsetImportList()));
        Graph graph;
        try {
            graph = importer.whole(proto);
        } catch (LimitException e) {
            throw new LatheException(LatheException.Fault.INPUT, List.of(e.diagnostic()));
        }
        if (graph == null || !problems.isEmpty()) {
            problems.addAll(UnknownOperators.beside(problems, model, this));
            problems.addAll(0, InputTypes.overridden(proto, this));
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        source.imported(graph);
        return graph;
    }

    /** The channels in a block of ONNX Runtime's own layout, as an attribute; 0 if the model does not tell. */
    AttributeProto block() {
        if (block == null) {
            block = AttributeProto.newBuilder()
                    .setName(BlockedChannels.BLOCK)
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(BlockedChannels.of(model.getGraph()).orElse(0))
                    .build();
        }
        return block;
    }

    @Nullable
    FunctionProto function(NodeProto node) {
        return functions.get(OnnxNames.key(node.getDomain(), node.getOpType(), node.getOverload()));
    }

    /** Counts a node that is about to be lowered, and gives up on a model that has too many. */
    void countNode(Location location) {
        if (++nodes > nodeLimit) {
            throw new LimitException(Diagnostic.error(
                    "onnx.too-large",
                    location,
                    "the model's functions and subgraphs unfold to more than " + nodeLimit + " nodes",
                    "export the model again, with fewer functions inside functions"));
        }
    }

    /** Counts what is added to branches that nodes are imported into, and gives up on a model that has too much. */
    void countInBranches(long more, Location location) {
        inBranches += more;
        if (inBranches > branchLimit) {
            throw new LimitException(Diagnostic.error(
                    "onnx.too-many-cases",
                    location,
                    "what follows values whose rank only a run tells unfolds to more than " + branchLimit
                            + " operations, in a branch for each rank",
                    Forks.FIX_SHAPES));
        }
    }

    void problem(String code, Location location, String what, String fix) {
        problem(Diagnostic.error(code, location, what, fix));
    }

    boolean hasEnoughProblems() {
        return problems.size() >= PROBLEM_LIMIT;
    }

    void problem(Diagnostic problem) {
        if (!hasEnoughProblems()) {
            problems.add(problem);
        }
    }

    /** How many problems there are by now. */
    int mark() {
        return problems.size();
    }

    /** Takes back the problems found since {@link #mark}. */
    List<Diagnostic> takeSince(int mark) {
        List<Diagnostic> since = problems.subList(mark, problems.size());
        List<Diagnostic> taken = List.copyOf(since);
        since.clear();
        return taken;
    }
}
