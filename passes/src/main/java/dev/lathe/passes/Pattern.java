package dev.lathe.passes;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.DoublePredicate;
import java.util.function.Predicate;

/**
 * What a value's definition must look like. Patterns match by continuation, so that both orders of a commutative op
 * are tried together with all that follows.
 */
@FunctionalInterface
public interface Pattern {

    /** Whether {@code v} matches and {@code then} holds; bindings made on the way stay only if so. */
    boolean match(Value v, Match m, BooleanSupplier then);

    /** A pattern for a node of a known op class: the only kind that can be the root of a rule. */
    interface Node extends Pattern {
        Class<? extends Op> root();

        boolean matchOp(Op op, Match m, BooleanSupplier then);

        @Override
        default boolean match(Value v, Match m, BooleanSupplier then) {
            return m.through(v, root(), op -> matchOp(op, m, then));
        }
    }

    /** Any value, the same wherever the variable stands in a rule. */
    final class Var implements Pattern {
        private final String name;

        private Var(String name) {
            this.name = name;
        }

        @Override
        public boolean match(Value v, Match m, BooleanSupplier then) {
            return m.bind(this, v, then);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Var var(String name) {
        return new Var(name);
    }

    /** A tensor whose elements are all exactly {@code number}. */
    static Pattern number(double number) {
        return number(x -> x == number);
    }

    /** A tensor whose elements are all {@code number}, to the precision of its element type. */
    static Pattern about(double number) {
        return (v, m, then) -> {
            var x = m.number(v);
            return x.isPresent()
                    && Math.abs(x.getAsDouble() - number) <= precision(v) * Math.abs(number)
                    && then.getAsBoolean();
        };
    }

    private static double precision(Value v) {
        return v.tensorType().element().bits() < 32 ? 4e-3 : 1e-6;
    }

    /** A tensor whose elements are all equal to one number that satisfies {@code test}. */
    static Pattern number(DoublePredicate test) {
        return (v, m, then) -> {
            var x = m.number(v);
            return x.isPresent() && test.test(x.getAsDouble()) && then.getAsBoolean();
        };
    }

    /** {@code inner}, if it is a constant. */
    static Pattern constant(Pattern inner) {
        return (v, m, then) -> m.isConstant(v) && inner.match(v, m, then);
    }

    /** {@code inner}, if the value has no other use. */
    static Pattern once(Pattern inner) {
        return (v, m, then) -> m.isUsedOnce(v) && inner.match(v, m, then);
    }

    /** {@code inner}, if the value satisfies {@code test}. */
    static Pattern where(Predicate<Value> test, Pattern inner) {
        return (v, m, then) -> test.test(v) && inner.match(v, m, then);
    }

    /** {@code inner}, whose value {@code variable} also stands for. */
    static Pattern as(Var variable, Pattern inner) {
        return (v, m, then) -> variable.match(v, m, () -> inner.match(v, m, then));
    }

    static Pattern either(Pattern... alternatives) {
        List<Pattern> all = List.of(alternatives);
        return (v, m, then) -> {
            for (Pattern p : all) {
                if (p.match(v, m, then)) {
                    return true;
                }
            }
            return false;
        };
    }

    /** A node of class {@code root} that satisfies {@code test}, with operands that match in order. */
    static <T extends Op> Node op(Class<T> root, Predicate<T> test, Pattern... operands) {
        List<Pattern> patterns = List.of(operands);
        return new Node() {
            @Override
            public Class<? extends Op> root() {
                return root;
            }

            @Override
            public boolean matchOp(Op op, Match m, BooleanSupplier then) {
                return root.isInstance(op)
                        && test.test(root.cast(op))
                        && op.operands().size() == patterns.size()
                        && inOrder(op.operands(), 0, m, then);
            }

            private boolean inOrder(List<Value> values, int i, Match m, BooleanSupplier then) {
                return i == patterns.size()
                        ? then.getAsBoolean()
                        : patterns.get(i).match(values.get(i), m, () -> inOrder(values, i + 1, m, then));
            }
        };
    }

    static Node unary(UnaryFunction f, Pattern x) {
        return op(Unary.class, u -> u.function() == f, x);
    }

    static Node binary(BinaryFunction f, Pattern x, Pattern y) {
        return op(Binary.class, n -> n.function() == f, x, y);
    }

    /** Both orders. */
    static Node commutative(BinaryFunction f, Pattern x, Pattern y) {
        Node straight = binary(f, x, y);
        Node crossed = binary(f, y, x);
        return new Node() {
            @Override
            public Class<? extends Op> root() {
                return Binary.class;
            }

            @Override
            public boolean matchOp(Op op, Match m, BooleanSupplier then) {
                return straight.matchOp(op, m, then) || crossed.matchOp(op, m, then);
            }
        };
    }

    static Node add(Pattern x, Pattern y) {
        return commutative(BinaryFunction.ADD, x, y);
    }

    static Node multiply(Pattern x, Pattern y) {
        return commutative(BinaryFunction.MULTIPLY, x, y);
    }

    static Node subtract(Pattern x, Pattern y) {
        return binary(BinaryFunction.SUBTRACT, x, y);
    }

    static Node divide(Pattern x, Pattern y) {
        return binary(BinaryFunction.DIVIDE, x, y);
    }

    static Node pow(Pattern x, Pattern y) {
        return binary(BinaryFunction.POW, x, y);
    }

    static Node reduce(ReduceFunction f, Predicate<Reduce> test, Pattern x) {
        return op(Reduce.class, r -> r.function() == f && test.test(r), x);
    }
}
