package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.MapLookup;
import dev.lathe.ir.op.MapRows;
import dev.lathe.ir.op.MapValues;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Datum.Mapping;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Compiled models that take maps or give them. */
class MapModelTest {
    /** Twice the features of some names, and all values of the map. */
    private static Graph features() {
        Builder b = Builder.graph("features");
        Value m = b.input("m", MapType.of(ElementType.STRING, ElementType.F32));
        Value keys = b.constant(Tensor.ofStrings(new String[] {"age", "height", "age"}, 1, 3));
        Value found = b.add(new MapLookup(m, keys, b.constant(Tensor.scalar(0f)), false));
        Value values = b.add(new MapValues(m, Dim.symbol("count")));
        return b.build(List.of(b.add(found, found), values), List.of("y", "values"));
    }

    private static Graph scores() {
        Builder b = Builder.graph("scores");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(2))));
        Value rows = b.add(new MapRows(b.relu(x), b.constant(Tensor.vector(4, 2))));
        return b.build(List.of(rows), List.of("scores"));
    }

    private static Mapping map(Map<?, ?> values) {
        return Mapping.of(ElementType.STRING, ElementType.F32, values);
    }

    private static Method infer(Executable model) {
        for (Method m : model.getClass().getMethods()) {
            if (m.getName().equals("infer")) {
                return m;
            }
        }
        throw new AssertionError("no typed method");
    }

    @Test
    void mapsOfAnySizeAreTaken() {
        try (Executable model = JavaBackendTest.compile(features()).load()) {
            for (Mapping m : List.of(map(Map.of("age", 41, "name", 3)), map(Map.of()), map(Map.of("height", 1.5)))) {
                assertThat(model.run(Map.of("m", m))).isEqualTo(new ReferenceEvaluator(features()).run(Map.of("m", m)));
            }
            assertThat(model.run(Map.of("m", map(Map.of("age", 41)))).get("y"))
                    .isEqualTo(Tensor.of(new float[] {82, 0, 82}, 1, 3));
        }
    }

    @Test
    void aMapOfAnotherTypeIsTold() {
        Mapping doubles = Mapping.of(ElementType.STRING, ElementType.F64, Map.of("age", 41));
        try (Executable model = JavaBackendTest.compile(features()).load()) {
            assertThatThrownBy(() -> model.run(Map.of("m", doubles)))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("is map<string, f64[]>, but the model takes map<string, f32[]>");
        }
    }

    @Test
    void theTypedMethodTakesAMap() throws Exception {
        try (Executable model = JavaBackendTest.compile(features()).load()) {
            Method infer = infer(model);
            assertThat(infer.getParameterTypes()).containsExactly(Mapping.class);
            assertThat(infer.getReturnType()).isEqualTo(Map.class);
            Mapping m = map(Map.of("age", 1));
            assertThat(infer.invoke(model, m)).isEqualTo(model.run(Map.of("m", m)));
        }
    }

    @Test
    void theTypedMethodGivesASequenceOfMaps() throws Exception {
        Tensor x = Tensor.of(new float[] {1, -2, 3, 4}, 2, 2);
        try (Executable model = JavaBackendTest.compile(scores()).load()) {
            Method infer = infer(model);
            assertThat(infer.getReturnType()).isEqualTo(Datum.Sequence.class);
            assertThat(infer.invoke(model, x)).hasToString("seq<map<i64, f32[]>> [{2: 0.0, 4: 1.0}, {2: 4.0, 4: 3.0}]");
            assertThatThrownBy(() -> model.call(Map.of("x", x)))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("output \"scores\" is seq<map<i64, f32[]>>, no tensor");
        }
    }
}
