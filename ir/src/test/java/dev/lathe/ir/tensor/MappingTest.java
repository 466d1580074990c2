package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum.Mapping;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Maps as values, and how people type them. */
class MappingTest {
    private static final MapType SCORES = MapType.of(ElementType.I64, ElementType.F32);
    private static final MapType WORDS = MapType.of(ElementType.STRING, ElementType.F32);

    @Test
    void keysAreInOrderAndIntegersOfAnyClass() {
        Mapping m = Mapping.of(ElementType.I64, ElementType.F32, Map.of(5, 1.5f, -2L, 2, (short) 0, 3.0));
        assertThat(m.entries().keySet()).containsExactly(-2L, 0L, 5L);
        assertThat(m).hasToString("map<i64, f32[]> {-2: 2.0, 0: 3.0, 5: 1.5}");
        assertThat(m.type()).isEqualTo(SCORES);
        assertThat(m).isEqualTo(DatumLiteral.parse("{0: 3, 5: 1.5, -2: 2}", SCORES));
    }

    @Test
    void unsignedKeysAreOrderedAndWrittenAsSuch() {
        Mapping m = (Mapping) DatumLiteral.parse(
                "{18446744073709551615: a, 1: \"b\"}", MapType.of(ElementType.U64, ElementType.STRING));
        assertThat(m).hasToString("map<u64, string[]> {1: \"b\", 18446744073709551615: \"a\"}");
    }

    @Test
    void keysAndValuesMustBeOfTheirTypes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mapping.of(ElementType.I64, ElementType.F32, Map.of("a", 1)))
                .withMessageContaining("the key a (String) is not of type i64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mapping.of(ElementType.U8, ElementType.F32, Map.of(256, 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Mapping.of(ElementType.STRING, ElementType.I64, Map.of("a", 1.5)))
                .withMessageContaining("the value 1.5 (Double) is not of type i64");
        assertThatIllegalArgumentException().isThrownBy(() -> MapType.of(ElementType.F32, ElementType.F32));
    }

    @Test
    void literalsNest() {
        Type type = new SequenceType(new MapType(ElementType.STRING, TensorType.unranked(ElementType.I64)));
        Datum d = DatumLiteral.parse(" [ {a: [1, 2], \"b]\": 3}, {} ] ", type);
        assertThat(d).hasToString("seq<map<string, i64[*]>> [{\"a\": i64[2] {1, 2}, \"b]\": 3}, {}]");
        assertThat(DatumLiteral.parse("{a: 2}", new OptionalType(WORDS)))
                .isEqualTo(new Datum.Maybe(
                        WORDS, Optional.of(Mapping.of(ElementType.STRING, ElementType.F32, Map.of("a", 2)))));
        assertThat(DatumLiteral.parse("[]", new SequenceType(WORDS))).isEqualTo(new Datum.Sequence(WORDS, List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "[1: 2]",
                "{1}",
                "{1: 2",
                "{1: 2}}",
                "{1: 2, 1: 3}",
                "{a: 2}",
                "{1: x}",
                "{: 2}",
                "{[1]: 2}"
            })
    void whatIsNoMapIsTold(String text) {
        assertThatThrownBy(() -> DatumLiteral.parse(text, SCORES)).isInstanceOf(LatheException.class);
    }
}
