package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The special tokens of BERT, {@code [CLS] text [SEP] pair [SEP]}, and of RoBERTa, {@code <s> text </s></s> pair
 * </s>}, whose token types are all 0.
 *
 * @param trimming how spaces are taken out of tokens' places; null if they stay
 */
record Framing(
        int first,
        String firstToken,
        int separator,
        String separatorToken,
        boolean roberta,
        @Nullable Trimming trimming)
        implements PostProcessor {

    static Framing read(Config config, boolean roberta, Trimming.Words words) {
        return new Framing(
                id(config, "cls"),
                token(config, "cls"),
                id(config, "sep"),
                token(config, "sep"),
                roberta,
                roberta && config.flag("trim_offsets", true)
                        ? new Trimming(config.flag("add_prefix_space", true), words)
                        : null);
    }

    private static int id(Config config, String name) {
        List<?> pair = config.list(name);
        if (pair.size() == 2 && pair.getLast() instanceof Long id && id >= 0 && id <= Integer.MAX_VALUE) {
            return id.intValue();
        }
        throw config.bad("\"" + name + "\" is not a token and its id");
    }

    private static String token(Config config, String name) {
        if (config.list(name).getFirst() instanceof String token) {
            return token;
        }
        throw config.bad("\"" + name + "\" is not a token and its id");
    }

    @Override
    public int added(boolean pair) {
        return !pair ? 2 : roberta ? 4 : 3;
    }

    @Override
    public List<Draft> process(List<Draft> drafts) {
        List<Draft> framed = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            framed.add(framed(drafts.get(i), i, true));
        }
        return framed;
    }

    private Draft framed(Draft draft, int place, boolean withOverflow) {
        if (trimming != null) {
            trimming.trim(draft);
        }
        if (roberta) {
            draft.setTypes(0);
        }
        int type = roberta ? 0 : place;
        Draft out = new Draft(draft.text(), draft.size() + 2);
        if (place == 0) {
            out.addSpecial(first, 0, firstToken);
        } else if (roberta) {
            out.addSpecial(separator, 0, separatorToken);
        }
        out.append(draft);
        out.addSpecial(separator, type, separatorToken);
        if (withOverflow) {
            List<Draft> overflow = new ArrayList<>();
            draft.overflow().forEach(o -> overflow.add(framed(o, place, false)));
            out.setOverflow(overflow);
        }
        return out;
    }
}
