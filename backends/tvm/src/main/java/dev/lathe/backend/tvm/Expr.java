package dev.lathe.backend.tvm;

import java.util.List;

/** An expression of TVM's tensor IR. Equal ones may share an object of TVM. */
sealed interface Expr {
    Dtype type();

    /** A variable; names are unique where they are visible. */
    record Var(String name, Dtype type) implements Expr, Kernel.Parameter {}

    record Int(Dtype type, long value) implements Expr {}

    record Real(Dtype type, double value) implements Expr {}

    record Binary(Op op, Expr a, Expr b) implements Expr {
        @Override
        public Dtype type() {
            return op.isCondition ? Dtype.BOOL : a.type();
        }
    }

    record Not(Expr a) implements Expr {
        @Override
        public Dtype type() {
            return Dtype.BOOL;
        }
    }

    /** One of two, both of which are computed. */
    record Select(Expr condition, Expr yes, Expr no) implements Expr {
        @Override
        public Dtype type() {
            return yes.type();
        }
    }

    /** One of two, of which the other is not computed. */
    record Choose(Expr condition, Expr yes, Expr no) implements Expr {
        @Override
        public Dtype type() {
            return yes.type();
        }
    }

    record Cast(Dtype type, Expr x) implements Expr {}

    /** An intrinsic function of TVM. */
    record Call(Dtype type, String intrinsic, List<Expr> arguments) implements Expr {}

    record Load(Array array, Expr index) implements Expr {
        @Override
        public Dtype type() {
            return array.element();
        }
    }

    /** Operators of two operands; integers are divided toward zero. */
    enum Op {
        ADD("Add", "+", false),
        SUB("Sub", "-", false),
        MUL("Mul", "*", false),
        DIV("Div", "/", false),
        MOD("Mod", "%", false),
        MIN("Min", "min", false),
        MAX("Max", "max", false),
        EQ("EQ", "==", true),
        NE("NE", "!=", true),
        LT("LT", "<", true),
        LE("LE", "<=", true),
        GT("GT", ">", true),
        GE("GE", ">=", true),
        AND("And", "and", true),
        OR("Or", "or", true);

        /** The node of TVM. */
        final String node;

        final String symbol;
        private final boolean isCondition;

        Op(String node, String symbol, boolean isCondition) {
            this.node = node;
            this.symbol = symbol;
            this.isCondition = isCondition;
        }
    }

    // What is written often.

    static Expr of(long value) {
        return new Int(Dtype.I64, value);
    }

    static Expr of(Dtype type, double value) {
        return type.isFloat() ? new Real(type, value) : new Int(type, (long) value);
    }

    private static boolean is(Expr e, long value) {
        return e instanceof Int(Dtype _, long v) && v == value;
    }

    default Expr plus(Expr other) {
        if (this instanceof Int(Dtype t, long a) && other instanceof Int(Dtype _, long b) && t == Dtype.I64) {
            return of(a + b);
        }
        return is(other, 0) ? this : is(this, 0) ? other : new Binary(Op.ADD, this, other);
    }

    default Expr plus(long other) {
        return plus(new Int(type(), other));
    }

    default Expr minus(Expr other) {
        return is(other, 0) ? this : new Binary(Op.SUB, this, other);
    }

    default Expr minus(long other) {
        return minus(new Int(type(), other));
    }

    default Expr times(Expr other) {
        if (this instanceof Int(Dtype t, long a) && other instanceof Int(Dtype _, long b) && t == Dtype.I64) {
            return of(a * b);
        }
        return is(other, 1) ? this : is(this, 1) ? other : new Binary(Op.MUL, this, other);
    }

    default Expr times(long other) {
        return times(new Int(type(), other));
    }

    /**
     * The quotient. Where integers are divided by the constant 0, which is a size of something that has no elements,
     * nothing runs; of floats TVM would refuse it, and it is a product.
     */
    default Expr over(Expr other) {
        if (other instanceof Real(Dtype t, double zero) && zero == 0) {
            return times(new Real(t, 1 / zero));
        }
        return is(other, 1) || is(other, 0) ? this : new Binary(Op.DIV, this, other);
    }

    default Expr over(long other) {
        return over(new Int(type(), other));
    }

    /** The rest; by the constant 0 as with {@link #over}. */
    default Expr mod(Expr other) {
        return is(other, 1) || is(other, 0) ? new Int(type(), 0) : new Binary(Op.MOD, this, other);
    }

    default Expr mod(long other) {
        return mod(new Int(type(), other));
    }

    default Expr min(Expr other) {
        return new Binary(Op.MIN, this, other);
    }

    default Expr max(Expr other) {
        return new Binary(Op.MAX, this, other);
    }

    default Expr compare(Op op, Expr other) {
        return new Binary(op, this, other);
    }

    default Expr isBelow(Expr other) {
        return new Binary(Op.LT, this, other);
    }

    default Expr isBelow(long other) {
        return isBelow(new Int(type(), other));
    }

    default Expr isAtLeast(Expr other) {
        return new Binary(Op.GE, this, other);
    }

    default Expr isAtLeast(long other) {
        return isAtLeast(new Int(type(), other));
    }

    default Expr equalTo(Expr other) {
        return new Binary(Op.EQ, this, other);
    }

    default Expr equalTo(long other) {
        return equalTo(new Int(type(), other));
    }

    default Expr and(Expr other) {
        return new Binary(Op.AND, this, other);
    }

    default Expr or(Expr other) {
        return new Binary(Op.OR, this, other);
    }

    default Expr not() {
        return new Not(this);
    }

    /** This condition, as a choice between two numbers. */
    default Expr select(Expr yes, Expr no) {
        return new Select(this, yes, no);
    }

    default Expr cast(Dtype to) {
        if (this instanceof Int(Dtype _, long v) && to == Dtype.F32) {
            return new Real(to, (float) v);
        }
        return type() == to ? this : new Cast(to, this);
    }

    default Expr call(String intrinsic, Expr... others) {
        List<Expr> all = new java.util.ArrayList<>(List.of(this));
        all.addAll(List.of(others));
        return new Call(type(), intrinsic, List.copyOf(all));
    }

    /** The same bits as a number of another type. */
    default Expr reinterpret(Dtype to) {
        return new Call(to, "tir.reinterpret", List.of(this));
    }
}
