package dev.lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.serve.Models.Held;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server does not grant, and how it ends. */
@Timeout(60)
class LimitsTest {
    private static final String INFER = "/v2/models/m/infer";

    private static String request(String parameters, int rows) {
        return "{\"parameters\":{" + parameters + "},\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":["
                + rows + ",3],\"data\":[" + "1,2,3,".repeat(rows - 1) + "1,2,3]}]}";
    }

    private static InferenceServer.Builder server(Held model) {
        return InferenceServer.builder().port(0).maxBatch(1).maxCalls(1).model("m", model);
    }

    @Test
    void aCallPastItsDeadlineIsCancelled() throws Exception {
        Held model = new Held(Models.mlp());
        try (InferenceServer server = server(model).start()) {
            HttpResponse<byte[]> response = new Client(server).post(INFER, request("\"timeout\":50000", 1));
            assertThat(response.statusCode()).isEqualTo(504);
            assertThat(Client.text(response)).contains("call.cancelled");
            assertThat(model.stopped.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theServerHasADeadlineOfItsOwn() {
        Held model = new Held(Models.mlp());
        try (InferenceServer server =
                server(model).timeout(Duration.ofMillis(50)).start()) {
            assertThat(new Client(server).post(INFER, request("", 1)).statusCode())
                    .isEqualTo(504);
        }
    }

    @Test
    void aFullQueueIsTooManyRequests() throws Exception {
        Held model = new Held(Models.mlp());
        try (InferenceServer server = server(model).maxQueued(2).start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Client client = new Client(server);
            List<Future<HttpResponse<byte[]>>> served = new ArrayList<>();
            served.add(threads.submit(() -> client.post(INFER, request("", 1))));
            model.begun.await();
            served.add(threads.submit(() -> client.post(INFER, request("", 1))));
            served.add(threads.submit(() -> client.post(INFER, request("", 1))));
            client.metricsWith("lathe_requests_queued{model=\"m\"} 2");
            HttpResponse<byte[]> refused = client.post(INFER, request("", 1));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(Client.text(refused)).contains("serve.queue");
            model.mayEnd.countDown();
            for (Future<HttpResponse<byte[]>> answer : served) {
                assertThat(answer.get().statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void bodiesAndElementsAreBounded() {
        Held model = new Held(Models.mlp());
        model.mayEnd.countDown();
        try (InferenceServer server =
                server(model).maxBodyBytes(1000).maxElements(30).start()) {
            Client client = new Client(server);
            assertThat(client.post(INFER, request("", 10)).statusCode()).isEqualTo(200);
            HttpResponse<byte[]> elements = client.post(INFER, request("", 11));
            assertThat(elements.statusCode()).isEqualTo(413);
            assertThat(Client.text(elements)).contains("--max-elements");
            HttpResponse<byte[]> body = client.post(INFER, request("", 200));
            assertThat(body.statusCode()).isEqualTo(413);
            assertThat(Client.text(body)).contains("--max-body");
            client.metricsWith("lathe_requests_in_flight{model=\"m\"} 0");
            assertThat(server.memoryUsed()).isZero();
        }
    }

    /** A body of unknown length is bounded as well. */
    @Test
    void aChunkedBodyIsBounded() throws Exception {
        Held model = new Held(Models.mlp());
        try (InferenceServer server = server(model).maxBodyBytes(1000).start();
                Socket socket = new Client(server).socket()) {
            write(socket, "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 4; i++) {
                write(socket, "200\r\n" + " ".repeat(512) + "\r\n");
            }
            write(socket, "0\r\n\r\n");
            assertThat(read(socket)).startsWith("HTTP/1.1 413");
        }
    }

    /** Clients that send the head or the body slowly, or do not read the answer, are cut off; others are served. */
    @Test
    void slowClientsAreCutOff() throws Exception {
        Held model = new Held(Models.mlp());
        model.mayEnd.countDown();
        try (InferenceServer server =
                server(model).clientTimeout(Duration.ofSeconds(2)).start()) {
            Client client = new Client(server);
            List<Socket> slow = new ArrayList<>();
            for (String start : List.of(
                    "P",
                    "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nX-Slow",
                    "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{\"inputs\":",
                    "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"in")) {
                Socket socket = client.socket();
                write(socket, start);
                slow.add(socket);
            }
            assertThat(client.post(INFER, request("", 1)).statusCode()).isEqualTo(200);
            for (Socket socket : slow) {
                assertThat(read(socket)).isEmpty();
                socket.close();
            }
            client.metricsWith("lathe_requests_in_flight{model=\"m\"} 0");
            assertThat(server.memoryUsed()).isZero();
            assertThat(client.post(INFER, request("", 1)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatDoesNotReadIsCutOff() throws Exception {
        try (InferenceServer server = InferenceServer.builder()
                        .port(0)
                        .clientTimeout(Duration.ofMillis(300))
                        .model("m", Models.of("""
                            graph @wide(%x: f32[n]) -> (y: f32[n, 4000000]) {
                              %c = reshape(%x) {shape=[n, 1]} : f32[n, 1]
                              %y = broadcast(%c) {shape=[n, 4000000]} : f32[n, 4000000]
                              return %y
                            }
                            """))
                        .maxBatch(1)
                        .start();
                Socket socket = new Client(server).socket()) {
            String body = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}],"
                    + "\"parameters\":{\"binary_data_output\":true}}";
            write(
                    socket,
                    "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            new Client(server).metricsWith("lathe_requests_total{model=\"m\",code=\"499\"} 1");
        }
    }

    @Test
    void exchangesAreBounded() throws Exception {
        Held model = new Held(Models.mlp());
        model.mayEnd.countDown();
        try (InferenceServer server = server(model)
                .maxExchanges(2)
                .clientTimeout(Duration.ofSeconds(20))
                .start()) {
            Client client = new Client(server);
            Socket first = client.socket();
            Socket second = client.socket();
            write(first, "G");
            write(second, "G");
            Socket third = client.socket();
            do { // until both are being read
                third.close();
                third = client.socket();
                write(third, "GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            } while (!read(third).isEmpty());
            first.close();
            second.close();
            third.close();
        }
    }

    @Test
    void stoppingAnswersWhatWasAccepted() throws Exception {
        Held model = new Held(Models.mlp());
        InferenceServer server = server(model).start();
        Client client = new Client(server);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<byte[]>> running = threads.submit(() -> client.post(INFER, request("", 1)));
            model.begun.await();
            Future<HttpResponse<byte[]>> queued = threads.submit(() -> client.post(INFER, request("", 1)));
            client.metricsWith("lathe_requests_queued{model=\"m\"} 1");
            Future<?> stop = threads.submit(() -> server.stop(Duration.ofSeconds(30)));
            while (client.get("/v2/health/ready").statusCode() == 200) {
                Thread.sleep(5);
            }
            assertThat(Client.text(client.get("/v2/health/live"))).contains("true");
            HttpResponse<byte[]> late = client.post(INFER, request("", 1));
            assertThat(late.statusCode()).isEqualTo(503);
            assertThat(Client.text(late)).contains("serve.stopping");
            model.mayEnd.countDown();
            assertThat(running.get().statusCode()).isEqualTo(200);
            assertThat(queued.get().statusCode()).isEqualTo(200);
            stop.get();
            server.await();
        }
    }

    @Test
    void stoppingHasAnEnd() throws Exception {
        Held model = new Held(Models.mlp());
        InferenceServer server = server(model).start();
        Client client = new Client(server);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<byte[]>> running = threads.submit(() -> client.post(INFER, request("", 1)));
            model.begun.await();
            server.stop(Duration.ofMillis(100));
            assertThat(running.get().statusCode()).isEqualTo(503);
            assertThat(model.stopped.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Many clients at once: every request is answered, and with its own numbers. */
    @Test
    void noRequestIsLost() throws Exception {
        try (InferenceServer server = InferenceServer.builder()
                        .port(0)
                        .model("m", Models.mlp())
                        .maxQueued(64)
                        .start();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int c = 0; c < 64; c++) {
                int id = c;
                all.add(clients.submit(() -> {
                    Client client = new Client(server);
                    int right = 0;
                    for (int i = 0; i < 30; i++) {
                        String json =
                                "{\"id\":\"" + id + "\",\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":"
                                        + "[1,3],\"data\":[" + id + "," + i + ",0]}]}";
                        String answer = Client.text(client.post(INFER, json));
                        String y = "[" + (id + 3 * i) + ".0," + (2 * id + 4 * i) + ".0]";
                        right += answer.contains("\"id\":\"" + id + "\"") && answer.contains(y) ? 1 : 0;
                    }
                    return right;
                }));
            }
            for (Future<Integer> right : all) {
                assertThat(right.get()).isEqualTo(30);
            }
            new Client(server).metricsWith("lathe_requests_total{model=\"m\",code=\"200\"} 1920");
            assertThat(server.memoryUsed()).isZero();
        }
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What comes until the server closes the connection or has sent an answer. */
    private static String read(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        byte[] bytes = new byte[4096];
        try {
            int n = socket.getInputStream().read(bytes);
            return n < 0 ? "" : new String(bytes, 0, n, StandardCharsets.UTF_8);
        } catch (SocketException e) {
            return ""; // reset
        }
    }
}
