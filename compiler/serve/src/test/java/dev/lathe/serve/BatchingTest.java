package dev.lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Executable;
import dev.lathe.runtime.input.BatchAxis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Which models have batches, and what requests see of them. */
class BatchingTest {
    @Test
    void independentRowsMayShareACall() {
        assertThat(BatchAxis.of(Models.mlp()).symbol()).contains("batch");
    }

    @Test
    void rowsThatAreMixedMayNot() {
        Executable mean = Models.of("""
            graph @mean(%x: f32[n, 3]) -> (y: f32[n, 3]) {
              %m = reduce_mean(%x) {axes=[0], keep_dims=true} : f32[1, 3]
              %y = subtract(%x, %m) : f32[n, 3]
              return %y
            }
            """);
        assertThat(BatchAxis.of(mean).reason()).contains("a row of a batch differs");
        // The scale of a dynamic quantization is that of the largest row.
        Executable scaled = Models.of("""
            graph @scaled(%x: f32[n, 3]) -> (y: f32[n, 3]) {
              %m = reduce_max(%x) {axes=[0, 1], keep_dims=true} : f32[1, 1]
              %s = divide(%x, %m) : f32[n, 3]
              %r = round(%s) : f32[n, 3]
              %y = multiply(%r, %m) : f32[n, 3]
              return %y
            }
            """);
        assertThat(BatchAxis.of(scaled).reason()).contains("a row of a batch differs");
    }

    @Test
    void typesMustSayThatThereAreRows() {
        assertThat(BatchAxis.of(Models.same("f32")).reason()).contains("without rows along n");
        Executable fixed = Models.of("graph @f(%x: f32[1, 3]) -> (y: f32[1, 3]) {\n  %y = relu(%x)\n  return %y\n}\n");
        assertThat(BatchAxis.of(fixed).reason()).contains("no input has a first dimension of any size");
        Executable twice = Models.of("graph @f(%x: f32[n, n]) -> (y: f32[n, n]) {\n  %y = relu(%x)\n  return %y\n}\n");
        assertThat(BatchAxis.of(twice).reason()).contains("without rows along n");
        Executable weights = Models.of("""
            graph @f(%x: f32[n, 3], %w: f32[3]) -> (y: f32[n, 3]) {
              %y = add(%x, %w)
              return %y
            }
            """);
        assertThat(BatchAxis.of(weights).reason()).contains("\"w\" is f32[3]");
    }

    /** Requests that wait for others go together, each gets its own rows, and the largest batch is kept to. */
    @Test
    void requestsShareCalls() throws Exception {
        Models.Watched model = new Models.Watched(Models.mlp());
        try (InferenceServer server = InferenceServer.builder()
                        .model("m", model)
                        .port(0)
                        .maxBatch(8)
                        .maxCalls(1)
                        .batchWait(Duration.ofMillis(200))
                        .start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(server.batchSymbol("m")).contains("batch");
            model.calls.set(0);
            Client client = new Client(server);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                String rows = i % 2 == 0 ? "[1,3],\"data\":[" + i + ",0,0]" : "[2,3],\"data\":[" + i + ",0,0,1,1,1]";
                answers.add(threads.submit(() -> Client.text(client.post("/v2/models/m/infer", """
                    {"inputs":[{"name":"x","datatype":"FP32","shape":%s}]}\
                    """.formatted(rows)))));
            }
            for (int i = 0; i < 32; i++) {
                String expected = i + ".0," + 2 * i + ".0" + (i % 2 == 0 ? "" : ",9.0,12.0");
                assertThat(answers.get(i).get()).contains("\"data\":[" + expected + "]");
            }
            assertThat(model.calls.get()).isLessThan(32);
            assertThat(model.mostRows.get()).isLessThanOrEqualTo(8);
        }
    }

    /** A request that is wrong only when it is computed fails alone. */
    @Test
    void oneBadRequestDoesNotFailThoseBesideIt() throws Exception {
        Executable lookup = Models.of("""
            graph @lookup(%i: i64[n]) -> (y: f32[n]) {
              %t = constant [10, 20, 30] : f32[3]
              %y = gather(%t, %i) {axis=0} : f32[n]
              return %y
            }
            """);
        try (InferenceServer server = InferenceServer.builder()
                        .model("m", lookup)
                        .port(0)
                        .maxCalls(1)
                        .batchWait(Duration.ofMillis(200))
                        .start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(server.batchSymbol("m")).contains("n");
            Client client = new Client(server);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                String json =
                        "{\"inputs\":[{\"name\":\"i\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[" + i + "]}]}";
                answers.add(threads.submit(() -> Client.text(client.post("/v2/models/m/infer", json))));
            }
            for (int i = 0; i < 6; i++) {
                assertThat(answers.get(i).get())
                        .contains(i < 3 ? "\"data\":[" + (10 * i + 10) + ".0]" : "{\"error\":\"error[");
            }
        }
    }
}
