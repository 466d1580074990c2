package dev.lathe.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The paths, JSON and bytes of the Open Inference Protocol, as its specification has them. */
class ProtocolTest {
    private static final String INFER = "/v2/models/mlp/infer";
    private static final String X =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,0,2]}]";

    private static InferenceServer server;
    private static Client client;

    @BeforeAll
    static void start() {
        InferenceServer.Builder builder = InferenceServer.builder().port(0).version("1.2.3");
        builder.model("mlp", Models.mlp());
        for (String element : List.of(
                "f64", "f32", "f16", "bf16", "i64", "i32", "i16", "i8", "u64", "u32", "u16", "u8", "bool", "string")) {
            builder.model(element, Models.same(element));
        }
        builder.model("log", Models.of("""
            graph @log(%x: f32[n]) -> (y: f32[n]) {
              %y = log(%x) : f32[n]
              return %y
            }
            """));
        builder.model("two", Models.of("""
            graph @two(%input0: u32[2, 2], %input1: bool[3]) -> (sum: u32[2, 2], no: bool[3], input: u32[2, 2]) {
              %sum = add(%input0, %input0) : u32[2, 2]
              %no = not(%input1) : bool[3]
              return %sum, %no, %input0
            }
            """));
        server = builder.start();
        client = new Client(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void itListensOnTheLoopbackAddressAlone() {
        assertThat(server.address().getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void healthAndMetadata() {
        assertThat(Client.text(client.get("/v2/health/live"))).isEqualTo("{\"live\":true}");
        assertThat(Client.text(client.get("/v2/health/ready"))).isEqualTo("{\"ready\":true}");
        assertThat(Client.text(client.get("/v2")))
                .isEqualTo("{\"name\":\"lathe\",\"version\":\"1.2.3\",\"extensions\":[\"binary_tensor_data\"]}");
        assertThat(Client.text(client.get("/v2/models/mlp/ready"))).isEqualTo("{\"name\":\"mlp\",\"ready\":true}");
        String described = "{\"name\":\"mlp\",\"versions\":[\"1\"],\"platform\":\"lathe\","
                + "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,3]}],"
                + "\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,2]}]}";
        HttpResponse<byte[]> model = client.get("/v2/models/mlp");
        assertThat(Client.text(model)).isEqualTo(described);
        assertThat(model.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(Client.text(client.get("/v2/models/mlp/versions/1"))).isEqualTo(described);
        assertThat(client.get("/v2/models/mlp/versions/1/ready").statusCode()).isEqualTo(200);
        assertThat(client.method("HEAD", "/v2/health/ready").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 404, serve.path",
        "GET, /v3, 404, serve.path",
        "GET, /v2/health, 404, serve.path",
        "GET, /v2/models/mlp/other, 404, serve.path",
        "GET, /v2/models/, 404, serve.model",
        "GET, /v2/models/mpl, 404, did you mean mlp?",
        "GET, /v2/models/mlp/versions/2, 404, serve.version",
        "GET, /v2/models/mlp/infer, 405, serve.method",
        "POST, /v2/health/live, 405, serve.method",
        "DELETE, /v2/models/mlp, 405, serve.method",
    })
    void whatIsNotThereIsAnErrorThatSaysSo(String method, String path, int status, String error) {
        HttpResponse<byte[]> response = client.method(method, path);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat((String) ((Map<?, ?>) Client.json(response)).get("error")).contains(error);
    }

    @Test
    void infersFromJson() {
        HttpResponse<byte[]> response = client.post(INFER, X + ",\"id\":\"42\",\"parameters\":{\"priority\":3}}");
        assertThat(Client.text(response))
                .isEqualTo("{\"model_name\":\"mlp\",\"model_version\":\"1\",\"id\":\"42\",\"outputs\":"
                        + "[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[11.0,14.0]}]}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(client.post("/v2/models/mlp/versions/1/infer", X + "}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void dataMayBeNestedAndComeInAnyOrder() {
        String nested =
                "{\"inputs\":[{\"data\":[[1,0,2],[0,1,0]],\"shape\":[2,3],\"name\":\"x\",\"datatype\":\"FP32\"}]}";
        assertThat(Client.text(client.post(INFER, nested))).contains("\"shape\":[2,2],\"data\":[11.0,14.0,3.0,4.0]");
    }

    @Test
    void infersFromBytesToBytes() {
        // The example of the specification, with an output asked for as bytes.
        String json = "{\"inputs\":[{\"name\":\"input0\",\"shape\":[2,2],\"datatype\":\"UINT32\",\"parameters\":"
                + "{\"binary_data_size\":16}},{\"name\":\"input1\",\"shape\":[3],\"datatype\":\"BOOL\",\"parameters\":"
                + "{\"binary_data_size\":3}}],\"outputs\":[{\"name\":\"sum\",\"parameters\":{\"binary_data\":true}},"
                + "{\"name\":\"no\"}]}";
        byte[] data = HexFormat.of().parseHex("0100000002000000030000000000ff7f" + "010001");
        HttpResponse<byte[]> response = client.binary("/v2/models/two/infer", json, data);
        String head = "{\"model_name\":\"two\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"sum\",\"datatype\":"
                + "\"UINT32\",\"shape\":[2,2],\"parameters\":{\"binary_data_size\":16}},{\"name\":\"no\",\"datatype\":"
                + "\"BOOL\",\"shape\":[3],\"data\":[false,true,false]}]}";
        assertThat(response.headers().firstValue("Inference-Header-Content-Length"))
                .contains(String.valueOf(head.length()));
        assertThat(response.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(response.headers().firstValue("Content-Length")).contains(String.valueOf(head.length() + 16));
        assertThat(new String(response.body(), 0, head.length(), StandardCharsets.UTF_8))
                .isEqualTo(head);
        assertThat(Arrays.copyOfRange(response.body(), head.length(), response.body().length))
                .isEqualTo(HexFormat.of().parseHex("0200000004000000060000000000feff"));
    }

    @Test
    void allOutputsComeAsBytesOnRequest() {
        String all = X + ",\"parameters\":{\"binary_data_output\":true}}";
        HttpResponse<byte[]> response = client.post(INFER, all);
        ByteBuffer y = ByteBuffer.wrap(response.body()).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(y.getFloat(response.body().length - 8)).isEqualTo(11);
        assertThat(y.getFloat(response.body().length - 4)).isEqualTo(14);
        String but = X + ",\"parameters\":{\"binary_data_output\":true},\"outputs\":[{\"name\":\"y\",\"parameters\":"
                + "{\"binary_data\":false}}]}";
        assertThat(Client.text(client.post(INFER, but))).contains("\"data\":[11.0,14.0]");
    }

    /** Element types: JSON there and back, and their bytes. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "f64|FP64|[0.1, -1e300]|[0.1,-1.0E300]|9a9999999999b93f9c7500883ce437fe",
                "f32|FP32|[0.1, 2]|[0.1,2.0]|cdcccc3d00000040",
                "f16|FP16|[0.5, -2]|[0.5,-2.0]|003800c0",
                "bf16|BF16|[0.5, -2]|[0.5,-2.0]|003f00c0",
                "i64|INT64|[9223372036854775807, -1]|[9223372036854775807,-1]|ffffffffffffff7fffffffffffffffff",
                "i32|INT32|[2147483647, -2]|[2147483647,-2]|ffffff7ffeffffff",
                "i16|INT16|[32767, -2]|[32767,-2]|ff7ffeff",
                "i8|INT8|[127, -128]|[127,-128]|7f80",
                "u64|UINT64|[18446744073709551615, 1]|[18446744073709551615,1]|ffffffffffffffff0100000000000000",
                "u32|UINT32|[4294967295, 1]|[4294967295,1]|ffffffff01000000",
                "u16|UINT16|[65535, 1]|[65535,1]|ffff0100",
                "u8|UINT8|[255, 1]|[255,1]|ff01",
                "bool|BOOL|[true, false]|[true,false]|0100",
                "string|BYTES|[\"né\", \"\"]|[\"né\",\"\"]|030000006ec3a900000000",
            })
    void everyElementType(String model, String datatype, String given, String answered, String bytes) {
        String input = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"" + datatype + "\",";
        String path = "/v2/models/" + model + "/infer";
        String said = "\"datatype\":\"" + datatype + "\",\"shape\":[2,1],";
        assertThat(Client.text(client.post(path, input + "\"data\":" + given + "}]}")))
                .contains(said + "\"data\":" + answered);
        byte[] data = HexFormat.of().parseHex(bytes);
        String binary = input + "\"parameters\":{\"binary_data_size\":" + data.length + "}}],\"parameters\":"
                + "{\"binary_data_output\":true}}";
        byte[] body = client.binary(path, binary, data).body();
        assertThat(Arrays.copyOfRange(body, body.length - data.length, body.length))
                .isEqualTo(data);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "i8|INT8|[128]|element 0 of input \"x\" is 128, which is no INT8",
                "i8|INT8|[1.5]|which is no INT8",
                "i8|INT8|[true]|which is no INT8",
                "u8|UINT8|[-1]|which is no UINT8",
                "i64|INT64|[9223372036854775808]|which is no INT64",
                "u64|UINT64|[18446744073709551616]|which is no UINT64",
                "f32|FP32|[1e39]|which is no FP32",
                "f16|FP16|[70000]|which is no FP16",
                "f32|FP32|[\"1\"]|which is no FP32",
                "f32|FP32|[null]|holds null",
                "f32|FP32|[{}]|\"data\" of input \"x\" holds {",
                "f32|FP32|[NaN]|no JSON",
                "f32|FP32|[1, 2]|says 1 elements, and \"data\" has more",
                "f32|FP32|[]|says 1 elements, and \"data\" has only 0",
                "f32|FP32|1|is no array",
                "bool|BOOL|[1]|which is no BOOL",
                "string|BYTES|[1]|which is no BYTES",
                "f32|FP31|[1]|there is no datatype \"FP31\"",
                "f32|FP64|[1]|is f64[1, 1], but the model takes f32[n, m]",
            })
    void elementsOfAnotherTypeAreRefused(String model, String datatype, String data, String error) {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1],\"datatype\":\"" + datatype + "\",\"data\":" + data
                + "}]}";
        HttpResponse<byte[]> response = client.post("/v2/models/" + model + "/infer", json);
        assertThat(Client.text(response)).contains(error.replace("\"", "\\\""));
        assertThat(response.statusCode()).isEqualTo(400);
    }

    @Test
    void whatJsonCannotSayIsAskedForAsBytes() {
        String json = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[0]}]";
        HttpResponse<byte[]> response = client.post("/v2/models/log/infer", json + "}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Client.text(response)).contains("serve.not-finite", "binary_data");
        byte[] bytes = client.post("/v2/models/log/infer", json + ",\"parameters\":{\"binary_data_output\":true}}")
                .body();
        assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(bytes.length - 4))
                .isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void metricsCountRequests() {
        client.post(INFER, X + "}");
        client.post(INFER, "{");
        String text = client.metricsWith("lathe_requests_in_flight{model=\"mlp\"} 0");
        assertThat(text)
                .contains("# TYPE lathe_requests_total counter", "lathe_requests_total{model=\"mlp\",code=\"400\"} ")
                .contains("lathe_requests_queued{model=\"mlp\"} 0\n")
                .containsPattern("lathe_inference_seconds_count\\{model=\"mlp\"} [1-9]")
                .containsPattern("lathe_batch_rows_bucket\\{model=\"mlp\",le=\"1.0\"} [1-9]")
                .containsPattern("lathe_queue_seconds_bucket\\{model=\"mlp\",le=\"\\+Inf\"} [1-9]");
        // Each line is a comment or a name, labels and a number.
        assertThat(text.lines())
                .allMatch(l -> l.matches("# (HELP|TYPE) lathe_[a-z_]+ .+|lathe_[a-z_]+\\{[^}]+} [-0-9.E]+"));
    }

    @Test
    void aModelThatTheProtocolCannotSayIsRefusedAtTheStart() {
        InferenceServer.Builder builder = InferenceServer.builder().port(0);
        assertThatThrownBy(() -> builder.model("i4", Models.same("i4")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("serve.element-type");
        assertThatThrownBy(() -> builder.model("a/b", Models.mlp()))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("serve.name");
        assertThatThrownBy(() -> builder.model("a", Models.mlp()).model("a", Models.mlp()))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("two models are named a");
        assertThatThrownBy(() -> InferenceServer.builder().port(server.port()).start())
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("serve.address");
    }
}
