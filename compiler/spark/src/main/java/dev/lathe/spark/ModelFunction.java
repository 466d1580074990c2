package dev.lathe.spark;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/** The outputs of a model for rows whose columns are its inputs; see {@link LatheModel}. */
record ModelFunction(LatheModel model) implements BatchFunction {
    /** What a row gives an input: its elements, and its dimensions without the batch. */
    private record Value(List<?> elements, List<Long> dims) {}

    @Override
    public List<Row> call(List<Row> rows) {
        Executable executable = model.executable();
        boolean batched = model.whyNoBatches().isEmpty();
        // Rows of equal sizes are computed together; a row without company is a group too.
        Map<Object, List<Integer>> groups = new LinkedHashMap<>();
        List<Map<String, Value>> values = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            Map<String, Value> row = values(executable, rows.get(i));
            values.add(row);
            Object kind = batched ? row.values().stream().map(Value::dims).toList() : (Object) i;
            groups.computeIfAbsent(kind, _ -> new ArrayList<>()).add(i);
        }
        @Nullable Row[] results = new Row[rows.size()];
        groups.values()
                .forEach(group ->
                        compute(executable, group.stream().map(values::get).toList(), group, results));
        return Arrays.asList(results);
    }

    private static Map<String, Value> values(Executable executable, Row row) {
        Map<String, Value> all = new LinkedHashMap<>();
        for (Port port : executable.inputs()) {
            all.put(port.name(), value(port.name(), (TensorType) port.type(), row));
        }
        return all;
    }

    private static Value value(String name, TensorType type, Row row) {
        int column = Arrays.asList(row.schema().fieldNames()).indexOf(name);
        if (column < 0) {
            throw SparkProblem.wrong(name, "is not there", "a column for each input");
        }
        if (row.isNullAt(column)) {
            throw SparkProblem.missing(name);
        }
        List<?> elements = elements(row, column, type.element().isSigned());
        if (elements.stream().anyMatch(Objects::isNull)) {
            throw SparkProblem.missing(name);
        }
        return new Value(elements, dims(name, type, elements.size()));
    }

    private static List<?> elements(Row row, int column, boolean signed) {
        Object value = row.get(column);
        if (value instanceof byte[] bytes) {
            List<Object> all = new ArrayList<>(bytes.length);
            for (byte b : bytes) {
                all.add((short) (signed ? b : b & 0xff));
            }
            return all;
        }
        return value instanceof scala.collection.Seq<?> ? row.getList(column) : List.of(value);
    }

    /** The dimensions behind the first, of which one may follow from the number of elements. */
    private static List<Long> dims(String name, TensorType type, int elements) {
        List<Long> dims = new ArrayList<>();
        long known = 1;
        int open = -1;
        for (int axis = 1; axis < type.rank(); axis++) {
            Dim dim = type.dim(axis);
            if (dim.isConstant()) {
                known *= dim.constant();
                dims.add(dim.constant());
            } else if (open < 0) {
                open = axis - 1;
                dims.add(0L);
            } else {
                throw SparkProblem.wrong(
                        name,
                        "is for an input " + type + " of several unknown sizes",
                        "fixed sizes, with `lathe compile --shape`");
            }
        }
        if (open >= 0 && known > 0) {
            dims.set(open, elements / known);
            known *= elements / known;
        }
        if (known != elements) {
            throw SparkProblem.wrong(name, "has " + elements + " elements", "as many as " + type + " has in a row");
        }
        return dims;
    }

    private static void compute(
            Executable executable, List<Map<String, Value>> rows, List<Integer> places, @Nullable Row[] results) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Port port : executable.inputs()) {
            inputs.put(port.name(), input(port, rows));
        }
        Map<String, Tensor> outputs = executable.call(inputs);
        for (int r = 0; r < rows.size(); r++) {
            List<Object> columns = new ArrayList<>();
            for (Port port : executable.outputs()) {
                Tensor t = Tensor.named(outputs, port.name());
                int width = Math.toIntExact(t.size() / rows.size());
                columns.add(ColumnType.value(t, t.rank() < 2, (long) r * width, width));
            }
            results[places.get(r)] = RowFactory.create(columns.toArray());
        }
    }

    private static Tensor input(Port port, List<Map<String, Value>> rows) {
        TensorType type = (TensorType) port.type();
        List<Long> behind = value(rows.getFirst(), port).dims();
        long[] dims = new long[type.rank()];
        for (int axis = 1; axis < dims.length; axis++) {
            dims[axis] = behind.get(axis - 1);
        }
        if (dims.length > 0) {
            dims[0] = rows.size();
        }
        Tensor t = Tensor.zeros(type.element(), dims);
        long at = 0;
        for (Map<String, Value> row : rows) {
            for (Object element : value(row, port).elements()) {
                ColumnType.set(port.name(), t, at++, element);
            }
        }
        return t;
    }

    private static Value value(Map<String, Value> row, Port port) {
        return Objects.requireNonNull(row.get(port.name()));
    }
}
