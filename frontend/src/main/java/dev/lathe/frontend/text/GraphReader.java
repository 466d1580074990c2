package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.BodyContext;
import dev.lathe.grammar.LatheParser.ConstantOperationContext;
import dev.lathe.grammar.LatheParser.GraphContext;
import dev.lathe.grammar.LatheParser.LiteralContext;
import dev.lathe.grammar.LatheParser.LocationContext;
import dev.lathe.grammar.LatheParser.NodeContext;
import dev.lathe.grammar.LatheParser.OpOperationContext;
import dev.lathe.grammar.LatheParser.OriginContext;
import dev.lathe.grammar.LatheParser.ParameterContext;
import dev.lathe.grammar.LatheParser.ResultContext;
import dev.lathe.grammar.LatheParser.SignatureContext;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.misc.Interval;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Builds graphs from parse trees. A node that is wrong is reported, and what uses its results is passed over. */
final class GraphReader {
    private final Problems problems;
    private final OpCatalog ops;
    private final Function<String, Optional<Tensor>> weights;
    private final LiteralReader literals;
    private final TypeReader types;
    private final Map<Node, NodeContext> places = new IdentityHashMap<>();
    /** The values that are visible, by name; empty for those whose definition is wrong. */
    private final Map<String, Optional<Value>> values = new HashMap<>();

    GraphReader(
            Problems problems,
            OpCatalog ops,
            Function<String, Optional<Tensor>> weights,
            LiteralReader literals,
            TypeReader types) {
        this.problems = problems;
        this.ops = ops;
        this.weights = weights;
        this.literals = literals;
        this.types = types;
    }

    TypeReader types() {
        return types;
    }

    /** The graph; meaningless if there are problems. */
    Graph read(GraphContext graph) {
        Builder b = Builder.graph(Words.name(graph.name()));
        Graph g = region(graph.signature(), graph.body(), b);
        if (problems.isEmpty()) {
            List<Node> nodes = g.allNodes();
            for (Verifier.Violation v : Verifier.violations(g)) {
                ParserRuleContext at = v.node() < 0 ? graph : places.getOrDefault(nodes.get(v.node()), null);
                problems.add(at == null ? graph : at, v.what(), v.fix());
            }
        }
        return g;
    }

    /** The graph of a signature and a body, whose names are forgotten after it. */
    Graph region(SignatureContext signature, BodyContext body, Builder b) {
        List<String> defined = new ArrayList<>();
        for (ParameterContext p : signature.parameter()) {
            Token name = p.VALUE().getSymbol();
            Optional<Value> input = Optional.empty();
            try {
                input = Optional.of(b.input(Words.valueName(name), types.type(p.type())));
            } catch (TextException e) {
                e.addTo(problems);
            } catch (InvalidOpException e) {
                problems.add(p.type(), String.valueOf(e.getMessage()), "give sizes that a tensor can have");
            }
            define(name, input, defined);
        }
        for (NodeContext node : body.node()) {
            node(node, b, defined);
        }
        Graph g = outputs(signature, body, b);
        defined.forEach(values::remove);
        return g;
    }

    private void define(Token name, Optional<Value> value, List<String> defined) {
        String key = Words.valueKey(name);
        if (values.putIfAbsent(key, value) != null) {
            problems.add(name, name.getText() + " is defined already", "choose another name");
        } else {
            defined.add(key);
        }
    }

    private Graph outputs(SignatureContext signature, BodyContext body, Builder b) {
        List<Value> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        List<TerminalNode> returned = body.VALUE();
        List<ResultContext> results = signature.result();
        if (returned.size() != results.size()) {
            problems.add(
                    body.getStop(),
                    returned.size() + " values are returned, but the signature has " + results.size(),
                    "make the two agree");
        }
        for (int i = 0; i < Math.min(returned.size(), results.size()); i++) {
            try {
                Optional<Value> v = use(returned.get(i).getSymbol());
                Type type = types.type(results.get(i).type());
                if (v.isEmpty()) {
                    continue;
                }
                if (!v.get().type().equals(type)) {
                    problems.add(
                            results.get(i),
                            returned.get(i).getText() + " has type " + v.get().type() + ", not " + type,
                            "write " + v.get().type());
                }
                outputs.add(v.get());
                names.add(
                        results.get(i).name() == null
                                ? v.get().name()
                                : Words.name(results.get(i).name()));
            } catch (TextException e) {
                e.addTo(problems);
            }
        }
        return b.build(outputs, names);
    }

    /** The value of that name; empty if its definition is wrong, which is reported already. */
    Optional<Value> use(Token name) {
        Optional<Value> v = values.get(Words.valueKey(name));
        if (v == null) {
            throw new TextException(
                    name,
                    "there is no value " + name.getText() + " here",
                    "define it before, in this graph or one around it");
        }
        return v;
    }

    private void node(NodeContext node, Builder b, List<String> defined) {
        List<Value> results = List.of();
        try {
            List<Type> declared = node.type().stream().map(types::type).toList();
            Location location = location(node.location());
            Optional<Op> op = node.operation() instanceof ConstantOperationContext c
                    ? Optional.of(constant(c.literal(), declared))
                    : new OpReader(this, ops, problems).read((OpOperationContext) node.operation(), b.at(location));
            if (op.isPresent()) {
                results = results(node, op.get(), declared);
                Node made = new Node(op.get(), results, location);
                places.put(made, node);
                b.reuse(made);
            }
        } catch (TextException e) {
            e.addTo(problems);
        }
        for (int i = 0; i < node.VALUE().size(); i++) {
            define(
                    node.VALUE(i).getSymbol(),
                    i < results.size() ? Optional.of(results.get(i)) : Optional.empty(),
                    defined);
        }
    }

    private static List<Value> results(NodeContext node, Op op, List<Type> declared) {
        List<Type> types;
        try {
            types = op.infer(Check.INSTANCE);
            op.binds();
        } catch (RuntimeException e) { // ops are open, and take whatever the text says
            throw new TextException(node, op.mnemonic() + ": " + e.getMessage(), "change its operands or attributes");
        }
        if (types.size() != node.VALUE().size()) {
            throw new TextException(
                    node,
                    op.mnemonic() + " has " + types.size() + " results, not "
                            + node.VALUE().size(),
                    "write " + types.size() + " names before the =");
        }
        if (!declared.isEmpty() && !declared.equals(types)) {
            String text = String.join(", ", types.stream().map(Type::toString).toList());
            throw new TextException(
                    node.type(0),
                    op.mnemonic() + " gives " + text,
                    "write that type, or leave the types of the node out");
        }
        List<Value> results = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            results.add(new Value(Words.valueName(node.VALUE(i).getSymbol()), types.get(i)));
        }
        return results;
    }

    private Op constant(LiteralContext literal, List<Type> declared) {
        Optional<TensorType> type =
                declared.size() == 1 && declared.getFirst() instanceof TensorType t ? Optional.of(t) : Optional.empty();
        if (literal.getStart().getText().equals("@")) {
            String name = Words.unquote(literal.STRING().getText());
            Tensor stored = weights.apply(name)
                    .orElseThrow(() -> new TextException(
                            literal,
                            "there is no tensor \"" + name + "\" beside the text",
                            "read the text from its file, with the .safetensors file beside it, or write the"
                                    + " elements out"));
            Tensor t =
                    type.map(wanted -> LiteralReader.restored(stored, wanted)).orElse(stored);
            if (type.isPresent() && !t.type().equals(type.get())) {
                throw new TextException(
                        literal,
                        "the tensor \"" + name + "\" has type " + stored.type() + ", not " + type.get(),
                        "write its type");
            }
            return new Constant(t);
        }
        return new Constant(literals.read(
                literal,
                type.orElseThrow(() -> new TextException(
                        literal,
                        "a constant needs the type of a tensor",
                        "write it after the value, as in constant 1.0 : f32[]"))));
    }

    private static Location location(LocationContext location) {
        if (location == null) {
            return Location.NONE;
        }
        List<Location.Origin> origins = new ArrayList<>();
        for (OriginContext o : location.origin()) {
            ParserRuleContext type = o.opType();
            String text = type.getStart()
                    .getInputStream()
                    .getText(Interval.of(
                            type.getStart().getStartIndex(), type.getStop().getStopIndex()));
            int dash = text.lastIndexOf('-');
            dash = dash > 0 && text.charAt(dash - 1) == '-' ? dash - 1 : dash;
            String version = text.substring(dash + 1);
            if (dash <= 0 || !version.matches("-?[0-9]{1,9}")) {
                throw new TextException(
                        type, "`" + text + "` has no opset", "write an operator and an opset, as in MatMul-13");
            }
            String operator = text.substring(0, dash);
            origins.add(new Location.Origin(
                    Words.unquote(o.STRING().getText()),
                    operator.startsWith("\"") ? Words.unquote(operator) : operator,
                    Integer.parseInt(version)));
        }
        return new Location(origins);
    }
}
