package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe serve}, as a process that is told to stop by a signal. */
@Timeout(120)
class ServeCommandTest {
    @TempDir
    private Path folder;

    @Test
    void servesUntilItIsToldToStop() throws Exception {
        Process process = start(
                "tiny=" + TinyModels.mlp(folder), TinyModels.embedding(folder).toString());
        try (BufferedReader out = process.inputReader()) {
            String url = out.readLine().replaceFirst("tiny at ", "");
            assertThat(url).matches("http://localhost:[0-9]+/v2/models/tiny");
            assertThat(out.readLine()).isEqualTo("  up to 16 rows along batch share a call");
            assertThat(out.readLine()).endsWith("/v2/models/embedding");
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/infer"))
                    .POST(HttpRequest.BodyPublishers.ofString("""
                        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 0, 2]}]}\
                        """))
                    .build();
            HttpResponse<String> response =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.body()).contains("\"data\":[11.0,14.0]");
            process.toHandle().destroy(); // SIGTERM
            assertThat(out.lines().toList()).contains("stopped");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void anOpenServerIsWarnedOf() throws Exception {
        Process process = start(TinyModels.mlp(folder).toString(), "--host", "0.0.0.0");
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine()).contains("warning[serve.open]");
            String line = out.readLine();
            while (line != null && !line.startsWith("mlp at http://0.0.0.0:")) {
                line = out.readLine();
            }
            assertThat(line).isNotNull();
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0",
                "--target",
                "reference"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    @Test
    void mistakesAreUsage() {
        String model = TinyModels.mlp(folder).toString();
        assertThat(Cli.lathe("serve").exit()).isEqualTo(2);
        assertThat(Cli.lathe("serve", folder + "/none.jar").err()).contains("there is no file");
        assertThat(Cli.lathe("serve", model, "--timeout", "0").err()).contains("--timeout cannot be 0");
        assertThat(Cli.lathe("serve", model, "--port", "99999").err()).contains("out of its range");
        assertThat(Cli.lathe("serve", model, "--host", "no.such.host.invalid").err())
                .contains("there is no address");
        assertThat(Cli.lathe("serve", "a/b=" + model, "--target", "reference").err())
                .contains("serve.name");
        assertThat(Cli.lathe("serve", model, model, "--target", "reference").err())
                .contains("two models are named mlp");
    }
}
