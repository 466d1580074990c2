package dev.lathe.spark;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Tensors of one row as values of columns. */
final class ColumnType {
    private ColumnType() {}

    /** The type of the column for a port whose first dimension is the batch, or 1. */
    static DataType of(String port, TensorType type) {
        DataType element = element(port, type.element());
        return type.rank() < 2 ? element : DataTypes.createArrayType(element, false);
    }

    private static DataType element(String port, ElementType element) {
        return switch (element) {
            case F64 -> DataTypes.DoubleType;
            case F32, F16, BF16 -> DataTypes.FloatType;
            case I64, U32 -> DataTypes.LongType;
            case I32, U16 -> DataTypes.IntegerType;
            case I16, U8 -> DataTypes.ShortType;
            case I8 -> DataTypes.ByteType;
            case BOOL -> DataTypes.BooleanType;
            case STRING -> DataTypes.StringType;
            default ->
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "spark.element-type",
                                "\"" + port + "\" has elements of type " + element.text()
                                        + ", which Spark does not have",
                                "put a cast around the model, to a type such as f32 or i64")));
        };
    }

    /** Stores a value of a column as the element at {@code at}. */
    static void set(String column, Tensor into, long at, Object value) {
        boolean fits = switch (into.element().kind()) {
            case FLOAT -> {
                if (value instanceof Number n) {
                    into.setDouble(at, n.doubleValue());
                }
                yield value instanceof Number;
            }
            case SIGNED, UNSIGNED -> {
                boolean whole = value instanceof Long
                        || value instanceof Integer
                        || value instanceof Short
                        || value instanceof Byte;
                long number = whole ? ((Number) value).longValue() : 0;
                into.setLong(at, number);
                yield whole && into.getLong(at) == number;
            }
            case BOOLEAN -> {
                into.setLong(at, Boolean.TRUE.equals(value) ? 1 : 0);
                yield value instanceof Boolean;
            }
            case TEXT -> {
                if (value instanceof String s) {
                    into.setString(at, s);
                }
                yield value instanceof String;
            }
            case COMPLEX -> false;
        };
        if (!fits) {
            throw SparkProblem.wrong(
                    column,
                    "holds " + Diagnostic.shortened(String.valueOf(value), 40),
                    "elements of type " + into.element().text());
        }
    }

    /** Elements of a result as a value of its column: one, or an array. */
    static Object value(Tensor t, boolean single, long from, int count) {
        return switch (t.element()) {
            case F64 -> {
                double[] all = new double[count];
                for (int i = 0; i < count; i++) {
                    all[i] = t.getDouble(from + i);
                }
                yield single ? (Object) all[0] : all;
            }
            case F32, F16, BF16 -> {
                float[] all = new float[count];
                for (int i = 0; i < count; i++) {
                    all[i] = t.getFloat(from + i);
                }
                yield single ? (Object) all[0] : all;
            }
            case STRING -> {
                String[] all = new String[count];
                for (int i = 0; i < count; i++) {
                    all[i] = t.getString(from + i);
                }
                yield single ? all[0] : all;
            }
            case BOOL -> {
                boolean[] all = new boolean[count];
                for (int i = 0; i < count; i++) {
                    all[i] = t.getBoolean(from + i);
                }
                yield single ? (Object) all[0] : all;
            }
            default -> integers(t, single, from, count);
        };
    }

    private static Object integers(Tensor t, boolean single, long from, int count) {
        Object[] all = new Object[count];
        for (int i = 0; i < count; i++) {
            long value = t.getLong(from + i);
            all[i] = switch (t.element()) {
                case I64, U32 -> value;
                case I32, U16 -> (Object) (int) value;
                case I16, U8 -> (Object) (short) value;
                default -> (Object) (byte) value;
            };
        }
        return single ? all[0] : all;
    }
}
