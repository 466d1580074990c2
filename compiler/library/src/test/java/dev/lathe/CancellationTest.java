package dev.lathe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("a call can be stopped")
@Timeout(120)
class CancellationTest {
    private static final Map<String, Tensor> FEW = Map.of("trips", Tensor.scalar(3L), "x", Tensor.scalar(1f));
    private static final Map<String, Tensor> ENDLESS =
            Map.of("trips", Tensor.scalar(Long.MAX_VALUE), "x", Tensor.scalar(1f));

    /** Halves {@code x} so many times as the input says. */
    private static Executable halving(String target) {
        TensorType number = TensorType.scalar(ElementType.F32);
        Builder inner = Builder.graph("body");
        inner.input("i", TensorType.scalar(ElementType.I64));
        Value go = inner.input("go", TensorType.scalar(ElementType.BOOL));
        Value carried = inner.input("v", number);
        Value half = inner.multiply(carried, inner.scalar(carried, 0.5));
        Graph body = inner.build(List.of(go, half), List.of("go", "half"));
        Builder b = Builder.graph("halving");
        Value trips = b.input("trips", TensorType.scalar(ElementType.I64));
        Value x = b.input("x", number);
        Value y = b.addAll(new Loop(Optional.of(trips), Optional.empty(), List.of(x), body, List.of(number), List.of()))
                .getFirst();
        Graph graph = b.build(List.of(y), List.of("y"));
        return Lathe.compile(graph, CompileOptions.builder().target(target).build())
                .load();
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "reference"})
    void atItsDeadline(String target) {
        try (Executable run = halving(target)) {
            assertThatThrownBy(() -> run.call(ENDLESS, Deadline.after(Duration.ofMillis(200))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContainingAll("call.cancelled", "deadline");
            assertThat(run.call(FEW).get("y")).isEqualTo(Tensor.scalar(0.125f));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "reference"})
    void byInterruptingItsThreadWhileOthersGoOn(String target) throws Exception {
        try (Executable run = halving(target)) {
            AtomicReference<Throwable> fault = new AtomicReference<>();
            Thread caller = new Thread(() -> {
                try {
                    run.call(ENDLESS);
                } catch (LatheException e) {
                    fault.set(e);
                }
            });
            caller.start();
            for (int i = 0; i < 50; i++) {
                assertThat(run.call(FEW).get("y")).isEqualTo(Tensor.scalar(0.125f));
            }
            caller.interrupt();
            caller.join();
            assertThat(fault.get()).hasMessageContainingAll("call.cancelled", "interrupted");
            assertThat(run.call(FEW).get("y")).isEqualTo(Tensor.scalar(0.125f));
        }
    }
}
