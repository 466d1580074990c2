package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.serve.InferenceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Requests a second and their latencies: a model that is called, and the same model behind a server in this process,
 * whose clients are in it too. {@code ServeBench [SECONDS]}: how long each row is measured; 5 by default.
 */
public final class ServeBench {
    private static final int[] CLIENTS = {1, 16, 64};

    private final double seconds;

    private ServeBench(double seconds) {
        this.seconds = seconds;
    }

    public static void main(String[] args) throws Exception {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        ServeBench bench = new ServeBench(args.length == 0 ? 5 : Double.parseDouble(args[0]));
        System.out.println("| model | clients | how | requests/s | p50 ms | p99 ms | beside calling |");
        System.out.println("|---|---:|---|---:|---:|---:|---:|");
        bench.model(Zoo.FACE_FRONT, Map.of());
        bench.model(Zoo.MINILM, Map.of("input_ids", Shape.of(1, 16)));
    }

    private void model(Zoo zoo, Map<String, Shape> shapes) throws Exception {
        try (Executable model = Lathe.compile(zoo.fetch()).load();
                InferenceServer alone = InferenceServer.builder()
                        .port(0)
                        .maxBatch(1)
                        .model("m", model)
                        .start();
                InferenceServer batched =
                        InferenceServer.builder().port(0).model("m", model).start()) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            Map<String, Datum> random = new InputValues(model).shapes(shapes).read(List.of());
            random.keySet().forEach(name -> inputs.put(name, Tensor.named(random, name)));
            Map<String, Call> calls = new LinkedHashMap<>();
            calls.put("called", () -> model.call(inputs));
            try (HttpClient http = HttpClient.newHttpClient()) {
                calls.put("JSON", request(http, alone, inputs, false));
                calls.put("binary", request(http, alone, inputs, true));
                if (batched.batchSymbol("m").isPresent()) {
                    calls.put("JSON, batches", request(http, batched, inputs, false));
                    calls.put("binary, batches", request(http, batched, inputs, true));
                }
                for (int clients : CLIENTS) {
                    measure(calls.get("called"), clients, 3); // until it is compiled
                    double called = 0;
                    for (Map.Entry<String, Call> how : calls.entrySet()) {
                        measure(how.getValue(), clients, Math.min(2, seconds));
                        double[] millis = measure(how.getValue(), clients, seconds);
                        double rate = millis.length / seconds;
                        called = how.getKey().equals("called") ? rate : called;
                        System.out.printf(
                                Locale.ROOT,
                                "| %s | %d | %s | %.0f | %.2f | %.2f | %.2f |%n",
                                zoo.title(),
                                clients,
                                how.getKey(),
                                rate,
                                millis[millis.length / 2],
                                millis[millis.length * 99 / 100],
                                rate / called);
                    }
                }
            }
        }
    }

    private interface Call {
        void run() throws IOException, InterruptedException;
    }

    /** The milliseconds of each call that so many clients make in some seconds, in ascending order. */
    private static double[] measure(Call call, int clients, double seconds)
            throws InterruptedException, ExecutionException {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Future<List<Double>>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            for (int i = 0; i < clients; i++) {
                all.add(threads.submit(() -> {
                    List<Double> millis = new ArrayList<>();
                    while (System.nanoTime() < end) {
                        long start = System.nanoTime();
                        call.run();
                        millis.add((System.nanoTime() - start) / 1e6);
                    }
                    return millis;
                }));
            }
            List<Double> millis = new ArrayList<>();
            for (Future<List<Double>> one : all) {
                millis.addAll(one.get());
            }
            return millis.stream().mapToDouble(m -> m).sorted().toArray();
        }
    }

    private static Call request(HttpClient http, InferenceServer server, Map<String, Tensor> inputs, boolean binary) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        List<String> texts = new ArrayList<>();
        inputs.forEach((name, t) -> {
            byte[] bytes = t.data().asSlice(0, t.byteSize()).toArray(ValueLayout.JAVA_BYTE);
            texts.add("{\"name\":\"" + name + "\",\"datatype\":\""
                    + (t.element() == ElementType.F32 ? "FP32" : "INT64") + "\",\"shape\":" + Arrays.toString(t.dims())
                    + (binary ? ",\"parameters\":{\"binary_data_size\":" + bytes.length + "}}" : data(t)));
            data.writeBytes(binary ? bytes : new byte[0]);
        });
        byte[] json = ("{\"inputs\":[" + String.join(",", texts) + "],\"parameters\":{\"binary_data_output\":" + binary
                        + "}}")
                .getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(json);
        body.writeBytes(data.toByteArray());
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://localhost:" + server.port() + "/v2/models/m/infer"))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(60))
                .header("Inference-Header-Content-Length", String.valueOf(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
        return () -> {
            HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new UncheckedIOException(new IOException(new String(response.body(), StandardCharsets.UTF_8)));
            }
        };
    }

    private static String data(Tensor t) {
        StringBuilder s = new StringBuilder(",\"data\":[");
        for (long i = 0; i < t.size(); i++) {
            s.append(i == 0 ? "" : ",").append(t.elementText(i));
        }
        return s.append("]}").toString();
    }
}
