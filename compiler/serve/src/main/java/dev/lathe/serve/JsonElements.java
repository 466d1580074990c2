package dev.lathe.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.math.BigInteger;

/** The elements of tensors as JSON: flat arrays, or arrays in arrays, of numbers, truth values and strings. */
final class JsonElements {
    private static final BigInteger MOST_U64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private JsonElements() {}

    /**
     * Fills a tensor with the array at which {@code json} stands, in row-major order.
     *
     * @param input the name of the input, for what is said of mistakes
     * @throws Refusal if there are more or fewer elements, or one is not of the type
     */
    static void read(JsonParser json, String input, Datatype datatype, Tensor into) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw Refusal.badRequest(
                    "\"data\" of input \"" + input + "\" is no array", "give the elements as a JSON array");
        }
        long at = 0;
        for (int depth = 1; depth > 0; ) {
            JsonToken token = json.nextToken();
            switch (token) {
                case START_ARRAY -> depth++;
                case END_ARRAY -> depth--;
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_STRING, VALUE_TRUE, VALUE_FALSE -> {
                    if (at == into.size()) {
                        throw wrongCount(input, into, "more");
                    }
                    if (!set(json, token, datatype, into, at)) {
                        throw Refusal.badRequest(
                                "element " + at + " of input \"" + input + "\" is "
                                        + Diagnostic.shortened(json.getText(), 40) + ", which is no " + datatype,
                                "give elements of the datatype that the input says");
                    }
                    at++;
                }
                default ->
                    throw Refusal.badRequest(
                            "\"data\" of input \"" + input + "\" holds "
                                    + json.currentToken().asString() + " at element " + at,
                            "give numbers, true and false, or strings");
            }
        }
        if (at != into.size()) {
            throw wrongCount(input, into, "only " + at);
        }
    }

    private static Refusal wrongCount(String input, Tensor into, String given) {
        return Refusal.badRequest(
                "\"shape\" of input \"" + input + "\" says " + into.size() + " elements, and \"data\" has " + given,
                "give as many elements as the shape says");
    }

    /** Whether the token is an element of the type, and was stored. */
    private static boolean set(JsonParser json, JsonToken token, Datatype datatype, Tensor into, long at)
            throws IOException {
        return switch (datatype) {
            case FP32, FP16, BF16, FP64 -> token.isNumeric() && setFloat(json, datatype, into, at);
            case INT8 -> setInteger(json, token, into, at, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case INT16 -> setInteger(json, token, into, at, Short.MIN_VALUE, Short.MAX_VALUE);
            case INT32 -> setInteger(json, token, into, at, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT64 -> setInteger(json, token, into, at, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT8 -> setInteger(json, token, into, at, 0, 0xffL);
            case UINT16 -> setInteger(json, token, into, at, 0, 0xffffL);
            case UINT32 -> setInteger(json, token, into, at, 0, 0xffff_ffffL);
            case UINT64 -> token == JsonToken.VALUE_NUMBER_INT && setUnsigned(json.getBigIntegerValue(), into, at);
            case BOOL -> {
                into.setLong(at, token == JsonToken.VALUE_TRUE ? 1 : 0);
                yield token.isBoolean();
            }
            case BYTES -> {
                if (token != JsonToken.VALUE_STRING) {
                    yield false;
                }
                into.setString(at, json.getText());
                yield true;
            }
        };
    }

    private static boolean setFloat(JsonParser json, Datatype datatype, Tensor into, long at) throws IOException {
        double value = datatype == Datatype.FP32 ? json.getFloatValue() : json.getDoubleValue();
        into.setDouble(at, value);
        return Double.isFinite(into.getDouble(at));
    }

    private static boolean setInteger(JsonParser json, JsonToken token, Tensor into, long at, long least, long most)
            throws IOException {
        if (token != JsonToken.VALUE_NUMBER_INT || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            return false;
        }
        long value = json.getLongValue();
        into.setLong(at, value);
        return value >= least && value <= most;
    }

    private static boolean setUnsigned(BigInteger value, Tensor into, long at) {
        into.setLong(at, value.longValue());
        return value.signum() >= 0 && value.compareTo(MOST_U64) <= 0;
    }

    /** Writes all elements as one flat array. */
    static void write(JsonGenerator json, Tensor t) throws IOException {
        json.writeStartArray();
        for (long i = 0; i < t.size(); i++) {
            switch (t.element()) {
                case F64 -> json.writeNumber(t.getDouble(i));
                case F32, F16, BF16 -> json.writeNumber(t.getFloat(i));
                case U64 -> json.writeNumber(Long.toUnsignedString(t.getLong(i)));
                case BOOL -> json.writeBoolean(t.getBoolean(i));
                case STRING -> json.writeString(t.getString(i));
                default -> json.writeNumber(t.getLong(i));
            }
        }
        json.writeEndArray();
    }

    /** Whether JSON can say all elements: it has neither NaN nor infinities. */
    static boolean canWrite(Tensor t) {
        if (t.element().isFloat()) {
            for (long i = 0; i < t.size(); i++) {
                if (!Double.isFinite(t.getDouble(i))) {
                    return false;
                }
            }
        }
        return true;
    }
}
