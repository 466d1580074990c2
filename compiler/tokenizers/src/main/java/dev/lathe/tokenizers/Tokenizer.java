package dev.lathe.tokenizers;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.tokenizers.decoder.Decoder;
import dev.lathe.tokenizers.model.Model;
import dev.lathe.tokenizers.normalizer.Normalizer;
import dev.lathe.tokenizers.postprocessor.Draft;
import dev.lathe.tokenizers.postprocessor.Padding;
import dev.lathe.tokenizers.postprocessor.PostProcessor;
import dev.lathe.tokenizers.postprocessor.PostProcessors;
import dev.lathe.tokenizers.postprocessor.Truncation;
import dev.lathe.tokenizers.pretokenizer.Pieces;
import dev.lathe.tokenizers.pretokenizer.PreTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Cuts text into the tokens that a model takes, as the file says that came with the model: the ids, places and decoded
 * text are those of Hugging Face's tokenizers.
 *
 * <p>Immutable and safe for use by any number of threads. A text that is no valid UTF-16 is encoded as if each half of
 * a surrogate pair that lacks the other were U+FFFD.
 */
public final class Tokenizer {
    /** What a text goes through, in order. */
    record Stages(
            @Nullable Normalizer normalizer,
            PreTokenizer preTokenizer,
            Model model,
            PostProcessor postProcessor,
            Decoder decoder,
            AddedTokens added) {}

    private static final List<String> PADDING_TOKENS = List.of("[PAD]", "<pad>");

    private final Stages stages;
    private final @Nullable Truncation truncation;
    private final @Nullable Padding padding;

    Tokenizer(Stages stages, @Nullable Truncation truncation, @Nullable Padding padding) {
        this.stages = stages;
        this.truncation = truncation;
        this.padding = padding;
    }

    /**
     * Reads a file: a {@code tokenizer.json}, or the {@code vocab.txt} of a BERT model with a word in each line.
     *
     * @throws LatheException if there is none, it is no tokenizer, or it has something that is not supported
     */
    public static Tokenizer read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw unreadable("there is no file " + file, "check the path");
        } catch (IOException e) {
            throw unreadable("cannot read " + file + ": " + e, "check the file and its permissions");
        } catch (OutOfMemoryError e) {
            throw unreadable(file + " does not fit into memory", "give the JVM more of it, or another file");
        }
        return TokenizerReader.read(bytes, file.toString());
    }

    private static LatheException unreadable(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("tokenizer.file", what, fix)));
    }

    /**
     * Reads a {@code tokenizer.json} that is somewhere else than in a file.
     *
     * @param json its bytes, in UTF-8
     * @param name what messages call it
     * @throws LatheException if it is no tokenizer, or has something that is not supported
     */
    public static Tokenizer parse(byte[] json, String name) {
        return TokenizerReader.json(json, name);
    }

    /**
     * The tokens of a text, with special tokens; cut and filled up as the tokenizer is set.
     *
     * @throws LatheException if the text has something that the vocabulary lacks, and there is no token for that; or if
     *     it cannot be cut as the file asks
     */
    public Encoding encode(String text) {
        return finished(padded(draft(text, null)));
    }

    /** The tokens of two texts as one, such as a question and an answer. */
    public Encoding encode(String text, String pair) {
        return finished(padded(draft(text, pair)));
    }

    /** Encodes each text. If the tokenizer fills up, all encodings have one length. */
    public List<Encoding> encodeAll(List<String> texts) {
        List<Draft> drafts = new ArrayList<>(texts.size());
        for (String text : texts) {
            drafts.add(padded(draft(text, null)));
        }
        if (padding != null) {
            int length = padding.length(drafts);
            drafts.forEach(d -> padding.apply(d, length));
        }
        return drafts.stream().map(this::finished).toList();
    }

    private Draft padded(Draft draft) {
        if (padding != null) {
            padding.apply(draft, padding.length(List.of(draft)));
        }
        return draft;
    }

    private Encoding finished(Draft draft) {
        return new Encoding(draft, this::word);
    }

    private String word(int id) {
        String word = stages.model.vocabulary().word(id);
        return word != null
                ? word
                : Optional.ofNullable(stages.added.content(id)).orElse("");
    }

    private Draft draft(String text, @Nullable String pair) {
        List<Draft> drafts = new ArrayList<>(2);
        drafts.add(tokens(text));
        if (pair != null) {
            Draft second = tokens(pair);
            second.setTypes(1);
            drafts.add(second);
        }
        if (truncation != null) {
            truncation.apply(drafts, stages.postProcessor.added(pair != null));
        }
        return PostProcessors.apply(stages.postProcessor, drafts);
    }

    private Draft tokens(String text) {
        Pieces pieces = stages.added.extract(text, stages.normalizer);
        stages.preTokenizer.apply(pieces);
        Draft draft = new Draft(text, text.length() / 4 + 8);
        char[] chars = pieces.text().chars();
        Model.Sink sink = (id, from, to, value) -> {
            int start = pieces.text().start(from);
            draft.add(id, start, pieces.text().end(to - 1), value);
        };
        for (int p = 0; p < pieces.count(); p++) {
            int from = pieces.from(p);
            int to = pieces.to(p);
            if (pieces.token(p) == Pieces.NONE) {
                stages.model.tokenize(chars, from, to, sink);
            } else {
                sink.token(pieces.token(p), from, to, new String(chars, from, to - from));
            }
        }
        return draft;
    }

    /**
     * A copy that cuts texts to {@code mostTokens} tokens, the special ones counted, from the end; of a pair, the
     * longer text first. What is cut off is in {@link Encoding#overflow}.
     *
     * @throws IllegalArgumentException if there is no room for the special tokens of one text
     */
    public Tokenizer truncated(int mostTokens) {
        if (mostTokens < stages.postProcessor.added(false)) {
            throw new IllegalArgumentException(
                    mostTokens + " tokens are fewer than the special tokens of a text alone");
        }
        return new Tokenizer(stages, Truncation.to(mostTokens), padding);
    }

    /** A copy that keeps texts whole. */
    public Tokenizer untruncated() {
        return new Tokenizer(stages, null, padding);
    }

    /** A copy that does not fill up. */
    public Tokenizer unpadded() {
        return new Tokenizer(stages, truncation, null);
    }

    /**
     * A copy whose {@link #encodeAll} fills all texts up to the longest, on the right, with {@link #padId}.
     *
     * @param multiple what the length is a multiple of, at least 1
     */
    public Tokenizer padded(int multiple) {
        if (multiple < 1 || multiple > 1 << 24) {
            throw new IllegalArgumentException("lengths are multiples of 1 or more, not of " + multiple);
        }
        int id = padId();
        int type = padding == null ? 0 : padding.type();
        String token = padding == null ? word(id) : padding.token();
        return new Tokenizer(stages, truncation, new Padding(-1, multiple, true, id, type, token));
    }

    /**
     * The text that tokens stand for. Ids that the vocabulary does not have are left out.
     *
     * @param skipSpecialTokens whether special tokens are left out
     */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        List<String> tokens = new ArrayList<>(ids.length);
        for (int id : ids) {
            Optional<String> token = token(id);
            if (token.isPresent() && !(skipSpecialTokens && stages.added.isSpecial(token.get()))) {
                tokens.add(token.get());
            }
        }
        return String.join("", stages.decoder.decode(tokens));
    }

    /** What a file without a decoder does: tokens with spaces between. */
    static List<String> spaced(List<String> tokens) {
        return List.of(String.join(" ", tokens));
    }

    /** How many tokens there are, with those that were added. */
    public int size() {
        long more = stages.added.contents().stream()
                .filter(t -> stages.model.vocabulary().id(t).isEmpty())
                .count();
        return Math.toIntExact(stages.model.vocabulary().size() + more);
    }

    /** The id of a token. */
    public OptionalInt id(String token) {
        Integer added = stages.added.id(token);
        return added != null ? OptionalInt.of(added) : stages.model.vocabulary().id(token);
    }

    /** The token of an id. */
    public Optional<String> token(int id) {
        String added = stages.added.content(id);
        return Optional.ofNullable(
                added != null ? added : stages.model.vocabulary().word(id));
    }

    /** The id that fills up: that of the file's padding, or of {@code [PAD]} or {@code <pad>}, else 0. */
    public int padId() {
        if (padding != null) {
            return padding.id();
        }
        for (String token : PADDING_TOKENS) {
            OptionalInt id = id(token);
            if (id.isPresent()) {
                return id.getAsInt();
            }
        }
        return 0;
    }

    @Override
    public String toString() {
        return "tokenizer of " + size() + " tokens" + (truncation == null ? "" : ", cut to " + truncation.most());
    }
}
