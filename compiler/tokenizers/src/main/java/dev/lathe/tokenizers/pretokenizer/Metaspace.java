package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.json.Config;
import dev.lathe.tokenizers.regex.Matches;
import dev.lathe.tokenizers.regex.Pattern;

/** Writes spaces as another character, puts one before the text, and cuts before each. */
record Metaspace(String replacement, Scheme scheme, boolean cuts) implements PreTokenizer {
    /** Which pieces get the character in front. */
    enum Scheme {
        first,
        never,
        always
    }

    private static final Pattern SPACE = new Pattern.Literal(" ");

    static Metaspace read(Config config) {
        Scheme scheme = config.has("prepend_scheme") ? config.choice("prepend_scheme", Scheme.class) : Scheme.always;
        if (!config.flag("add_prefix_space", true) && scheme != Scheme.never) {
            throw config.bad("\"add_prefix_space\" is false, and \"prepend_scheme\" is \"" + scheme + "\"");
        }
        return new Metaspace(Character.toString(config.character("replacement")), scheme, config.flag("split", true));
    }

    @Override
    public void apply(Pieces pieces) {
        pieces.rewrite(text -> {
            Matches spaces = SPACE.all(text.chars(), 0, text.length());
            text.replace(spaces.bounds(), spaces.count(), replacement);
            boolean prepends = scheme == Scheme.always || scheme == Scheme.first && text.origin() == 0;
            if (prepends && text.codePointAt(0) != replacement.codePointAt(0)) {
                text.prepend(replacement);
            }
            return text;
        });
        if (cuts) {
            new Split(new Pattern.Literal(replacement), Behavior.MergedWithNext, false).apply(pieces);
        }
    }
}
