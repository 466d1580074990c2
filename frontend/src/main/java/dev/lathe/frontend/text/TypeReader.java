package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.ConstantFactorContext;
import dev.lathe.grammar.LatheParser.ContainerTypeContext;
import dev.lathe.grammar.LatheParser.DefinedFactorContext;
import dev.lathe.grammar.LatheParser.DefinitionContext;
import dev.lathe.grammar.LatheParser.DimContext;
import dev.lathe.grammar.LatheParser.FactorContext;
import dev.lathe.grammar.LatheParser.FunctionFactorContext;
import dev.lathe.grammar.LatheParser.GroupFactorContext;
import dev.lathe.grammar.LatheParser.SymbolFactorContext;
import dev.lathe.grammar.LatheParser.TensorTypeContext;
import dev.lathe.grammar.LatheParser.TermContext;
import dev.lathe.grammar.LatheParser.TypeContext;
import dev.lathe.grammar.LatheParser.UnrankedTypeContext;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.tree.ParseTree;

/** Types and dimension expressions, and the names that a text gives some of these. */
final class TypeReader {
    /** More than any expression of a real shape has. */
    private static final int MAX_ARGUMENTS = 64;

    private final Map<String, Dim> definitions = new HashMap<>();

    /** Expressions by their text: large ones occur in many types, and in each other, and take time to make. */
    private final Map<String, Dim> read = new HashMap<>();

    /** Reads a name for a dimension, which may be used from here on. */
    void define(DefinitionContext definition) {
        Dim value = dim(definition.dim());
        if (definitions.putIfAbsent(definition.DEFINED().getText(), value.defined()) != null) {
            throw new TextException(
                    definition, definition.DEFINED().getText() + " is defined already", "choose another name");
        }
    }

    private Dim defined(DefinedFactorContext d) {
        Dim value = definitions.get(d.getText());
        if (value == null) {
            throw new TextException(
                    d,
                    "there is no dimension " + d.getText() + " here",
                    "define it before the graph, as in " + d.getText() + " = 2*n+1");
        }
        return value;
    }

    Type type(TypeContext type) {
        return switch (type) {
            case TensorTypeContext t -> TensorType.of(element(t.element), shape(t.dim()));
            case UnrankedTypeContext t -> TensorType.unranked(element(t.element));
            case ContainerTypeContext t -> container(t);
            default -> throw new IllegalStateException("unknown type context " + type.getClass());
        };
    }

    private Type container(ContainerTypeContext t) {
        String constructor = t.constructor.getText();
        if (constructor.equals("map") && t.key != null) {
            ElementType key = element(t.key);
            if (!MapType.isKey(key)) {
                throw new TextException(
                        t.key, "the keys of a map cannot be " + key.text(), "write string or an integer type");
            }
            return new MapType(key, type(t.type()));
        }
        return switch (t.key == null ? constructor : "") {
            case "seq" -> new SequenceType(type(t.type()));
            case "optional" -> new OptionalType(type(t.type()));
            default ->
                throw new TextException(
                        t.constructor,
                        "there is no type " + constructor + (t.key == null ? "<…>" : "<…, …>"),
                        "write seq<…>, map<…, …> or optional<…>");
        };
    }

    private static ElementType element(Token token) {
        return ElementType.ofText(token.getText())
                .orElseThrow(() -> new TextException(
                        token,
                        "there is no element type " + token.getText(),
                        Words.suggestion(
                                token.getText(),
                                Arrays.stream(ElementType.values())
                                        .map(ElementType::text)
                                        .toList())));
    }

    private Shape shape(List<DimContext> dims) {
        if (dims.size() > Check.MAX_RANK) {
            throw new TextException(
                    dims.getFirst(), "a tensor of " + dims.size() + " axes", "use at most " + Check.MAX_RANK);
        }
        return Shape.of(dims.stream().map(this::dim).toList());
    }

    Dim dim(DimContext dim) {
        String text = dim.getText();
        Dim known = read.get(text);
        if (known == null) {
            known = sum(dim);
            read.put(text, known);
        }
        return known;
    }

    private Dim sum(DimContext dim) {
        try {
            Dim sum = Dim.ZERO;
            int sign = 1;
            for (ParseTree child : dim.children) {
                if (child instanceof TermContext term) {
                    sum = sum.plus(term(term, sign));
                } else {
                    sign = child.getText().equals("-") ? -1 : 1;
                }
            }
            return sum;
        } catch (ArithmeticException e) {
            throw new TextException(
                    dim, "the dimension is out of range: " + e.getMessage(), "write a smaller expression");
        }
    }

    private Dim term(TermContext term, int sign) {
        Dim product = null;
        for (FactorContext factor : term.factor()) {
            // The sign goes with the first integer, since the least one has no positive counterpart.
            Dim f = product == null && factor instanceof ConstantFactorContext c
                    ? Dim.of(integer(c.getStart(), (sign < 0 ? "-" : "") + c.getText()))
                    : product == null ? factor(factor).times(sign) : factor(factor);
            product = product == null ? f : product.times(f);
        }
        return java.util.Objects.requireNonNull(product, "a term has a factor");
    }

    private Dim factor(FactorContext factor) {
        return switch (factor) {
            case ConstantFactorContext c -> Dim.of(integer(c.getStart(), c.getText()));
            case SymbolFactorContext s -> {
                String name = Words.name(s.name());
                yield s.getStart().getText().equals("?") ? Dim.signedSymbol(name) : Dim.symbol(name);
            }
            case DefinedFactorContext d -> defined(d);
            case GroupFactorContext g -> dim(g.dim());
            case FunctionFactorContext f -> function(f);
            default -> throw new IllegalStateException("unknown factor context " + factor.getClass());
        };
    }

    private Dim function(FunctionFactorContext f) {
        if (f.dim().size() > MAX_ARGUMENTS) {
            throw new TextException(
                    f, f.function.getText() + " of " + f.dim().size() + " dimensions", "use at most " + MAX_ARGUMENTS);
        }
        List<Dim> arguments = f.dim().stream().map(this::dim).toList();
        switch (f.function.getText()) {
            case "floor" -> {
                if (arguments.size() == 2) {
                    return arguments.get(0).floorDiv(arguments.get(1));
                }
                throw new TextException(f, "floor takes a numerator and a denominator", "write floor(n, 2)");
            }
            case "min" -> {
                return arguments.stream().reduce(Dim::min).orElseThrow();
            }
            case "max" -> {
                return arguments.stream().reduce(Dim::max).orElseThrow();
            }
            default ->
                throw new TextException(
                        f,
                        "there is no function " + f.function.getText() + " of dimensions",
                        "write floor, min or max");
        }
    }

    static long integer(Token at, String text) {
        if (text.length() <= 40) {
            try {
                return new BigInteger(text).longValueExact();
            } catch (ArithmeticException e) {
                throw new TextException(at, "the integer " + text + " does not fit 64 bits", "write a smaller one");
            }
        }
        throw new TextException(at, "an integer of " + text.length() + " digits", "write one that fits 64 bits");
    }
}
