package dev.lathe.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.serve.ServedModel.TensorPort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The paths of the protocol, and what is behind them. */
final class Routes implements HttpHandler {
    private static final System.Logger LOG = System.getLogger("dev.lathe.serve");

    private static final Set<String> READ = Set.of("GET", "HEAD");
    private static final Set<String> POST = Set.of("POST");
    private static final String MODELS = "/v2/models/";
    private static final int OK = 200;
    /** How the metrics count an exchange whose client was gone or too slow. */
    private static final int CLIENT_GONE = 499;

    /** A model with what runs it. */
    record Entry(ServedModel model, CallQueue queue, ModelMetrics metrics) {}

    private final Map<String, Entry> models;
    private final ServerLimits limits;
    private final MemoryBudget memory;
    private final RequestParser parser;
    private final ResponseWriter writer = new ResponseWriter();
    private final String version;
    private volatile boolean stopping;

    Routes(Map<String, Entry> models, ServerLimits limits, MemoryBudget memory, String version) {
        this.models = models;
        this.limits = limits;
        this.memory = memory;
        this.parser = new RequestParser(limits.maxElements(), limits.maxBodyBytes());
        this.version = version;
    }

    /** From now on the server is not ready. */
    void stop() {
        stopping = true;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (stopping) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            try {
                route(exchange);
            } catch (Refusal e) {
                refuse(exchange, e);
            }
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        String path = String.valueOf(exchange.getRequestURI().getPath());
        if (path.equals("/metrics")) {
            allow(exchange, READ);
            metrics(exchange);
        } else if (path.equals("/v2") || path.equals("/v2/")) {
            allow(exchange, READ);
            answer(exchange, OK, this::server);
        } else if (path.equals("/v2/health/live")) {
            allow(exchange, READ);
            answer(exchange, OK, g -> g.writeBooleanField("live", true));
        } else if (path.equals("/v2/health/ready")) {
            allow(exchange, READ);
            boolean ready = !stopping;
            answer(exchange, ready ? OK : Refusal.UNAVAILABLE, g -> g.writeBooleanField("ready", ready));
        } else if (path.startsWith(MODELS)) {
            model(exchange, List.of(path.substring(MODELS.length()).split("/", -1)));
        } else {
            throw notFound(path);
        }
    }

    /** The paths {@code NAME}, {@code NAME/versions/V}, and either with {@code /ready} or {@code /infer} behind. */
    private void model(HttpExchange exchange, List<String> parts) throws IOException {
        Entry entry = models.get(parts.getFirst());
        if (entry == null) {
            throw new Refusal(
                    Refusal.NOT_FOUND,
                    Diagnostic.error(
                            "serve.model",
                            "there is no model \"" + Diagnostic.shortened(parts.getFirst(), 80) + "\"",
                            Suggestion.of(parts.getFirst(), models.keySet()) + "the models are " + models.keySet()));
        }
        List<String> rest = parts.subList(1, parts.size());
        if (rest.size() > 1 && rest.getFirst().equals("versions")) {
            if (!rest.get(1).equals(ServedModel.VERSION)) {
                throw new Refusal(
                        Refusal.NOT_FOUND,
                        Diagnostic.error(
                                "serve.version",
                                "model " + parts.getFirst() + " has no version \""
                                        + Diagnostic.shortened(rest.get(1), 80) + "\"",
                                "ask for version " + ServedModel.VERSION + ", or for none"));
            }
            rest = rest.subList(2, rest.size());
        }
        if (rest.isEmpty()) {
            allow(exchange, READ);
            answer(exchange, OK, g -> describe(g, entry.model()));
        } else if (rest.equals(List.of("ready"))) {
            allow(exchange, READ);
            boolean ready = !stopping;
            answer(exchange, ready ? OK : Refusal.UNAVAILABLE, g -> {
                g.writeStringField("name", entry.model().name());
                g.writeBooleanField("ready", ready);
            });
        } else if (rest.equals(List.of("infer"))) {
            allow(exchange, POST);
            inferCounted(exchange, entry);
        } else {
            throw notFound(exchange.getRequestURI().getPath());
        }
    }

    private static Refusal notFound(String path) {
        return new Refusal(
                Refusal.NOT_FOUND,
                Diagnostic.error(
                        "serve.path",
                        "there is nothing at " + Diagnostic.shortened(path, 200),
                        "the paths are those of the Open Inference Protocol, below /v2, and /metrics"));
    }

    private static void allow(HttpExchange exchange, Set<String> methods) {
        if (!methods.contains(exchange.getRequestMethod())) {
            String all = methods.stream().sorted().collect(Collectors.joining(", "));
            exchange.getResponseHeaders().set("Allow", all);
            throw new Refusal(
                    Refusal.METHOD_NOT_ALLOWED,
                    Diagnostic.error(
                            "serve.method",
                            Diagnostic.shortened(exchange.getRequestMethod(), 40) + " is not for this path",
                            "send " + all));
        }
    }

    /** Sends an object with these fields. */
    private void answer(HttpExchange exchange, int status, ResponseWriter.Content fields) throws IOException {
        ClientTimeout timeout = Exchanges.TIMEOUT.get();
        timeout.check();
        timeout.begin();
        writer.send(exchange, status, g -> {
            g.writeStartObject();
            fields.write(g);
            g.writeEndObject();
        });
    }

    private void server(JsonGenerator g) throws IOException {
        g.writeStringField("name", "lathe");
        g.writeStringField("version", version);
        g.writeArrayFieldStart("extensions");
        g.writeString("binary_tensor_data");
        g.writeEndArray();
    }

    private static void describe(JsonGenerator g, ServedModel model) throws IOException {
        g.writeStringField("name", model.name());
        g.writeArrayFieldStart("versions");
        g.writeString(ServedModel.VERSION);
        g.writeEndArray();
        g.writeStringField("platform", "lathe");
        describe(g, "inputs", model.inputs());
        describe(g, "outputs", model.outputs());
    }

    private static void describe(JsonGenerator g, String field, List<TensorPort> ports) throws IOException {
        g.writeArrayFieldStart(field);
        for (TensorPort port : ports) {
            g.writeStartObject();
            g.writeStringField("name", port.name());
            g.writeStringField("datatype", port.datatype().name());
            g.writeFieldName("shape");
            long[] shape = port.shape().stream().mapToLong(d -> d).toArray();
            g.writeArray(shape, 0, shape.length);
            g.writeEndObject();
        }
        g.writeEndArray();
    }

    private void metrics(HttpExchange exchange) throws IOException {
        String text =
                ModelMetrics.text(models.values().stream().map(Entry::metrics).toList());
        ResponseWriter.send(
                exchange, OK, "text/plain; version=0.0.4; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    private void inferCounted(HttpExchange exchange, Entry entry) throws IOException {
        entry.metrics().began();
        int status = CLIENT_GONE;
        try {
            infer(exchange, entry);
            status = OK;
        } catch (Refusal e) {
            refuse(exchange, e);
            status = e.status();
        } finally {
            entry.metrics().ended(status);
        }
    }

    private void infer(HttpExchange exchange, Entry entry) throws IOException {
        try (MemoryBudget.Share share = memory.share()) {
            if (stopping) {
                throw Refusal.stopping();
            }
            InferenceRequest request = read(exchange, entry.model(), share);
            Map<String, Tensor> outputs = call(entry, request);
            Exchanges.TIMEOUT.get().begin();
            writer.send(exchange, entry.model(), request, outputs);
        } catch (LatheException e) {
            throw refusal(e);
        } catch (OutOfMemoryError e) {
            throw Refusal.noMemory();
        } catch (Refusal e) {
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "a request for model " + entry.model().name() + " failed",
                    e);
            throw new Refusal(
                    Refusal.INTERNAL,
                    Diagnostic.error(
                            "internal",
                            "the request failed by a fault of the server: "
                                    + e.getClass().getSimpleName(),
                            "look into the server's log, and report it"));
        }
    }

    /** Reads all that the client sends. */
    private InferenceRequest read(HttpExchange exchange, ServedModel model, MemoryBudget.Share share)
            throws IOException {
        String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
        if (encoding != null && !encoding.toLowerCase(Locale.ROOT).equals("identity")) {
            throw new Refusal(
                    Refusal.UNSUPPORTED_MEDIA_TYPE,
                    Diagnostic.error(
                            "serve.encoding",
                            "the body is in the encoding " + Diagnostic.shortened(encoding, 40),
                            "send it without Content-Encoding"));
        }
        long declared = number(exchange, "Content-Length", Long.MAX_VALUE);
        RequestBody body = RequestBody.read(exchange.getRequestBody(), declared, limits.maxBodyBytes(), share);
        Exchanges.TIMEOUT.get().check();
        long json = number(exchange, ResponseWriter.JSON_LENGTH, body.length());
        return parser.parse(model, body, json < 0 ? body.length() : (int) json, share);
    }

    /** The number in a header; -1 if there is none. */
    private static long number(HttpExchange exchange, String header, long most) {
        String text = exchange.getRequestHeaders().getFirst(header);
        if (text == null) {
            return -1;
        }
        try {
            long number = Long.parseLong(text.strip());
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw Refusal.badRequest(
                "the header " + header + " is " + Diagnostic.shortened(text, 40),
                "send a number of bytes, at most as many as the body has");
    }

    /** The results of a call whose inputs are checked before it waits. */
    private Map<String, Tensor> call(Entry entry, InferenceRequest request) {
        Deadline deadline = Deadline.after(
                request.timeout().filter(t -> t.compareTo(limits.timeout()) < 0).orElse(limits.timeout()));
        InputCheck.bind(entry.model().executable().inputs(), request.inputs());
        Map<String, Tensor> ordered = new LinkedHashMap<>();
        entry.model().inputs().forEach(p -> ordered.put(p.name(), Datum.named(request.inputs(), p.name())));
        return entry.queue().call(ordered, deadline);
    }

    private Refusal refusal(LatheException e) {
        Diagnostic first = e.diagnostics().getFirst();
        boolean cancelled = first.code().equals("call.cancelled");
        if (cancelled && stopping) {
            return Refusal.stopping();
        }
        int status = cancelled ? Refusal.TIMED_OUT : Refusal.BAD_REQUEST;
        String what = e.diagnostics().size() == 1 ? first.what() : first.what() + "; and " + others(e);
        return new Refusal(
                status,
                new Diagnostic(first.severity(), first.code(), first.location(), what, first.why(), first.fix()));
    }

    private static String others(LatheException e) {
        return e.diagnostics().stream().skip(1).map(Diagnostic::what).collect(Collectors.joining("; "));
    }

    private void refuse(HttpExchange exchange, Refusal e) throws IOException {
        if (e.isTemporary()) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        answer(
                exchange,
                e.status(),
                g -> g.writeStringField("error", e.diagnostic().toString()));
    }
}
