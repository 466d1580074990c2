package dev.lathe.passes.fuse;

import static dev.lathe.passes.Pattern.*;
import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.passes.Pattern;
import dev.lathe.passes.Rule;
import java.util.List;

/** GELU as exporters spell it out: every order of the factors, by error function or tanh. */
final class GeluRules {
    private static final Pattern.Var X = var("x");

    private GeluRules() {}

    /** {@code 1 + erf(x / √2)} */
    private static final Pattern ERF = add(
            unary(UnaryFunction.ERF, either(multiply(X, about(Math.sqrt(0.5))), divide(X, about(Math.sqrt(2))))),
            about(1));

    private static final Pattern SQUARE = either(multiply(X, X), pow(X, number(2)));
    private static final Pattern CUBE = either(multiply(SQUARE, X), pow(X, number(3)));
    private static final double FACTOR = Math.sqrt(2 / Math.PI);

    /** {@code k x²}, multiplied in either order. */
    private static Pattern square(double k) {
        return either(multiply(SQUARE, about(k)), multiply(multiply(X, about(k)), X));
    }

    /** {@code k x³}, multiplied in either order. */
    private static Pattern cube(double k) {
        return either(multiply(CUBE, about(k)), multiply(square(k), X));
    }

    /** {@code 1 + tanh(√(2/π) * (x + 0.044715 x³))} */
    private static final Pattern TANH = add(
            unary(
                    UnaryFunction.TANH,
                    either(
                            multiply(add(X, cube(0.044715)), about(FACTOR)),
                            multiply(multiply(X, about(FACTOR)), add(square(0.044715), about(1))),
                            multiply(X, add(square(0.044715 * FACTOR), about(FACTOR))))),
            about(1));

    static final List<Rule<?>> RULES = List.of(
            gelu("gelu", ERF, false, 0),
            gelu("gelu", ERF, false, 1),
            gelu("gelu", ERF, false, 2),
            gelu("gelu by tanh", TANH, true, 0),
            gelu("gelu by tanh", TANH, true, 1),
            gelu("gelu by tanh", TANH, true, 2));

    private static Rule<?> gelu(String name, Pattern bell, boolean tanh, int order) {
        Pattern half = either(about(0.5));
        Pattern.Node root = switch (order) {
            case 0 -> multiply(multiply(X, half), bell); // (x * 0.5) * bell
            case 1 -> multiply(multiply(X, bell), half); // (x * bell) * 0.5
            default -> multiply(X, multiply(bell, half)); // x * (bell * 0.5)
        };
        return rule(name, root, m -> m.ifSameType(m.builder().add(new Gelu(m.get(X), tanh))));
    }
}
