package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.AbsentOperandContext;
import dev.lathe.grammar.LatheParser.AttributeContext;
import dev.lathe.grammar.LatheParser.AttributeValueContext;
import dev.lathe.grammar.LatheParser.ListOperandContext;
import dev.lathe.grammar.LatheParser.OpOperationContext;
import dev.lathe.grammar.LatheParser.OperandContext;
import dev.lathe.grammar.LatheParser.RegionAttributeContext;
import dev.lathe.grammar.LatheParser.ValueOperandContext;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.op.OpSchema.Component;
import dev.lathe.ir.op.OpSchema.Role;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/** One op from its text, as its record describes it. */
final class OpReader {
    private final GraphReader graphs;
    private final OpCatalog ops;
    private final Problems problems;
    /** Whether an operand is the result of a node that is wrong. */
    private boolean spoiled;

    OpReader(GraphReader graphs, OpCatalog ops, Problems problems) {
        this.graphs = graphs;
        this.ops = ops;
        this.problems = problems;
    }

    /** The op; empty if that cannot be known for a reason that is reported. */
    Optional<Op> read(OpOperationContext text, Builder b) {
        String mnemonic = text.op.getText();
        OpCatalog.Entry entry = ops.find(mnemonic)
                .orElseThrow(() -> new TextException(
                        text.op,
                        "there is no op " + mnemonic,
                        Words.suggestion(mnemonic, ops.entries().keySet())));
        List<Component> components = entry.schema().components();
        Map<String, AttributeValueContext> attributes = attributes(text, components);
        List<OperandContext> operands = text.operand();
        Object[] values = new Object[components.size()];
        int operand = 0;
        boolean failed = false;
        for (int i = 0; i < values.length; i++) {
            Component c = components.get(i);
            try {
                values[i] = switch (c.role()) {
                    case FUNCTION -> entry.function().orElseThrow();
                    case OPERAND, OPTIONAL_OPERAND, OPERAND_LIST ->
                        operand(text, operands.size() > operand ? operands.get(operand++) : null, c, components);
                    case REGION -> region(text, c, attributes.get(c.textName()), b);
                    case ATTRIBUTE -> attribute(text, c, attributes.get(c.textName()));
                };
            } catch (TextException e) {
                e.addTo(problems);
                failed = true;
            }
        }
        if (operand < operands.size()) {
            throw new TextException(
                    operands.get(operand), mnemonic + " has too many operands", usage(mnemonic, components));
        }
        if (failed || spoiled) {
            return Optional.empty();
        }
        try {
            return Optional.of(entry.schema().create(values));
        } catch (RuntimeException e) { // the constructors of ops are open
            throw new TextException(text, mnemonic + ": " + e.getMessage(), "change its operands or attributes");
        }
    }

    private Map<String, AttributeValueContext> attributes(OpOperationContext text, List<Component> components) {
        List<String> known = components.stream()
                .filter(c -> c.role() == Role.ATTRIBUTE || c.role() == Role.REGION)
                .map(Component::textName)
                .toList();
        Map<String, AttributeValueContext> attributes = new HashMap<>();
        if (text.attributes() != null) {
            for (AttributeContext a : text.attributes().attribute()) {
                String key = a.key.getText();
                if (!known.contains(key)) {
                    problems.add(
                            a,
                            text.op.getText() + " has no attribute " + key,
                            known.isEmpty() ? "remove it" : Words.suggestion(key, known));
                } else if (attributes.put(key, a.attributeValue()) != null) {
                    problems.add(a, "the attribute " + key + " is given twice", "remove one");
                }
            }
        }
        return attributes;
    }

    private Object operand(
            OpOperationContext text, @Nullable OperandContext operand, Component c, List<Component> components) {
        String mnemonic = text.op.getText();
        if (operand == null) {
            if (c.role() == Role.OPTIONAL_OPERAND) {
                return Optional.empty();
            }
            throw new TextException(text, mnemonic + " has no operand " + c.textName(), usage(mnemonic, components));
        }
        return switch (operand) {
            case ValueOperandContext v when c.role() == Role.OPERAND -> value(v.VALUE());
            case ValueOperandContext v when c.role() == Role.OPTIONAL_OPERAND -> Optional.of(value(v.VALUE()));
            case AbsentOperandContext _ when c.role() == Role.OPTIONAL_OPERAND -> Optional.empty();
            case ListOperandContext l
            when c.role() == Role.OPERAND_LIST -> {
                List<Value> values = new ArrayList<>();
                for (TerminalNode v : l.VALUE()) {
                    values.add(value(v));
                }
                yield values;
            }
            default ->
                throw new TextException(
                        operand,
                        "`" + operand.getText() + "` is not an operand " + c.textName(),
                        usage(mnemonic, components));
        };
    }

    private Value value(TerminalNode name) {
        Optional<Value> v = graphs.use(name.getSymbol());
        spoiled |= v.isEmpty();
        return v.orElseGet(() -> new Value("", dev.lathe.ir.type.TensorType.scalar(dev.lathe.ir.type.ElementType.F32)));
    }

    private Object region(OpOperationContext text, Component c, @Nullable AttributeValueContext value, Builder b) {
        if (value instanceof RegionAttributeContext r) {
            return graphs.region(r.signature(), r.body(), b.region(c.textName()));
        }
        throw new TextException(
                text,
                text.op.getText() + " has no region " + c.textName(),
                "write " + c.textName() + "=graph(…) -> (…) { … } in its braces");
    }

    private Object attribute(OpOperationContext text, Component c, @Nullable AttributeValueContext value) {
        if (value != null) {
            return new AttributeReader(graphs.types()).read(value, c.type());
        }
        if (c.type() instanceof ParameterizedType p && p.getRawType() == Optional.class) {
            return Optional.empty();
        }
        throw new TextException(
                text,
                text.op.getText() + " has no attribute " + c.textName(),
                "write " + c.textName() + "=… in braces after its operands");
    }

    private static String usage(String mnemonic, List<Component> components) {
        List<String> operands = new ArrayList<>();
        for (Component c : components) {
            switch (c.role()) {
                case OPERAND -> operands.add("%" + c.textName());
                case OPTIONAL_OPERAND -> operands.add("%" + c.textName() + " or _");
                case OPERAND_LIST -> operands.add("[%" + c.textName() + ", …]");
                case REGION, FUNCTION, ATTRIBUTE -> {}
            }
        }
        return "write " + mnemonic + "(" + String.join(", ", operands) + ")";
    }
}
