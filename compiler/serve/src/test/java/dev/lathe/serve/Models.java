package dev.lathe.serve;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Small models. */
final class Models {
    private Models() {}

    static Executable of(String text) {
        return Lathe.compile(
                        IrText.parse(text),
                        CompileOptions.builder().target("reference").build())
                .load();
    }

    /** {@code y = relu(x * w)}, with rows. */
    static Executable mlp() {
        return of("""
            graph @mlp(%x: f32[batch, 3]) -> (y: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %h = mat_mul(%x, %w) : f32[batch, 2]
              %y = relu(%h) : f32[batch, 2]
              return %y
            }
            """);
    }

    /** The same with values as they come, of one element type. */
    static Executable same(String element) {
        return of("graph @same(%x: " + element + "[n, m]) -> (y: " + element + "[m, n]) {\n"
                + "  %y = transpose(%x) {perm=[1, 0]} : " + element + "[m, n]\n  return %y\n}\n");
    }

    /** Wraps a model, and counts its calls and their rows. */
    static class Watched implements Executable {
        private final Executable model;
        final AtomicInteger calls = new AtomicInteger();
        final AtomicInteger mostRows = new AtomicInteger();

        Watched(Executable model) {
            this.model = model;
        }

        @Override
        public List<Port> inputs() {
            return model.inputs();
        }

        @Override
        public List<Port> outputs() {
            return model.outputs();
        }

        @Override
        public Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline) {
            calls.incrementAndGet();
            if (inputs.values().iterator().next() instanceof Tensor t && t.rank() > 0) {
                mostRows.accumulateAndGet((int) t.dim(0), Math::max);
            }
            return model.run(inputs, deadline);
        }

        @Override
        public void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline) {
            model.callInto(inputs, outputs, deadline);
        }
    }

    /** A model that computes until it is let go, or is stopped at its deadline or by an interrupt. */
    static final class Held extends Watched {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final CountDownLatch stopped = new CountDownLatch(1);

        Held(Executable model) {
            super(model);
        }

        @Override
        public Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline) {
            begun.countDown();
            try {
                while (mayEnd.getCount() > 0) {
                    deadline.check();
                    Thread.onSpinWait();
                }
            } catch (RuntimeException e) {
                stopped.countDown();
                throw e;
            }
            return super.run(inputs, deadline);
        }
    }
}
