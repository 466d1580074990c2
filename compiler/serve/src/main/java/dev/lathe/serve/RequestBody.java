package dev.lathe.serve;

import dev.lathe.ir.diag.Diagnostic;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The bytes of a request.
 *
 * @param bytes holds them, and may be longer
 * @param length how many there are
 */
record RequestBody(byte[] bytes, int length) {
    private static final int FIRST = 8 << 10;

    /**
     * Reads a body. Memory is taken as bytes arrive, not as a header promises them.
     *
     * @param declared the length that the client says; -1 if it does not
     * @param limit the most bytes
     * @throws Refusal if there are more, or no memory for them
     */
    static RequestBody read(InputStream in, long declared, int limit, MemoryBudget.Share memory) throws IOException {
        if (declared > limit) {
            skip(in, limit);
            throw tooLarge(limit);
        }
        int most = declared < 0 ? limit : (int) declared;
        byte[] bytes = new byte[Math.min(most, FIRST)];
        memory.take(bytes.length);
        int length = 0;
        while (true) {
            if (length == bytes.length) {
                int next = in.read();
                if (next < 0) {
                    return new RequestBody(bytes, length);
                }
                if (length == most) {
                    skip(in, limit);
                    throw tooLarge(limit);
                }
                int larger = (int) Math.min(most, Math.max(FIRST, 2L * length));
                memory.take(larger - length);
                bytes = Arrays.copyOf(bytes, larger);
                bytes[length++] = (byte) next;
            }
            int n = in.read(bytes, length, bytes.length - length);
            if (n < 0) {
                return new RequestBody(bytes, length);
            }
            length += n;
        }
    }

    /** Reads what a client is still sending, within reason, so that it gets to read the answer. */
    private static void skip(InputStream in, int most) throws IOException {
        in.skip(most);
    }

    private static Refusal tooLarge(int limit) {
        return new Refusal(
                Refusal.TOO_LARGE,
                Diagnostic.error(
                        "serve.too-large",
                        "the body of the request has more than " + limit + " bytes",
                        "send less at a time, or start the server with a larger limit (--max-body)"));
    }
}
