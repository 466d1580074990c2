package dev.lathe.backend.java;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;

/**
 * Elementwise ops as expressions of the Vector API, with the bits of {@link ScalarText}.
 *
 * <p>All vectors of a kernel have as many {@linkplain VectorLanes lanes}. With lanes of 32 bits a float of 16 or 32
 * bits is a lane of a {@code FloatVector}, rounded to its precision, an integer of at most 32 bits a lane of an
 * {@code IntVector}, in its range, and a boolean a lane of a {@code VectorMask<Float>}; with lanes of 64 bits it is a
 * {@code DoubleVector}, a {@code LongVector} and a {@code VectorMask<Double>}. Narrower elements are widened when they
 * are loaded and narrowed when they are stored. Species: {@code F}, {@code D}, {@code I}, {@code L}, {@code S} and
 * {@code B}.
 */
final class VectorText {
    private final VectorLanes lanes;

    VectorText(VectorLanes lanes) {
        this.lanes = lanes;
    }

    /** One number in all lanes. */
    String broadcast(ElementType type, String value) {
        return type.isBool()
                ? lanes.species + ".maskAll(" + value + ")"
                : lanes.type(type) + ".broadcast(" + species(type) + ", " + value + ")";
    }

    /** The species of vectors of numbers. */
    private String species(ElementType type) {
        return type.isFloat() ? lanes.species : lanes.integerSpecies();
    }

    /** The elements at {@code at} of an array, of all lanes or those of {@code mask}, which may be empty. */
    String load(ElementType type, String array, String at, String mask) {
        return switch (type) {
            case F32, I32, F64, I64 ->
                lanes.type(type) + ".fromArray(" + species(type) + ", " + array + ", " + at
                        + masked(mask, species(type)) + ")";
            case I8 -> wide("ByteVector", "B", "B2I", array, at, mask);
            case U8 -> wide("ByteVector", "B", "ZERO_EXTEND_B2I", array, at, mask);
            case BOOL ->
                lanes == VectorLanes.SINGLE
                        ? "(" + wide("ByteVector", "B", "B2I", array, at, mask)
                                + ").compare(VectorOperators.NE, 0).cast(F)"
                        : "ByteVector.fromArray(B, " + array + ", " + at + masked(mask, "B")
                                + ").compare(VectorOperators.NE, 0)" + (lanes == VectorLanes.BYTE ? "" : floatMask());
            case I16 -> wide("ShortVector", "S", "S2I", array, at, mask);
            case U16 -> wide("ShortVector", "S", "ZERO_EXTEND_S2I", array, at, mask);
            default -> throw new IllegalStateException("no vectors of " + type);
        };
    }

    private String wide(String vector, String species, String conversion, String array, String at, String mask) {
        return "(IntVector) " + vector + ".fromArray(" + species + ", " + array + ", " + at + masked(mask, species)
                + ").convertShape(VectorOperators." + conversion + ", I, 0)";
    }

    private String masked(String mask, String species) {
        return mask.isEmpty() ? "" : ", " + mask + cast(species);
    }

    /** A mask of this kernel as one of a species, or the other way round. */
    private String cast(String species) {
        return species.equals(lanes.species) ? "" : ".cast(" + species + ")";
    }

    /** Statements that declare {@code result} as the elements at {@code at} of an array. */
    String loaded(ElementType type, String array, String at, String mask, String result) {
        return switch (type) {
            case F16 -> declared("FloatVector", result, """
                IntVector h = %s;
                IntVector w = h.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
                IntVector b = w.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
                b = b.blend(b.or(0x7f800000), w.compare(VectorOperators.GE, 0x0f800000));
                %s = b.or(h.and(Integer.MIN_VALUE)).reinterpretAsFloats();
                """.formatted(load(ElementType.I16, array, at, mask), result));
            case BF16 ->
                "FloatVector " + result + " = (" + load(ElementType.I16, array, at, mask)
                        + ").lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();\n";
            default -> lanes.type(type) + " " + result + " = " + load(type, array, at, mask) + ";\n";
        };
    }

    /** Statements that store {@code v} at {@code at} of an array; a float of 16 bits need not be rounded yet. */
    String stored(ElementType type, String v, String array, String at, String mask) {
        String to = "(" + array + ", " + at;
        return switch (type) {
            case F32, I32, F64, I64 -> v + ".intoArray" + to + masked(mask, species(type)) + ");\n";
            case I8, U8 ->
                "((ByteVector) " + v + ".convertShape(VectorOperators.I2B, B, 0)).intoArray" + to + masked(mask, "B")
                        + ");\n";
            case I16, U16 ->
                "((ShortVector) " + v + ".convertShape(VectorOperators.I2S, S, 0)).intoArray" + to + masked(mask, "S")
                        + ");\n";
            case BOOL ->
                "ByteVector.zero(B).blend((byte) 1, " + v + cast("B") + ").intoArray" + to + masked(mask, "B") + ");\n";
            // The sum with a power of two rounds to the bits that are left; a product overflows where halves do.
            case F16 ->
                "{\n" + """
                    IntVector b = %1$s.reinterpretAsInts();
                    IntVector e = b.and(0x7f800000).max(0x38800000).add(0x07800000);
                    FloatVector cut = %1$s.abs().mul(0x1p112f).mul(0x1p-110f);
                    IntVector sum = e.reinterpretAsFloats().add(cut).reinterpretAsInts();
                    IntVector h = sum.lanewise(VectorOperators.LSHR, 13).and(0x7c00).add(sum.and(0xfff));
                    h = h.blend(0x7e00, %1$s.test(VectorOperators.IS_NAN).cast(I));
                    h = h.or(b.lanewise(VectorOperators.LSHR, 16).and(0x8000));
                    """.formatted(v).indent(4) + "    " + stored(ElementType.I16, "h", array, at, mask) + "}\n";
            case BF16 ->
                "{\n" + ("IntVector h = " + bfloat16Bits(v) + ";\n").indent(4) + "    "
                        + stored(ElementType.I16, "h", array, at, mask) + "}\n";
            default -> throw new IllegalStateException("no vectors of " + type);
        };
    }

    /** A mask for vectors of floats as one for vectors of integers. */
    private String integerMask() {
        return ".cast(" + lanes.integerSpecies() + ")";
    }

    /** A mask for vectors of integers as one for vectors of floats. */
    private String floatMask() {
        return ".cast(" + lanes.species + ")";
    }

    private String bfloat16Bits(String x) {
        String bits = x + ".reinterpretAsInts()";
        return bits + ".add(0x7fff).add(" + bits + ".lanewise(VectorOperators.LSHR, 16).and(1))\n"
                + "        .lanewise(VectorOperators.LSHR, 16).blend(0x7fc0, " + x
                + ".test(VectorOperators.IS_NAN).cast(I))";
    }

    /**
     * Statements that declare {@code result} as {@code op} on operands that are the given variables; empty if vectors
     * have none.
     *
     * @param types the element types of the operands
     * @param to the element type of the result
     * @param rounds whether the result must have the precision of its type, or the bits of it alone
     * @param bounded whether the operand of a cast is known to be less than 2^31 in magnitude, or NaN
     */
    Optional<String> statements(
            Op op,
            List<ElementType> types,
            ElementType to,
            List<String> v,
            String result,
            boolean rounds,
            boolean bounded) {
        if (!lanes.holds(to) || !types.stream().allMatch(lanes::holds)) {
            return Optional.empty();
        }
        ElementType from = types.getFirst();
        String x = v.getFirst();
        if (op instanceof Cast) {
            return cast(from, to, x, result, rounds, bounded);
        }
        if (op instanceof Unary u && from.isFloat() && lanes == VectorLanes.SINGLE) {
            Optional<String> function = VectorFunctionText.statements(u.function(), x, result);
            if (function.isPresent()) {
                return function.map(s -> s + (rounds ? rounded(to, result, result) : ""));
            }
        }
        if (op instanceof Binary b && VectorFunctionText.isPower(b) && lanes == VectorLanes.SINGLE) {
            return Optional.of(
                    PowerText.statements(x, v.getLast(), result) + (rounds ? rounded(to, result, result) : ""));
        }
        if (op instanceof Unary u && (u.function() == UnaryFunction.FLOOR || u.function() == UnaryFunction.CEIL)) {
            return Optional.of(stepped(u.function(), x, result));
        }
        return expression(op, types, v).map(e -> {
            if (!rounds && to.isInteger()) {
                return lanes.type(to) + " " + result + " = " + e + ";\n";
            }
            boolean exact = !rounds || !to.isFloat() || to.bits() > 16 || isExact(op);
            return exact
                    ? lanes.type(to) + " " + result + " = " + wrapped(to, e, op) + ";\n"
                    : "FloatVector " + result + " = " + e + ";\n" + rounded(to, result, result);
        });
    }

    /** Statements that declare {@code result} as what a cast makes of {@code x}, which it rounds and cuts. */
    String roundedCast(RoundedCast c, String x, ElementType to, String result, boolean rounds) {
        String e = c.expression(x);
        return "IntVector " + result + " = " + (rounds ? wrapped(to, e) : e) + ";\n";
    }

    /** Whether results of an op on floats have the precision of its operands. */
    private boolean isExact(Op op) {
        return switch (op) {
            case Unary u ->
                switch (u.function()) {
                    case NEGATE, ABS, SIGN, FLOOR, CEIL, ROUND, RELU -> true;
                    default -> false;
                };
            case Binary b -> b.function() == BinaryFunction.MIN || b.function() == BinaryFunction.MAX;
            default -> true;
        };
    }

    private String declared(String type, String result, String steps) {
        return type + " " + result + ";\n{\n" + steps.indent(4) + "}\n";
    }

    private Optional<String> expression(Op op, List<ElementType> types, List<String> v) {
        ElementType type = types.getLast();
        return switch (op) {
            case Unary u when type.isFloat() -> floating(u, type, v.getFirst());
            case Unary u -> integral(u, type, v.getFirst());
            case Binary n when type.isBool() -> logical(n, v.get(0), v.get(1));
            case Binary n when type.isFloat() -> floating(n, v.get(0), v.get(1));
            case Binary n -> integral(n, v.get(0), v.get(1));
            case Compare c -> Optional.of(compare(c.function(), type, v.get(0), v.get(1)));
            case Select _
            when type.isBool() ->
                Optional.of(v.get(0) + ".and(" + v.get(1) + ").or(" + v.get(2) + ".andNot(" + v.get(0) + "))");
            case Select _ ->
                Optional.of(v.get(2) + ".blend(" + v.get(1) + ", " + v.get(0)
                        + (type.isFloat() ? ")" : integerMask() + ")"));
            default -> Optional.empty();
        };
    }

    private Optional<String> floating(Unary u, ElementType type, String x) {
        return switch (u.function()) {
            case NEGATE -> Optional.of(x + ".neg()");
            case ABS -> Optional.of(x + ".abs()");
            case SQRT -> Optional.of(x + ".sqrt()");
            case RECIPROCAL -> Optional.of(broadcast(type, "1f") + ".div(" + x + ")");
            case RELU -> Optional.of(x + ".max(0f)");
            case SIGN ->
                Optional.of(x + ".blend(1f, " + x + ".compare(VectorOperators.GT, 0f)).blend(-1f, " + x
                        + ".compare(VectorOperators.LT, 0f))");
            case IS_NAN -> Optional.of(x + ".test(VectorOperators.IS_NAN)");
            case ROUND -> Optional.of(signed(nearest(x), x));
            default -> Optional.empty();
        };
    }

    /** The magnitude of {@code x} as a whole number, ties to even. */
    private String nearest(String x) {
        String magic = lanes == VectorLanes.DOUBLE ? "0x1p52" : "0x1p23f";
        return "%1$s.abs().add(%2$s).sub(%2$s).blend(%1$s.abs(), %1$s.abs().compare(VectorOperators.GE, %2$s))"
                .formatted(x, magic);
    }

    /** The whole number on one side of {@code x}: one step from the nearest where that is on the other. */
    private String stepped(UnaryFunction f, String x, String result) {
        boolean floor = f == UnaryFunction.FLOOR;
        return declared(lanes.floats, result, """
            %7$s n = %1$s;
            n = n.%2$s(%7$s.zero(%8$s).blend(1f, n.compare(VectorOperators.%3$s, %4$s)));
            %5$s = %6$s;
            """.formatted(
                        signed(nearest(x), x),
                        floor ? "sub" : "add",
                        floor ? "GT" : "LT",
                        x,
                        result,
                        signed("n", x),
                        lanes.floats,
                        lanes.species));
    }

    private String signed(String magnitude, String x) {
        return lanes == VectorLanes.DOUBLE
                ? magnitude + ".reinterpretAsLongs().or(" + x
                        + ".reinterpretAsLongs().and(Long.MIN_VALUE)).reinterpretAsDoubles()"
                : magnitude + ".reinterpretAsInts().or(" + x
                        + ".reinterpretAsInts().and(Integer.MIN_VALUE)).reinterpretAsFloats()";
    }

    private Optional<String> floating(Binary n, String x, String y) {
        return switch (n.function()) {
            case ADD -> Optional.of(x + ".add(" + y + ")");
            case SUBTRACT -> Optional.of(x + ".sub(" + y + ")");
            case MULTIPLY -> Optional.of(x + ".mul(" + y + ")");
            case DIVIDE -> Optional.of(x + ".div(" + y + ")");
            case MIN -> Optional.of(x + ".min(" + y + ")");
            case MAX -> Optional.of(x + ".max(" + y + ")");
            default -> Optional.empty();
        };
    }

    private Optional<String> logical(Binary n, String x, String y) {
        return switch (n.function()) {
            case AND -> Optional.of(x + ".and(" + y + ")");
            case OR -> Optional.of(x + ".or(" + y + ")");
            case XOR -> Optional.of(x + ".xor(" + y + ")");
            default -> Optional.empty();
        };
    }

    private Optional<String> integral(Unary u, ElementType type, String x) {
        boolean unsigned = type.isUnsigned();
        return switch (u.function()) {
            case NOT, BIT_NOT -> Optional.of(x + ".not()");
            case NEGATE -> Optional.of(x + ".neg()");
            case ABS -> Optional.of(unsigned ? x : x + ".abs()");
            case SIGN -> Optional.of(x + (unsigned ? ".min(1)" : ".min(1).max(-1)"));
            case RELU -> Optional.of(unsigned ? x : x + ".max(0)");
            default -> Optional.empty();
        };
    }

    private Optional<String> integral(Binary n, String x, String y) {
        return switch (n.function()) {
            case ADD -> Optional.of(x + ".add(" + y + ")");
            case SUBTRACT -> Optional.of(x + ".sub(" + y + ")");
            case MULTIPLY -> Optional.of(x + ".mul(" + y + ")");
            case MIN -> Optional.of(x + ".min(" + y + ")");
            case MAX -> Optional.of(x + ".max(" + y + ")");
            case BIT_AND -> Optional.of(x + ".and(" + y + ")");
            case BIT_OR -> Optional.of(x + ".or(" + y + ")");
            case BIT_XOR -> Optional.of(x + ".lanewise(VectorOperators.XOR, " + y + ")");
            default -> Optional.empty();
        };
    }

    private String compare(Comparison c, ElementType type, String x, String y) {
        if (type.isBool()) {
            return switch (c) {
                case EQUAL -> x + ".eq(" + y + ")";
                case NOT_EQUAL -> x + ".xor(" + y + ")";
                case LESS -> y + ".andNot(" + x + ")";
                case LESS_OR_EQUAL -> x + ".not().or(" + y + ")";
                case GREATER -> x + ".andNot(" + y + ")";
                case GREATER_OR_EQUAL -> y + ".not().or(" + x + ")";
            };
        }
        String operator = switch (c) {
            case EQUAL -> "EQ";
            case NOT_EQUAL -> "NE";
            case LESS -> "LT";
            case LESS_OR_EQUAL -> "LE";
            case GREATER -> "GT";
            case GREATER_OR_EQUAL -> "GE";
        };
        return x + ".compare(VectorOperators." + operator + ", " + y + ")" + (type.isFloat() ? "" : floatMask());
    }

    /** An integer that an op computed, with the low bits of its type alone; as it is where they are all it has. */
    private String wrapped(ElementType type, String e, Op op) {
        boolean grows = switch (op) {
            case Unary u ->
                switch (u.function()) {
                    case NEGATE, ABS, BIT_NOT -> true;
                    default -> false;
                };
            case Binary b ->
                switch (b.function()) {
                    case ADD, SUBTRACT, MULTIPLY -> true;
                    default -> false;
                };
            default -> false;
        };
        return grows ? wrapped(type, e) : e;
    }

    private String wrapped(ElementType type, String e) {
        return switch (type) {
            case I8 -> e + ".lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24)";
            case U8 -> e + ".and(0xff)";
            case I16 -> e + ".lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)";
            case U16 -> e + ".and(0xffff)";
            default -> e;
        };
    }

    private Optional<String> cast(
            ElementType from, ElementType to, String x, String result, boolean rounds, boolean bounded) {
        String declaration = lanes.type(to) + " " + result + " = ";
        if (from == to) {
            return Optional.of(declaration + x + ";\n");
        }
        if (to.isBool()) {
            String zero = from.isFloat() ? "0f" : "0";
            return Optional.of(declaration + x + ".compare(VectorOperators.NE, " + zero + ")"
                    + (from.isFloat() ? "" : floatMask()) + ";\n");
        }
        if (from.isBool()) {
            return Optional.of(declaration
                    + (to.isFloat()
                            ? broadcast(to, "0f") + ".blend(1f, " + x + ");\n"
                            : broadcast(to, "0") + ".blend(1, " + x + integerMask() + ");\n"));
        }
        if (lanes != VectorLanes.SINGLE) {
            return Optional.empty(); // the JIT makes vectors of such casts, and few machines have an instruction
        }
        if (from.isFloat() && to.isFloat()) {
            return Optional.of(
                    to == ElementType.F32 || !rounds
                            ? declaration + x + ";\n"
                            : declaration + x + ";\n" + rounded(to, x, result));
        }
        if (to.isFloat()) {
            if (to == ElementType.BF16 && from == ElementType.I32) {
                return Optional.of(towardsOdd(x, result) + (rounds ? rounded(to, result, result) : ""));
            }
            String e = declaration + "(FloatVector) " + x + ".convert(VectorOperators.I2F, 0);\n";
            return Optional.of(rounds ? e + rounded(to, result, result) : e);
        }
        if (!from.isFloat()) {
            return Optional.of(declaration + (rounds ? wrapped(to, x) : x) + ";\n");
        }
        String whole = "((IntVector) " + x + ".convert(VectorOperators.F2I, 0))";
        if (bounded) {
            return Optional.of(declaration + wrapped(to, whole) + ";\n");
        }
        // Beyond 32 bits: the low bits of the integer of 64 bits.
        return Optional.of(declared("IntVector", result, """
            IntVector b = %2$s.reinterpretAsInts();
            IntVector shift = b.lanewise(VectorOperators.LSHR, 23).and(0xff).sub(150);
            IntVector low = b.and(0x7fffff).or(0x800000).lanewise(VectorOperators.LSHL, shift.and(31));
            low = low.blend(0, shift.compare(VectorOperators.GT, 31));
            low = low.blend(low.neg(), b.compare(VectorOperators.LT, 0));
            low = low.blend(-1, %2$s.compare(VectorOperators.GE, 0x1p63f).cast(I));
            low = %3$s.blend(low, %2$s.abs().compare(VectorOperators.GE, 0x1p31f).cast(I));
            %1$s = %4$s;
            """.formatted(result, x, whole, wrapped(to, "low"))));
    }

    /** Declares {@code result} as a float that is rounded to fewer bits as the integer {@code x} itself is. */
    private String towardsOdd(String x, String result) {
        return declared("FloatVector", result, """
            FloatVector f = (FloatVector) %1$s.convert(VectorOperators.I2F, 0);
            IntVector odd = %1$s.and(~0xff).or(IntVector.zero(I).blend(0x100, %1$s.and(0xff).compare(VectorOperators.NE, 0)));
            %2$s = f.blend(
                    (FloatVector) odd.convert(VectorOperators.I2F, 0), f.abs().compare(VectorOperators.GE, 0x1p24f));
            """.formatted(x, result));
    }

    /** Statements that set {@code result} to {@code x} with the precision of the type. */
    private String rounded(ElementType type, String x, String result) {
        return switch (type) {
            case F16 -> "{\n" + """
                IntVector b = %1$s.reinterpretAsInts().and(0x7fffffff);
                FloatVector a = %1$s.abs();
                b = b.add(0xfff).add(b.lanewise(VectorOperators.LSHR, 13).and(1)).and(0xffffe000);
                FloatVector h = b.reinterpretAsFloats();
                h = h.blend(a.add(0.5f).sub(0.5f), a.compare(VectorOperators.LT, 0x1p-14f));
                h = h.blend(Float.POSITIVE_INFINITY, a.compare(VectorOperators.GE, 65520f));
                h = h.blend(Float.NaN, a.test(VectorOperators.IS_NAN));
                %2$s = %3$s;
                """.formatted(x, result, signed("h", x)).indent(4) + "}\n";
            case BF16 ->
                result + " = " + bfloat16Bits(x)
                        + "\n        .lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();\n";
            default -> "";
        };
    }
}
