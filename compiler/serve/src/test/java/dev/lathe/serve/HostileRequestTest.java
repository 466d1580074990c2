package dev.lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bodies that mean harm end in 400 or 413 with a diagnostic, never in a fault of the server. */
class HostileRequestTest {
    private static final String INFER = "/v2/models/m/infer";
    private static final String GOOD =
            "{\"id\":\"a\",\"inputs\":[{\"name\":\"x\",\"shape\":[2,3],\"datatype\":\"FP32\","
                + "\"data\":[1,2,3,4.5,5e0,-6]}],\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}]}";
    private static final String BINARY = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\","
            + "\"parameters\":{\"binary_data_size\":12}}]}";

    private static InferenceServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        server = InferenceServer.builder()
                .port(0)
                .model("m", Models.mlp())
                .model("s", Models.same("string"))
                .start();
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        client.metricsWith("lathe_requests_in_flight{model=\"m\"} 0");
        client.metricsWith("lathe_requests_in_flight{model=\"s\"} 0");
        assertThat(server.memoryUsed()).isZero();
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "''~is no JSON object",
                "[]~is no JSON object",
                "{~no JSON of the protocol",
                "{}}~no JSON of the protocol",
                "{} {}~goes on behind its object",
                "{\"inputs\":1}~is no array",
                "{\"inputs\":[1]}~an input is no JSON object",
                "{\"inputs\":[]}~run.missing-input",
                "{\"inputs\":[{}]}~has no \\\"name\\\"",
                "{\"id\":1}~\\\"id\\\" is no string",
                "{\"outputs\":[{\"name\":\"z\"}]}~the model has no output",
                "{\"outputs\":[{\"name\":\"y\",\"parameters\":{\"classification\":1}}]}~classification",
                "{\"inputs\":[{\"name\":\"x\",\"parameters\":{\"shared_memory_region\":\"a\"}}]}~shared memory",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\"}]}~neither",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"data\":[1,2,3]}]}~has no \\\"datatype\\\"",
                "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"data\":[1,2,3]}]}~has no \\\"shape\\\"",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[-1,3]}]}~is no integer from 0",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1.5]}]}~is no integer from 0",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[99999999999999999999]}]}~is no integer from 0",
                "{\"parameters\":{\"timeout\":-1}}~is no integer from 0",
                "{\"parameters\":{\"binary_data_output\":1}}~neither true nor false",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1000000,3],\"datatype\":\"FP32\",\"data\":[1]}]}~more"
                        + " elements than",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[9999999999,9999],\"datatype\":\"FP32\",\"data\":[1]}]}~more"
                        + " elements than",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[0,3],\"datatype\":\"FP32\",\"data\":[1]}]}~has more",
            })
    void mistakesAreNamed(String body, String error) {
        HttpResponse<byte[]> response = client.post(INFER, body);
        assertThat(Client.text(response)).contains(error);
        assertThat(response.statusCode()).isIn(400, 413);
        assertThat(((Map<?, ?>) Client.json(response)).keySet().toString()).isEqualTo("[error]");
    }

    @ParameterizedTest
    @CsvSource({"11", "13", "0", "9223372036854775807"})
    void binaryDataOfAnotherSize(String size) {
        HttpResponse<byte[]> response = client.binary(INFER, BINARY.replace(":12}", ":" + size + "}"), new byte[12]);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Client.text(response)).containsAnyOf("binary_data_size", "more elements than the request has bytes");
    }

    @Test
    void headersThatDoNotFitTheBody() {
        for (String length : new String[] {"-1", "x", "999999", "", "99999999999999999999"}) {
            HttpResponse<byte[]> response = client.post(
                    INFER, GOOD.getBytes(StandardCharsets.UTF_8), "Inference-Header-Content-Length", length);
            assertThat(response.statusCode()).as(length).isEqualTo(400);
        }
        HttpResponse<byte[]> zipped =
                client.post(INFER, GOOD.getBytes(StandardCharsets.UTF_8), "Content-Encoding", "gzip");
        assertThat(zipped.statusCode()).isEqualTo(415);
    }

    @Test
    void stringsThatLieAboutTheirLength() {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"BYTES\","
                + "\"parameters\":{\"binary_data_size\":8}}]}";
        for (byte[] data : new byte[][] {
            {-1, -1, -1, -1, 0, 0, 0, 0},
            {5, 0, 0, 0, 0, 0, 0, 0},
            {4, 0, 0, 0, 65, 65, 65, 65},
            {0, 0, 0, 0, 1, 0, 0, 0},
            {1, 0, 0, 0, -1, 0, 0, 0}
        }) {
            assertThat(client.binary("/v2/models/s/infer", json, data).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void deepNestingAndLongNamesAreRefused() {
        String deep = "[".repeat(100_000);
        for (String body : new String[] {
            deep,
            "{\"inputs\":" + deep,
            "{\"x\":" + deep,
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":" + deep,
            "{\"" + "n".repeat(1_000_000) + "\":1}",
            "{\"id\":1" + "0".repeat(1_000_000) + "}",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1" + "0".repeat(100_000),
            "{\"inputs\":[" + "{\"name\":\"x\"},".repeat(20_000),
        }) {
            HttpResponse<byte[]> response = client.post(INFER, body);
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(response.body().length).isLessThan(2000);
        }
    }

    /** Requests with bytes changed, added and taken away. */
    @Test
    void changedRequestsAreAnsweredOrRefused() {
        Random random = new Random(7);
        int served = 0;
        for (int i = 0; i < 1000; i++) {
            boolean binary = i % 3 == 0;
            byte[] body = (binary ? BINARY + "123456789012" : GOOD).getBytes(StandardCharsets.ISO_8859_1);
            for (int n = random.nextInt(4); n >= 0; n--) {
                body = changed(body, random);
            }
            HttpResponse<byte[]> response = binary
                    ? client.post(INFER, body, "Inference-Header-Content-Length", String.valueOf(BINARY.length()))
                    : client.post(INFER, body);
            assertThat(response.statusCode())
                    .as(() -> "request " + response.statusCode() + " " + Client.text(response))
                    .isIn(200, 400, 413);
            served += response.statusCode() == 200 ? 1 : 0;
        }
        assertThat(served).isBetween(10, 700);
    }

    private static byte[] changed(byte[] body, Random random) {
        int at = random.nextInt(body.length);
        String syntax = "{}[]\",:0123456789-+.eE\\ntf\u0000\u00ff ";
        byte other = random.nextInt(3) == 0
                ? (byte) random.nextInt(256)
                : (byte) syntax.charAt(random.nextInt(syntax.length()));
        byte[] changed;
        switch (random.nextInt(3)) {
            case 0 -> {
                changed = body.clone();
                changed[at] = other;
            }
            case 1 -> {
                changed = new byte[body.length + 1];
                System.arraycopy(body, 0, changed, 0, at);
                changed[at] = other;
                System.arraycopy(body, at, changed, at + 1, body.length - at);
            }
            default -> {
                int n = Math.min(1 + random.nextInt(8), body.length - at);
                changed = new byte[Math.max(1, body.length - n)];
                System.arraycopy(body, 0, changed, 0, Math.min(at, changed.length));
                System.arraycopy(body, at + n, changed, at, Math.max(0, changed.length - at));
            }
        }
        return changed;
    }
}
