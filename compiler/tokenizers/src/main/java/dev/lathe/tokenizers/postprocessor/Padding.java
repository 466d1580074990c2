package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import java.util.List;
import java.util.Map;

/**
 * How texts are filled up to one length.
 *
 * @param fixed the length, or -1 for that of the longest
 * @param multiple what the length is a multiple of, or 0
 */
public record Padding(int fixed, int multiple, boolean right, int id, int type, String token) {
    private static final int MOST = 1 << 24;

    public static Padding read(Config config) {
        int fixed = -1;
        if (config.get("strategy") instanceof Map<?, ?>) {
            fixed = config.object("strategy").integer("Fixed", MOST);
        } else if (!config.string("strategy", "BatchLongest").equals("BatchLongest")) {
            throw config.unsupported("the padding " + config.string("strategy"));
        }
        return new Padding(
                fixed,
                config.integer("pad_to_multiple_of", MOST, 0),
                config.string("direction", "Right").equals("Right"),
                config.integer("pad_id", Integer.MAX_VALUE, 0),
                config.integer("pad_type_id", Integer.MAX_VALUE, 0),
                config.string("pad_token", "[PAD]"));
    }

    /** The length that texts of these lengths get. */
    public int length(List<Draft> drafts) {
        int length =
                fixed >= 0 ? fixed : drafts.stream().mapToInt(Draft::size).max().orElse(0);
        return multiple > 0 ? Math.ceilDiv(length, multiple) * multiple : length;
    }

    /** A text and what overflows of it, filled up. */
    public void apply(Draft draft, int length) {
        draft.pad(length, this);
    }
}
