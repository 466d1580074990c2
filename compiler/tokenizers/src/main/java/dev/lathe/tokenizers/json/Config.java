package dev.lathe.tokenizers.json;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object of a {@code tokenizer.json}, which knows where it stands in the file: what is missing or of another kind is
 * a {@link LatheException} that says so.
 *
 * @param file the name of the file, for messages
 * @param path where the object is, such as {@code pre_tokenizer.pretokenizers[1]}
 */
public record Config(String file, String path, Map<?, ?> members) {

    /** The value of a member; null if there is none or it is {@code null}. */
    public @Nullable Object get(String name) {
        return members.get(name);
    }

    /** Whether a member is there, and not {@code null}. */
    public boolean has(String name) {
        return members.get(name) != null;
    }

    /** What {@code type} says the object is. */
    public String type() {
        return string("type");
    }

    public String string(String name) {
        if (get(name) instanceof String s) {
            return s;
        }
        throw expected(name, "a string");
    }

    public String string(String name, String absent) {
        return has(name) ? string(name) : absent;
    }

    /** The only character of a string. */
    public int character(String name) {
        String s = string(name);
        if (s.isEmpty() || s.codePointCount(0, s.length()) != 1) {
            throw expected(name, "a string of one character");
        }
        return s.codePointAt(0);
    }

    public boolean flag(String name, boolean absent) {
        if (!has(name)) {
            return absent;
        }
        if (get(name) instanceof Boolean b) {
            return b;
        }
        throw expected(name, "true or false");
    }

    /** A whole number from 0 to {@code most}. */
    public int integer(String name, int most) {
        if (get(name) instanceof Long n && n >= 0 && n <= most) {
            return n.intValue();
        }
        throw expected(name, "a whole number of at most " + most);
    }

    public int integer(String name, int most, int absent) {
        return has(name) ? integer(name, most) : absent;
    }

    public Config object(String name) {
        if (get(name) instanceof Map<?, ?> map) {
            return new Config(file, inside(name), map);
        }
        throw expected(name, "an object");
    }

    public List<?> list(String name) {
        if (get(name) instanceof List<?> list) {
            return list;
        }
        throw expected(name, "a list");
    }

    public List<Config> objects(String name) {
        List<Config> all = new ArrayList<>();
        for (Object o : list(name)) {
            if (!(o instanceof Map<?, ?> map)) {
                throw expected(name, "a list of objects");
            }
            all.add(new Config(file, inside(name) + "[" + all.size() + "]", map));
        }
        return all;
    }

    /** One of the constants of an enum, by their names. */
    public <E extends Enum<E>> E choice(String name, Class<E> kind) {
        String s = string(name);
        for (E e : kind.getEnumConstants()) {
            if (e.name().equals(s)) {
                return e;
            }
        }
        throw expected(name, "one of " + List.of(kind.getEnumConstants()));
    }

    private String inside(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private LatheException expected(String name, String what) {
        return bad("\"" + inside(name) + "\" is " + (has(name) ? "not " : "missing, it must be ") + what);
    }

    /** A file that is none of a tokenizer. */
    public LatheException bad(String what) {
        return bad(file, what);
    }

    /** A file that is none of a tokenizer. */
    public static LatheException bad(String file, String what) {
        return new LatheException(Diagnostic.error(
                "tokenizer.file",
                file + " is no tokenizer that can be read: " + what,
                "give the tokenizer.json of Hugging Face that belongs to the model, or the vocab.txt of a BERT model"));
    }

    /** Something that the format has and this reader does not. */
    public LatheException unsupported(String what) {
        return new LatheException(Diagnostic.error(
                "tokenizer.unsupported",
                file + " has " + what + (path.isEmpty() ? "" : " at " + path) + ", which is not supported",
                "use a tokenizer without it, or tell the authors of Lathe which file needs it"));
    }

    /** A text that a tokenizer cannot cut as its file asks. */
    public static LatheException refusedText(String what, String fix) {
        return new LatheException(Diagnostic.error("tokenizer.text", what, fix));
    }
}
