package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.serve.InferenceServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe serve}. */
@Command(
        name = "serve",
        description = {
            "Serve models over HTTP, until it is told to stop.",
            "",
            "It speaks the Open Inference Protocol, version 2, which clients of KServe and Triton speak: JSON and"
                + " binary tensors below /v2. Metrics for Prometheus are at /metrics. Requests that wait at the same"
                + " time share a call where the model's rows do not depend on one another; it says at the start"
                + " whether they do. On SIGTERM or Ctrl-C it is no longer ready, answers what it has accepted, and"
                + " exits with 0.",
        },
        footer = {
            "  lathe serve minilm.jar",
            "  lathe serve iris=models/iris.onnx faces=blazeface.jar --port 9000",
            "  lathe serve minilm.jar --max-batch 32 --batch-wait 2 --timeout 1",
            "  curl localhost:8080/v2/models/minilm",
        })
final class ServeCommand extends LatheCommand {
    @Parameters(
            paramLabel = "[NAME=]MODEL",
            arity = "1..*",
            description = "A compiled .jar, or an .onnx or .lir file. Its name is that of the file unless it is given.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on; 0.0.0.0 for all of this machine. Default: the loopback address.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port; 0 for one that is free. Default: 8080.")
    private int port;

    @Option(
            names = "--max-batch",
            paramLabel = "N",
            defaultValue = "16",
            description = "The most rows that requests have together in one call; 1 for no batches. Default: 16.")
    private int maxBatch;

    @Option(
            names = "--batch-wait",
            paramLabel = "MS",
            defaultValue = "0",
            description =
                    "Milliseconds that a request waits for others to share its call. Default: 0, so that only those"
                            + " share one that wait anyway.")
    private double batchWait;

    @Option(
            names = "--calls",
            paramLabel = "N",
            description = "Calls of each model at a time. Default: one per processor, at least 2.")
    private int calls = Math.max(2, Runtime.getRuntime().availableProcessors());

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "256",
            description = "Requests that may wait for each model; more are refused with 429. Default: 256.")
    private int queue;

    @Option(
            names = "--timeout",
            paramLabel = "S",
            defaultValue = "60",
            description = "Seconds that a request may wait and compute, if it does not ask for less with its parameter"
                    + " timeout, in microseconds; then its call is stopped, and the answer is 504. Default: 60.")
    private double timeout;

    @Option(
            names = "--client-timeout",
            paramLabel = "S",
            defaultValue = "30",
            description =
                    "Seconds that a client may take to send a request, and again to read the answer. Default: 30.")
    private double clientTimeout;

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            defaultValue = "1024",
            description = "Requests that may be read, computed or answered at a time. Default: 1024.")
    private int maxRequests;

    @Option(
            names = "--max-body",
            paramLabel = "MB",
            defaultValue = "64",
            description = "The most megabytes of a request; more is refused with 413. Default: 64.")
    private int maxBody;

    @Option(
            names = "--max-elements",
            paramLabel = "N",
            defaultValue = "16777216",
            description = "The most elements of all inputs of a request; more is refused with 413. Default: 16777216.")
    private long maxElements;

    @Option(
            names = "--drain",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds that requests may still take after the server is told to stop. Default: 10.")
    private double drain;

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Override
    public Integer call() throws InterruptedException {
        InferenceServer.Builder builder = limits();
        // The JDK's server reads this once, and has no other way to be told.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        List<Executable> opened = new ArrayList<>();
        try {
            for (String model : models) {
                Path file = Path.of(model.substring(model.indexOf('=') + 1));
                Executable executable = OpenedModel.open(file, target, Map.of(), dims, terminal())
                        .model()
                        .load();
                opened.add(executable);
                builder.model(name(model, file), executable);
            }
            serve(builder);
        } finally {
            opened.forEach(Executable::close);
        }
        return 0;
    }

    private InferenceServer.Builder limits() {
        positive("--max-batch", maxBatch);
        positive("--calls", calls);
        positive("--queue", queue);
        positive("--max-requests", maxRequests);
        positive("--max-elements", maxElements);
        positive("--timeout", timeout);
        positive("--client-timeout", clientTimeout);
        if (!(batchWait >= 0) || !(drain >= 0) || maxBody < 1 || maxBody > 2000 || port < 0 || port > 65_535) {
            throw usage(
                    "--batch-wait " + batchWait + ", --drain " + drain + ", --max-body " + maxBody + " or --port "
                            + port + " is out of its range",
                    "give times from 0 on, 1 to 2000 MB, and a port from 0 to 65535");
        }
        return InferenceServer.builder()
                .host(address())
                .port(port)
                .version(Lathe.version())
                .maxBatch(maxBatch)
                .batchWait(seconds(batchWait / 1000))
                .maxCalls(calls)
                .maxQueued(queue)
                .timeout(seconds(timeout))
                .clientTimeout(seconds(clientTimeout))
                .maxExchanges(maxRequests)
                .maxBodyBytes(maxBody * 1_000_000)
                .maxElements(maxElements);
    }

    private InetAddress address() {
        try {
            return host.isEmpty() ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw usage("there is no address " + host, "give one of this machine, or 0.0.0.0 for all");
        }
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) Math.min(1e18, seconds * 1e9));
    }

    private static void positive(String option, double value) {
        if (!(value > 0)) {
            throw usage(option + " cannot be " + value, "give a number above 0");
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.serve", what, fix)));
    }

    private static String name(String model, Path file) {
        if (model.indexOf('=') >= 0) {
            return model.substring(0, model.indexOf('='));
        }
        String name = String.valueOf(file.getFileName());
        return name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
    }

    private void serve(InferenceServer.Builder builder) throws InterruptedException {
        InferenceServer server = builder.start();
        // A JVM that ends by a signal has an exit code of its own, unless the hook ends it first.
        Thread hook = new Thread(
                () -> {
                    server.stop(seconds(drain));
                    out().println("stopped");
                    out().flush();
                    Runtime.getRuntime().halt(0);
                },
                "lathe-serve-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        String url = "http://" + (server.address().getAddress().isLoopbackAddress() ? "localhost" : host) + ":"
                + server.port();
        if (!server.address().getAddress().isLoopbackAddress()) {
            new DiagnosticPrinter(terminal())
                    .print(new Diagnostic(
                            Diagnostic.Severity.WARNING,
                            "serve.open",
                            Location.NONE,
                            "everybody who reaches " + host + ":" + server.port()
                                    + " can use these models: there is neither TLS nor a password",
                            "",
                            "put a proxy or a firewall before it, or leave out --host"));
            terminal().err().flush();
        }
        for (String model : server.models()) {
            out().println(terminal().bold(model) + " at " + url + "/v2/models/" + model);
            out().println(server.batchSymbol(model)
                    .map(symbol -> "  up to " + maxBatch + " rows along " + symbol + " share a call")
                    .orElseGet(() -> "  each request has a call of its own: " + server.whyNoBatches(model)));
        }
        note("ready; Ctrl-C or SIGTERM stops it");
        out().flush();
        server.await();
    }
}
