package dev.lathe.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.sun.net.httpserver.HttpExchange;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.serve.InferenceRequest.RequestedOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** Writes the answers of the protocol. */
final class ResponseWriter {
    /** The header that says how long the JSON before binary data is. */
    static final String JSON_LENGTH = "Inference-Header-Content-Length";

    static final String JSON = "application/json";
    static final String BINARY = "application/octet-stream";

    private static final int OK = 200;

    private final JsonFactory json = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    /** JSON that is written by a generator. */
    interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Sends a short JSON text. */
    void send(HttpExchange exchange, int status, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator g = json.createGenerator(bytes)) {
            content.write(g);
        }
        send(exchange, status, JSON, bytes.toByteArray());
    }

    /** Sends bytes; to a HEAD request, only what stands before them. */
    static void send(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
        if (!head && bytes.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    /**
     * Sends the outputs that a request asks for.
     *
     * @throws Refusal if one is to be JSON and holds what JSON cannot say; nothing is sent then
     */
    void send(HttpExchange exchange, ServedModel model, InferenceRequest request, Map<String, Tensor> outputs)
            throws IOException {
        boolean anyBinary = false;
        for (RequestedOutput output : request.outputs()) {
            anyBinary |= output.binary();
            if (!output.binary() && !JsonElements.canWrite(Datum.named(outputs, output.name()))) {
                throw new Refusal(
                        Refusal.BAD_REQUEST,
                        Diagnostic.error(
                                "serve.not-finite",
                                "output \"" + output.name() + "\" holds NaN or an infinity, which JSON cannot say",
                                "ask for it with \"binary_data\": true, or give the model other inputs"));
            }
        }
        if (!anyBinary) {
            exchange.getResponseHeaders().set("Content-Type", JSON);
            exchange.sendResponseHeaders(OK, 0); // of unknown length, written as it is made
            try (OutputStream out = exchange.getResponseBody()) {
                header(out, model, request, outputs);
            }
            return;
        }
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        header(head, model, request, outputs);
        long length = head.size();
        for (RequestedOutput output : request.outputs()) {
            length += output.binary() ? BinaryElements.size(Datum.named(outputs, output.name())) : 0;
        }
        exchange.getResponseHeaders().set("Content-Type", BINARY);
        exchange.getResponseHeaders().set(JSON_LENGTH, String.valueOf(head.size()));
        exchange.sendResponseHeaders(OK, length);
        try (OutputStream out = exchange.getResponseBody()) {
            head.writeTo(out);
            for (RequestedOutput output : request.outputs()) {
                if (output.binary()) {
                    BinaryElements.write(out, Datum.named(outputs, output.name()));
                }
            }
        }
    }

    private void header(OutputStream out, ServedModel model, InferenceRequest request, Map<String, Tensor> outputs)
            throws IOException {
        try (JsonGenerator g = json.createGenerator(out)) {
            g.writeStartObject();
            g.writeStringField("model_name", model.name());
            g.writeStringField("model_version", ServedModel.VERSION);
            if (request.id().isPresent()) {
                g.writeStringField("id", request.id().get());
            }
            g.writeArrayFieldStart("outputs");
            for (RequestedOutput output : request.outputs()) {
                output(g, output, Datum.named(outputs, output.name()));
            }
            g.writeEndArray();
            g.writeEndObject();
        }
    }

    private static void output(JsonGenerator g, RequestedOutput output, Tensor t) throws IOException {
        g.writeStartObject();
        g.writeStringField("name", output.name());
        g.writeStringField("datatype", Datatype.of(t.element()).orElseThrow().name());
        g.writeFieldName("shape");
        long[] dims = t.dims();
        g.writeArray(dims, 0, dims.length);
        if (output.binary()) {
            g.writeObjectFieldStart("parameters");
            g.writeNumberField("binary_data_size", BinaryElements.size(t));
            g.writeEndObject();
        } else {
            g.writeFieldName("data");
            JsonElements.write(g, t);
        }
        g.writeEndObject();
    }
}
