package dev.lathe.page;

import java.util.Locale;

/** Text of a page. */
public final class Html {
    private final StringBuilder out = new StringBuilder();

    /** Adds text as it is; {@code %s} are replaced by escaped texts, in order. */
    public Html add(String markup, Object... texts) {
        Object[] escaped = new Object[texts.length];
        for (int i = 0; i < texts.length; i++) {
            escaped[i] = texts[i] instanceof Html h ? h.toString() : escape(String.valueOf(texts[i]));
        }
        out.append(texts.length == 0 ? markup : String.format(Locale.ROOT, markup, escaped))
                .append('\n');
        return this;
    }

    /** A number for an attribute. */
    public static String px(double x) {
        return String.format(Locale.ROOT, "%.1f", x);
    }

    /** Text that is no markup, whatever is in it. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
