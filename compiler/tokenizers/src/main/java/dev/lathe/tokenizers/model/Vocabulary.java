package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Words and their ids. Ids need not be dense. Immutable. */
public final class Vocabulary {
    private final Map<String, Integer> ids;
    private final Map<Integer, String> sparse = new HashMap<>();
    private final @Nullable String[] words;

    private Vocabulary(Map<String, Integer> ids) {
        this.ids = ids;
        this.words = new String[Math.toIntExact(Math.min(Integer.MAX_VALUE / 4, ids.size() + ids.size() / 2L + 16))];
        ids.forEach(this::name);
    }

    private void name(String word, int id) {
        if (id < words.length) {
            words[id] = word;
        } else {
            sparse.put(id, word);
        }
    }

    /** The object {@code vocab} of a model: an id for each word. */
    static Vocabulary read(Config model) {
        Config vocab = model.object("vocab");
        Map<String, Integer> ids = HashMap.newHashMap(vocab.members().size());
        vocab.members().forEach((word, id) -> {
            if (!(id instanceof Long n) || n < 0 || n > Integer.MAX_VALUE) {
                throw model.bad("\"" + word + "\" has the id " + id);
            }
            ids.put((String) word, n.intValue());
        });
        return new Vocabulary(ids);
    }

    /** Words whose ids are their places; of two that are equal the last counts. */
    static Vocabulary of(List<String> words) {
        Map<String, Integer> ids = HashMap.newHashMap(words.size());
        for (int i = 0; i < words.size(); i++) {
            ids.put(words.get(i), i);
        }
        Vocabulary vocabulary = new Vocabulary(ids);
        for (int i = 0; i < words.size(); i++) {
            vocabulary.name(words.get(i), i);
        }
        return vocabulary;
    }

    public int size() {
        return ids.size();
    }

    public OptionalInt id(String word) {
        Integer id = ids.get(word);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** The word of an id; null if it has none. */
    public @Nullable String word(int id) {
        return id < 0 ? null : id < words.length ? words[id] : sparse.get(id);
    }

    Map<String, Integer> ids() {
        return ids;
    }
}
