package dev.lathe.conformance.tokenizers;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hugging Face's tokenizers, through the bindings of DJL, without the defaults that DJL adds. */
final class HuggingFace implements AutoCloseable {
    /** A tokenizer that DJL reads is what loads the native library. */
    private static final String SMALLEST =
            "{\"version\": \"1.0\", \"model\": {\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}, \"unk_token\": \"a\"}}";

    /** What the reference says of a text; places are characters, and null for special tokens. */
    record Answer(
            long[] ids,
            long[] types,
            long[] mask,
            long[] special,
            List<String> tokens,
            @Nullable CharSpan[] places,
            List<Answer> overflow) {}

    private final long handle;

    HuggingFace(byte[] json) {
        load();
        handle = TokenizersLibrary.LIB.createTokenizerFromString(new String(json, StandardCharsets.UTF_8));
    }

    private static void load() {
        try (HuggingFaceTokenizer loaded = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(SMALLEST.getBytes(StandardCharsets.UTF_8)), null)) {
            loaded.getVersion();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The long way, with all there is to compare. */
    Answer encode(String text) {
        return answer(TokenizersLibrary.LIB.encode(handle, text, true));
    }

    Answer encode(String text, String pair) {
        return answer(TokenizersLibrary.LIB.encodeDual(handle, text, pair, true));
    }

    /** Several texts, filled up together. */
    List<Answer> encodeAll(List<String> texts) {
        return Arrays.stream(TokenizersLibrary.LIB.batchEncode(handle, texts.toArray(new String[0]), true))
                .mapToObj(HuggingFace::answer)
                .toList();
    }

    private static Answer answer(long encoding) {
        TokenizersLibrary lib = TokenizersLibrary.LIB;
        List<Answer> overflow = new ArrayList<>();
        for (long more : lib.getOverflowing(encoding)) {
            overflow.add(answer(more));
        }
        Answer answer = new Answer(
                lib.getTokenIds(encoding),
                lib.getTypeIds(encoding),
                lib.getAttentionMask(encoding),
                lib.getSpecialTokenMask(encoding),
                List.of(lib.getTokens(encoding)),
                lib.getTokenCharSpans(encoding),
                overflow);
        lib.deleteEncoding(encoding);
        return answer;
    }

    /** The tokens alone. */
    String[] tokens(String text) {
        long encoding = TokenizersLibrary.LIB.encode(handle, text, true);
        String[] tokens = TokenizersLibrary.LIB.getTokens(encoding);
        TokenizersLibrary.LIB.deleteEncoding(encoding);
        return tokens;
    }

    /** Encodes and asks for the ids alone, the short way. */
    long[] ids(String text) {
        long encoding = TokenizersLibrary.LIB.encode(handle, text, true);
        long[] ids = TokenizersLibrary.LIB.getTokenIds(encoding);
        TokenizersLibrary.LIB.deleteEncoding(encoding);
        return ids;
    }

    String decode(long[] ids, boolean skipSpecialTokens) {
        return TokenizersLibrary.LIB.decode(handle, ids, skipSpecialTokens);
    }

    @Override
    public void close() {
        TokenizersLibrary.LIB.deleteTokenizer(handle);
    }
}
