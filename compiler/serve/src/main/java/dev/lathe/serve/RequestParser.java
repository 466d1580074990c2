package dev.lathe.serve;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.serve.InferenceRequest.RequestedOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of the protocol, without a tree of the JSON in between. Nothing is allocated that a request only
 * promises: sizes are compared with the bytes that are there.
 */
final class RequestParser {
    private static final int DEEPEST = 80;
    private static final int LONGEST_NAME = 4096;
    private static final int MOST_AXES = 64;
    private static final int MOST_PORTS = 10_000;

    private final JsonFactory json;
    private final long maxElements;

    RequestParser(long maxElements, int maxStringLength) {
        this.json = JsonFactory.builder()
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEEPEST)
                        .maxNameLength(LONGEST_NAME)
                        .maxStringLength(maxStringLength)
                        .build())
                .build();
        this.maxElements = maxElements;
    }

    /**
     * Reads a request.
     *
     * @param jsonLength how many bytes of the body are JSON; the others are binary data
     * @throws Refusal with what is wrong in it
     */
    InferenceRequest parse(ServedModel model, RequestBody body, int jsonLength, MemoryBudget.Share memory)
            throws IOException {
        try {
            return new Reading(model, body, jsonLength, memory).request();
        } catch (JsonProcessingException e) {
            // Its own message quotes the source, which is the client's own.
            throw Refusal.badRequest(
                    "the request is no JSON of the protocol: " + Diagnostic.shortened(e.getOriginalMessage(), 300)
                            + (e.getLocation() == null
                                    ? ""
                                    : " (byte " + e.getLocation().getByteOffset() + ")"),
                    "send a JSON object in UTF-8; numbers and words as RFC 8259 has them");
        }
    }

    /** An input as far as it was read. */
    private static final class Input {
        private @Nullable String name;
        private @Nullable Datatype datatype;
        private long @Nullable [] dims;
        private @Nullable Tensor tensor;
        /** Where {@code data} begins, if it came before what says how to read it; -1 if it did not. */
        private long dataAt = -1;
        /** {@code binary_data_size}; -1 if there is none. */
        private long binarySize = -1;
    }

    /** One request being read. */
    private final class Reading {
        private final ServedModel model;
        private final RequestBody body;
        private final int jsonLength;
        private final MemoryBudget.Share memory;
        private final List<Input> inputs = new ArrayList<>();
        private final Map<String, Optional<Boolean>> outputs = new LinkedHashMap<>();
        private @Nullable String id;
        private boolean binaryOutputs;
        private @Nullable Duration timeout;
        private long elements;

        Reading(ServedModel model, RequestBody body, int jsonLength, MemoryBudget.Share memory) {
            this.model = model;
            this.body = body;
            this.jsonLength = jsonLength;
            this.memory = memory;
        }

        InferenceRequest request() throws IOException {
            try (JsonParser p = json.createParser(body.bytes(), 0, jsonLength)) {
                p.nextToken();
                object(p, "the request", name -> {
                    switch (name) {
                        case "id" -> id = string(p, "id");
                        case "inputs" -> objects(p, "inputs", () -> inputs.add(input(p)));
                        case "outputs" -> objects(p, "outputs", () -> output(p));
                        case "parameters" ->
                            parameters(p, parameter -> {
                                switch (parameter) {
                                    case "binary_data_output" -> binaryOutputs = bool(p, parameter);
                                    case "timeout" ->
                                        timeout = Duration.of(nonNegative(p, parameter), ChronoUnit.MICROS);
                                    default -> p.skipChildren();
                                }
                            });
                        default -> p.skipChildren();
                    }
                });
                if (p.nextToken() != null) {
                    throw Refusal.badRequest(
                            "the JSON of the request goes on behind its object",
                            "say with Inference-Header-Content-Length where binary data begin");
                }
            }
            return new InferenceRequest(
                    Optional.ofNullable(id), tensors(), requestedOutputs(), Optional.ofNullable(timeout));
        }

        private Input input(JsonParser p) throws IOException {
            Input input = new Input();
            object(p, "an input", field -> {
                switch (field) {
                    case "name" -> input.name = string(p, field);
                    case "datatype" -> input.datatype = datatype(p);
                    case "shape" -> input.dims = dims(p);
                    case "data" -> data(p, input);
                    case "parameters" ->
                        parameters(p, parameter -> {
                            switch (parameter) {
                                case "binary_data_size" -> input.binarySize = nonNegative(p, parameter);
                                case "shared_memory_region" ->
                                    throw Refusal.badRequest(
                                            "the request points into shared memory",
                                            "send the data in the request: this server does not share memory");
                                default -> p.skipChildren();
                            }
                        });
                    default -> p.skipChildren();
                }
            });
            return input;
        }

        /** Reads elements at once if it is known how, else remembers where they are. */
        private void data(JsonParser p, Input input) throws IOException {
            if (input.tensor != null || input.dataAt >= 0) {
                throw Refusal.badRequest("an input has \"data\" twice", "send the elements of an input once");
            }
            long at = p.currentTokenLocation().getByteOffset();
            if (input.datatype != null && input.dims != null) {
                input.tensor = tensor(input, jsonLength - at);
                JsonElements.read(p, named(input), input.datatype, input.tensor);
            } else if (at < 0) {
                throw Refusal.badRequest("the request is not in UTF-8", "send JSON in UTF-8");
            } else {
                input.dataAt = at;
                p.skipChildren();
            }
        }

        private void output(JsonParser p) throws IOException {
            List<String> name = new ArrayList<>();
            List<Boolean> binary = new ArrayList<>();
            object(p, "an output", field -> {
                switch (field) {
                    case "name" -> name.add(string(p, field));
                    case "parameters" ->
                        parameters(p, parameter -> {
                            switch (parameter) {
                                case "binary_data" -> binary.add(bool(p, parameter));
                                case "classification", "shared_memory_region" ->
                                    throw Refusal.badRequest(
                                            "the request asks for an output with \"" + parameter + "\"",
                                            "ask for the tensor itself: this server has no such extension");
                                default -> p.skipChildren();
                            }
                        });
                    default -> p.skipChildren();
                }
            });
            if (name.isEmpty()) {
                throw Refusal.badRequest("an output that is asked for has no \"name\"", "name it");
            }
            if (!model.outputNames().contains(name.getLast())) {
                throw Refusal.badRequest(
                        "the model has no output \"" + name.getLast() + "\"",
                        Suggestion.of(name.getLast(), model.outputNames()) + "its outputs are " + model.outputNames());
            }
            outputs.put(name.getLast(), binary.isEmpty() ? Optional.empty() : Optional.of(binary.getLast()));
        }

        private List<RequestedOutput> requestedOutputs() {
            List<RequestedOutput> all = new ArrayList<>();
            if (outputs.isEmpty()) {
                model.outputNames().forEach(name -> all.add(new RequestedOutput(name, binaryOutputs)));
            }
            outputs.forEach((name, binary) -> all.add(new RequestedOutput(name, binary.orElse(binaryOutputs))));
            return all;
        }

        private Map<String, Tensor> tensors() throws IOException {
            Map<String, Tensor> all = new LinkedHashMap<>();
            int binaryAt = jsonLength;
            for (Input input : inputs) {
                String name = named(input);
                if (input.binarySize > body.length() - binaryAt) {
                    throw Refusal.badRequest(
                            "\"binary_data_size\" of input \"" + name + "\" is " + input.binarySize + ", and "
                                    + (body.length() - binaryAt) + " bytes are left behind the JSON",
                            "send the header Inference-Header-Content-Length with the length of the JSON, and all"
                                    + " bytes behind it");
                }
                if (all.put(name, filled(input, binaryAt)) != null) {
                    throw Refusal.badRequest("input \"" + name + "\" is given twice", "give each input once");
                }
                binaryAt += (int) Math.max(0, input.binarySize);
            }
            if (binaryAt != body.length()) {
                throw Refusal.badRequest(
                        body.length() - binaryAt + " bytes of the body belong to no input",
                        "give each input its \"binary_data_size\"");
            }
            return all;
        }

        /** The tensor of an input, with its elements from wherever they are. */
        private Tensor filled(Input input, int binaryAt) throws IOException {
            boolean given = input.tensor != null || input.dataAt >= 0;
            if (given == (input.binarySize >= 0)) {
                throw Refusal.badRequest(
                        "input \"" + named(input) + "\" has " + (given ? "both" : "neither")
                                + " \"data\" and binary data",
                        "give its elements as \"data\", or their bytes behind the JSON with \"binary_data_size\"");
            }
            if (input.tensor != null) {
                return input.tensor;
            }
            Datatype datatype = input.datatype;
            if (datatype == null) {
                throw missing(input, "datatype", "name the type of its elements, such as FP32");
            }
            if (input.dataAt < 0) {
                Tensor tensor = tensor(input, input.binarySize);
                BinaryElements.read(body.bytes(), binaryAt, (int) input.binarySize, named(input), tensor);
                return tensor;
            }
            int at = Math.toIntExact(input.dataAt);
            Tensor tensor = tensor(input, jsonLength - input.dataAt);
            try (JsonParser p = json.createParser(body.bytes(), at, jsonLength - at)) {
                p.nextToken();
                JsonElements.read(p, named(input), datatype, tensor);
            }
            return tensor;
        }

        /**
         * A tensor for the elements of an input.
         *
         * @param bytes how many bytes of the request can hold them
         */
        private Tensor tensor(Input input, long bytes) {
            Datatype datatype = input.datatype;
            long[] dims = input.dims;
            if (datatype == null || dims == null) {
                throw missing(input, "shape", "give its dimensions, such as [1, 4]");
            }
            long size;
            try {
                size = Sizes.elements(dims);
            } catch (LatheException | ArithmeticException e) {
                throw tooMany(input);
            }
            // An element takes a byte of binary data or, with its comma, two of JSON; a string more.
            if (size > bytes) {
                throw Refusal.badRequest(
                        "\"shape\" of input \"" + named(input) + "\" is " + Arrays.toString(dims)
                                + ", more elements than the request has bytes for",
                        "give as many elements as the shape says");
            }
            elements += size;
            if (elements > maxElements) {
                throw tooMany(input);
            }
            // A reference for a string, which itself is no longer than its bytes in the body.
            memory.take(datatype == Datatype.BYTES ? 64 * size + 2 * bytes : datatype.bytes() * size);
            return Tensor.zeros(datatype.element(), dims);
        }

        private Refusal tooMany(Input input) {
            return new Refusal(
                    Refusal.TOO_LARGE,
                    Diagnostic.error(
                            "serve.too-large",
                            "with input \"" + named(input) + "\" the request has more than " + maxElements
                                    + " elements",
                            "send fewer at a time, or start the server with a larger limit (--max-elements)"));
        }

        private String named(Input input) {
            if (input.name == null) {
                throw Refusal.badRequest("an input has no \"name\" before its data", "begin each input with its name");
            }
            return input.name;
        }

        private Refusal missing(Input input, String field, String fix) {
            return Refusal.badRequest("input \"" + named(input) + "\" has no \"" + field + "\"", fix);
        }
    }

    // What JSON holds, or a refusal that says what it should.

    /** What to do with the value of a field, at which the parser stands. */
    private interface FieldReader {
        void read(String name) throws IOException;
    }

    /** What to do with an object, at which the parser stands. */
    private interface ObjectReader {
        void read() throws IOException;
    }

    private static void object(JsonParser p, String what, FieldReader fields) throws IOException {
        if (p.currentToken() != JsonToken.START_OBJECT) {
            throw Refusal.badRequest(what + " is no JSON object", "send an object in braces");
        }
        while (p.nextToken() == JsonToken.FIELD_NAME) {
            String name = p.currentName();
            p.nextToken();
            fields.read(name);
        }
    }

    private static void parameters(JsonParser p, FieldReader fields) throws IOException {
        object(p, "\"parameters\"", fields);
    }

    private static void objects(JsonParser p, String field, ObjectReader each) throws IOException {
        if (p.currentToken() != JsonToken.START_ARRAY) {
            throw Refusal.badRequest("\"" + field + "\" is no array", "send an array of objects");
        }
        for (int n = 0; p.nextToken() != JsonToken.END_ARRAY; n++) {
            if (n == MOST_PORTS) {
                throw Refusal.badRequest("\"" + field + "\" has more than " + n + " objects", "send fewer");
            }
            each.read();
        }
    }

    private static String string(JsonParser p, String field) throws IOException {
        if (p.currentToken() != JsonToken.VALUE_STRING) {
            throw Refusal.badRequest("\"" + field + "\" is no string", "send it in quotation marks");
        }
        return p.getText();
    }

    private static boolean bool(JsonParser p, String field) {
        if (!p.currentToken().isBoolean()) {
            throw Refusal.badRequest("\"" + field + "\" is neither true nor false", "send true or false");
        }
        return p.currentToken() == JsonToken.VALUE_TRUE;
    }

    private static long nonNegative(JsonParser p, String field) throws IOException {
        if (p.currentToken() != JsonToken.VALUE_NUMBER_INT
                || p.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                || p.getLongValue() < 0) {
            throw Refusal.badRequest(
                    "\"" + field + "\" is no integer from 0 to " + Long.MAX_VALUE, "send such an integer");
        }
        return p.getLongValue();
    }

    private static Datatype datatype(JsonParser p) throws IOException {
        String name = string(p, "datatype");
        return Datatype.named(name)
                .orElseThrow(() -> Refusal.badRequest(
                        "there is no datatype \"" + Diagnostic.shortened(name, 40) + "\"",
                        "the datatypes are " + Arrays.toString(Datatype.values())));
    }

    private static long[] dims(JsonParser p) throws IOException {
        if (p.currentToken() != JsonToken.START_ARRAY) {
            throw Refusal.badRequest("\"shape\" is no array", "send an array of integers, such as [1, 4]");
        }
        long[] dims = new long[MOST_AXES];
        int rank = 0;
        while (p.nextToken() != JsonToken.END_ARRAY) {
            if (rank == MOST_AXES) {
                throw Refusal.badRequest("\"shape\" has more than " + MOST_AXES + " dimensions", "send fewer");
            }
            dims[rank++] = nonNegative(p, "shape");
        }
        return Arrays.copyOf(dims, rank);
    }
}
