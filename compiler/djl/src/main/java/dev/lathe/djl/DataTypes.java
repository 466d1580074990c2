package dev.lathe.djl;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.EnumMap;
import java.util.Map;

/** The types of DJL and of Lathe. */
final class DataTypes {
    private static final Map<DataType, ElementType> ELEMENTS = new EnumMap<>(Map.ofEntries(
            Map.entry(DataType.FLOAT64, ElementType.F64),
            Map.entry(DataType.FLOAT32, ElementType.F32),
            Map.entry(DataType.FLOAT16, ElementType.F16),
            Map.entry(DataType.BFLOAT16, ElementType.BF16),
            Map.entry(DataType.INT64, ElementType.I64),
            Map.entry(DataType.INT32, ElementType.I32),
            Map.entry(DataType.INT16, ElementType.I16),
            Map.entry(DataType.INT8, ElementType.I8),
            Map.entry(DataType.UINT64, ElementType.U64),
            Map.entry(DataType.UINT32, ElementType.U32),
            Map.entry(DataType.UINT16, ElementType.U16),
            Map.entry(DataType.UINT8, ElementType.U8),
            Map.entry(DataType.BOOLEAN, ElementType.BOOL),
            Map.entry(DataType.COMPLEX64, ElementType.C64),
            Map.entry(DataType.STRING, ElementType.STRING)));

    private DataTypes() {}

    static ElementType element(DataType type) {
        ElementType element = ELEMENTS.get(type);
        if (element == null) {
            throw new UnsupportedOperationException("arrays of " + type + " are not supported by the engine Lathe");
        }
        return element;
    }

    static DataType of(ElementType element) {
        for (Map.Entry<DataType, ElementType> e : ELEMENTS.entrySet()) {
            if (e.getValue() == element) {
                return e.getKey();
            }
        }
        throw new UnsupportedOperationException("DJL has no arrays of " + element.text());
    }

    /** The shape of a type, with -1 for what is not known. */
    static Shape shape(Type type) {
        if (!(type instanceof TensorType t) || !t.isRanked()) {
            return new Shape();
        }
        return new Shape(t.shape().dims().stream()
                .mapToLong(d -> d.isConstant() ? d.constant() : -1)
                .toArray());
    }

    static dev.lathe.ir.type.Shape shape(Shape shape) {
        Dim[] dims = new Dim[shape.dimension()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Dim.of(shape.get(i));
        }
        return dev.lathe.ir.type.Shape.of(dims);
    }
}
