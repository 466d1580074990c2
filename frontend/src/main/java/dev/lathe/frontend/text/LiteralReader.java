package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.LiteralContext;
import dev.lathe.grammar.LatheParser.NumberContext;
import dev.lathe.grammar.LatheParser.RowContext;
import dev.lathe.grammar.LatheParser.ScalarContext;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;

/** Tensors written out. One scalar stands for all elements. */
final class LiteralReader {
    /** What the scalars of one text may stand for together, beyond {@link #BYTES_PER_CHARACTER}. */
    private static final long FREE_BYTES = 64 << 20;
    /** What the printer never exceeds. */
    private static final long BYTES_PER_CHARACTER = 256;

    private long bytesLeft;

    LiteralReader(int textLength) {
        this.bytesLeft = FREE_BYTES + BYTES_PER_CHARACTER * textLength;
    }

    Tensor read(LiteralContext literal, TensorType type) {
        long[] dims = type.isRanked() ? type.shape().constants().orElse(null) : null;
        if (dims == null) {
            throw new TextException(literal, "a constant of type " + type, "give it constant dimensions");
        }
        boolean list = literal.row() != null;
        List<ScalarContext> scalars = new ArrayList<>();
        if (list) {
            collect(literal.row(), 0, type, dims, scalars);
        } else {
            scalars.add(literal.scalar());
        }
        long size = size(literal, dims, type, list, scalars.size());
        Tensor out = Tensor.zeros(type.element(), dims);
        if (list) {
            for (int i = 0; i < scalars.size(); i++) {
                set(out, i, scalars.get(i));
            }
        } else if (size > 0) {
            set(out, 0, scalars.getFirst());
            for (long i = 1; i < size; i++) {
                out.copyElement(i, out, 0);
            }
        }
        return out;
    }

    /** The scalars of a list in their order; lists within it must be nested as {@code dims} say. */
    private static void collect(RowContext row, int depth, TensorType type, long[] dims, List<ScalarContext> into) {
        boolean nested = depth > 0 || !row.row().isEmpty();
        int count = row.row().size() + row.scalar().size();
        boolean last = depth == dims.length - 1;
        boolean fits = depth < dims.length && dims[depth] == count && (last ? row.row() : row.scalar()).isEmpty();
        if (nested && !fits) {
            throw new TextException(
                    row,
                    "a list of " + count + (row.row().isEmpty() ? " elements" : " lists or elements") + " does not fit "
                            + type,
                    "nest the lists as the dimensions are, such as [[1, 2], [3, 4]] for f32[2, 2], or write all"
                            + " elements in one list");
        }
        for (ParseTree part : row.children) {
            if (part instanceof RowContext inner) {
                collect(inner, depth + 1, type, dims, into);
            } else if (part instanceof ScalarContext scalar) {
                into.add(scalar);
            }
        }
    }

    private long size(LiteralContext literal, long[] dims, TensorType type, boolean list, int given) {
        long size = 1;
        boolean empty = false;
        for (long d : dims) {
            if (d < 0) {
                throw new TextException(literal, "a constant of type " + type, "give it dimensions of at least 0");
            }
            empty |= d == 0;
            long factor = Math.max(d, 1);
            if (size > Integer.MAX_VALUE / factor) {
                throw new TextException(
                        literal,
                        "a constant of type " + type + " is too large for text",
                        "keep it in the .safetensors file beside the text: constant @\"name\" : " + type);
            }
            size *= factor;
        }
        size = empty ? 0 : size;
        if (list && size != given) {
            throw new TextException(
                    literal,
                    given + " elements for a constant of type " + type,
                    "write " + size + " elements, in one list or in lists nested as the dimensions are, or one scalar"
                            + " without brackets for all of them");
        }
        // A string is at least a reference; all elements of a scalar share it.
        bytesLeft -=
                list ? 0 : type.element().isString() ? 8 * size : type.element().bytes(size);
        if (bytesLeft < 0) {
            throw new TextException(
                    literal,
                    "the constants of this text are too large",
                    "keep them in the .safetensors file beside the text: constant @\"name\" : " + type);
        }
        return size;
    }

    private static void set(Tensor out, int i, ScalarContext scalar) {
        TerminalNode string = scalar.STRING();
        ElementType element = out.element();
        if (element.isString() != (string != null)
                || element.isComplex() != (scalar.number().size() == 2)) {
            String example = element.isString() ? "a quoted string" : element.isComplex() ? "(1.0, -2.5)" : "a number";
            throw new TextException(
                    scalar,
                    "`" + scalar.getText() + "` is not an element of type " + element.text(),
                    "write " + example);
        }
        if (string != null) {
            out.setString(i, Words.unquote(string.getText()));
        } else if (element.isComplex()) {
            ElementType part = element == ElementType.C64 ? ElementType.F32 : ElementType.F64;
            out.setComplex(i, component(scalar.number(0), part), component(scalar.number(1), part));
        } else {
            number(out, i, scalar.number(0));
        }
    }

    private static double component(NumberContext number, ElementType part) {
        Tensor t = Tensor.zeros(part);
        number(t, 0, number);
        return t.getDouble(0);
    }

    private static void number(Tensor out, int i, NumberContext number) {
        ElementType element = out.element();
        String text = number.getText();
        switch (element.kind()) {
            case BOOLEAN -> {
                if (!text.equals("true") && !text.equals("false")) {
                    throw bad(number, element, "write true or false");
                }
                out.setLong(i, text.equals("true") ? 1 : 0);
            }
            case SIGNED, UNSIGNED -> integer(out, i, number);
            case FLOAT -> floating(out, i, number);
            case TEXT, COMPLEX -> throw bad(number, element, "write an element of that type");
        }
    }

    private static void integer(Tensor out, int i, NumberContext number) {
        ElementType element = out.element();
        String text = number.getText();
        if (number.INT() == null || text.length() > 40) {
            throw bad(number, element, "write an integer");
        }
        java.math.BigInteger value = new java.math.BigInteger(text);
        out.setLong(i, value.longValue());
        java.math.BigInteger stored = element.isUnsigned()
                ? new java.math.BigInteger(Long.toUnsignedString(out.getLong(i)))
                : java.math.BigInteger.valueOf(out.getLong(i));
        if (!stored.equals(value)) {
            throw bad(
                    number,
                    element,
                    "write an integer of " + element.bits() + " bits"
                            + (element.isUnsigned() ? " that is not negative" : ""));
        }
    }

    private static void floating(Tensor out, int i, NumberContext number) {
        ElementType element = out.element();
        String text = number.getText();
        String word = number.IDENT() == null ? "" : number.IDENT().getText();
        if (word.startsWith("nan_")) {
            bits(out, i, number, word.substring(4));
            return;
        }
        boolean special = word.equals("inf") || word.equals("nan");
        if (!word.isEmpty() && !special) {
            throw bad(number, element, "write a number, inf, -inf or nan");
        }
        double value = word.equals("nan")
                ? Double.NaN
                : special
                        ? (text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY)
                        : element == ElementType.F64 ? Double.parseDouble(text) : Float.parseFloat(text);
        out.setRounded(i, value, false);
        double stored = out.getDouble(i);
        boolean fits = Double.isNaN(value) ? Double.isNaN(stored) : special ? stored == value : Double.isFinite(stored);
        if (!fits) {
            throw bad(number, element, "write a number that the type has");
        }
    }

    /** A NaN by its bits. */
    private static void bits(Tensor out, int i, NumberContext number, String hex) {
        int bits = out.element().bits();
        if (hex.matches("[0-9a-f]{1,16}") && (bits == 64 || Long.parseUnsignedLong(hex, 16) >>> bits == 0)) {
            out.setBits(i, Long.parseUnsignedLong(hex, 16));
            if (Double.isNaN(out.getDouble(i))) {
                return;
            }
        }
        throw bad(number, out.element(), "write nan, or nan_ and the bits of one in hexadecimal");
    }

    private static TextException bad(NumberContext number, ElementType element, String fix) {
        String text = number.getText();
        return new TextException(
                number,
                "`" + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + "` is not an element of type "
                        + element.text(),
                fix);
    }

    /** How an element type that .safetensors lacks is kept there: packed bytes, or pairs of f64. */
    static Tensor stored(Tensor t) {
        return switch (t.element()) {
            case I4, I2, U4, U2 -> Tensor.of(ElementType.U8, new long[] {t.byteSize()}, t.data());
            case C128 -> {
                long[] dims = java.util.Arrays.copyOf(t.dims(), t.rank() + 1);
                dims[t.rank()] = 2;
                yield Tensor.of(ElementType.F64, dims, t.data());
            }
            default -> t;
        };
    }

    /** The tensor of type {@code type} of which {@code stored} is kept in a file; another type if it is not that. */
    static Tensor restored(Tensor stored, TensorType type) {
        long[] dims = type.isRanked() ? type.shape().constants().orElse(null) : null;
        if (dims == null || stored.type().equals(type)) {
            return stored;
        }
        MemorySegment data = stored.element().isString() ? MemorySegment.NULL : stored.data();
        try {
            boolean packed = stored.element() == ElementType.U8
                    && type.element().bits() < 8
                    && type.element().isInteger();
            boolean pairs = stored.element() == ElementType.F64 && type.element() == ElementType.C128;
            if (packed || pairs) {
                Tensor t = Tensor.of(type.element(), dims, data);
                return stored(t).type().equals(stored.type()) ? t : stored;
            }
            return stored;
        } catch (IllegalArgumentException | ArithmeticException e) {
            return stored; // too few bytes for the type
        }
    }
}
