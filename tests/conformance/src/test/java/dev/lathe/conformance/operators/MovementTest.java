package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Operators that only move elements do to elements of every type what they do to i64: a tensor that counts its own
 * elements tells where each goes.
 */
class MovementTest extends OperatorTest {
    @TestFactory
    Stream<DynamicTest> everyTypeMovesAlike() {
        for (ElementType type : ElementType.values()) {
            moved(type, "Identity-25", "y", new long[] {2, 3});
            moved(type, "Transpose-25", "y", new long[] {2, 3, 4}, attribute("perm", new long[] {2, 0, 1}));
            moved(type, "Reshape-25", "y", new long[] {2, 3, 4}, longs(-1, 6));
            moved(type, "Squeeze-25", "y", new long[] {2, 1, 5}, longs(1));
            moved(type, "Unsqueeze-25", "y", new long[] {2, 5}, longs(0, -1));
            moved(type, "Flatten-25", "y", new long[] {2, 3, 5}, attribute("axis", 2));
            moved(type, "Size-25", "y", new long[] {2, 3});
            moved(type, "Shape-25", "y", new long[] {2, 3, 4}, attribute("start", -2), attribute("end", 3));
            moved(type, "Pad-25", "y", new long[] {2, 3}, longs(0, 1, 1, 2), attribute("mode", "edge"));
            moved(type, "Pad-25", "y", new long[] {2, 3}, longs(0, 1, 1, 2), attribute("mode", "wrap"));
            if (type.bits() < 8 && !type.isString() || (type.isFloat() && type.bits() == 8)) {
                continue;
            }
            moved(type, "Slice-13", "y", new long[] {5, 4}, longs(4, 1), longs(0, 9), longs(0, 1), longs(-2, 1));
            moved(
                    type,
                    "Gather-13",
                    "y",
                    new long[] {3, 4},
                    longs(new long[] {2, 2}, 2, 0, -1, 1),
                    attribute("axis", 0));
            moved(type, "Expand-13", "y", new long[] {3, 1}, longs(2, 1, 4));
            moved(type, "Tile-13", "y", new long[] {2, 3}, longs(2, 3));
            moved(type, "Split-18", "a b", new long[] {5, 3}, attribute("axis", 0), attribute("num_outputs", 2));
            moved(type, "Split-18", "a b c", new long[] {7, 2}, attribute("num_outputs", 3));
            moved(type, "Split-18", "a b", new long[] {2, 5}, longs(1, 4), attribute("axis", -1));
            moved(
                    type,
                    "GatherElements-13",
                    "y",
                    new long[] {2, 3},
                    longs(new long[] {2, 2}, 2, -1, 0, 1),
                    attribute("axis", 1));
            moved(
                    type,
                    "GatherND-13",
                    "y",
                    new long[] {2, 3, 2},
                    longs(new long[] {2, 1}, 1, 2),
                    attribute("batch_dims", 1));
            moved(type, "ReverseSequence-28", "y", new long[] {4, 3}, longs(1, 4, 2));
            moved(type, "CenterCropPad-18", "y", new long[] {6, 3}, longs(4, 2));
            moved(
                    type,
                    "DepthToSpace-28",
                    "y",
                    new long[] {1, 8, 2, 3},
                    attribute("blocksize", 2),
                    attribute("mode", "CRD"));
            moved(type, "DepthToSpace-28", "y", new long[] {1, 8, 2, 3}, attribute("blocksize", 2));
            moved(
                    type,
                    "SpaceToDepth-28",
                    "y",
                    new long[] {1, 2, 4, 6},
                    attribute("blocksize", 2),
                    attribute("mode", "CRD"));
            moved(type, "SpaceToDepth-28", "y", new long[] {1, 2, 4, 6}, attribute("blocksize", 2));
            moved(type, "Trilu-14", "y", new long[] {1, 1}, Tensor.scalar(0L));
        }
        return tests();
    }

    /** Depth to space and back is where one began. */
    @TestFactory
    Stream<DynamicTest> spaceAndDepthAreInverse() {
        Tensor x = random(2, 8, 3, 2);
        for (String mode : List.of("DCR", "CRD")) {
            Object[] how = {attribute("blocksize", 2), attribute("mode", mode)};
            NodeModel wide = NodeModel.of("", "DepthToSpace-28", "y", x, how[0], how[1]);
            Tensor space = Tensor.named(evaluated(wide.proto(), wide.inputs()), "y");
            formula(_ -> List.of(x), mode, "SpaceToDepth-28", "y", space, how[0], how[1]);
        }
        return tests();
    }

    private void moved(ElementType type, String operator, String outputs, long[] dims, Object... more) {
        Tensor count = Tensor.zeros(ElementType.I64, dims);
        Tensor x = Tensor.zeros(type, dims);
        for (long i = 0; i < count.size(); i++) {
            count.setLong(i, i);
            set(x, i);
        }
        Object[] parts = Stream.concat(Stream.of(x), Stream.of(more)).toArray();
        Object[] counting = Stream.concat(Stream.of(count), Stream.of(more)).toArray();
        NodeModel of = NodeModel.of(operator + " " + type.text(), operator, outputs, parts);
        NodeModel counts = NodeModel.of("", operator, outputs, counting);
        test(of.name(), () -> {
            Map<String, Datum> expected = new LinkedHashMap<>();
            evaluated(counts.proto(), counts.inputs())
                    .forEach((name, places) -> expected.put(
                            name,
                            operator.startsWith("S") && operator.matches("(Size|Shape).*")
                                    ? places
                                    : at(x, (Tensor) places)));
            checkForms(of, expected);
        });
    }

    /** A different value for every element, as far as the type has so many. */
    private static void set(Tensor x, long i) {
        switch (x.element().kind()) {
            case TEXT -> x.setString(i, "s" + i);
            case COMPLEX -> x.setComplex(i, i, -i);
            case BOOLEAN -> x.setLong(i, i % 3 == 0 ? 1 : 0);
            case FLOAT, SIGNED, UNSIGNED ->
                x.setBits(
                        i,
                        x.element().bits() >= 32
                                ? i + 1
                                : (i * 7 + 1) & (1 << x.element().bits() - 2) - 1);
        }
    }

    private static Tensor at(Tensor x, Tensor places) {
        Tensor y = Tensor.zeros(x.element(), places.dims());
        for (long i = 0; i < places.size(); i++) {
            y.copyElement(i, x, places.getLong(i));
        }
        return y;
    }
}
