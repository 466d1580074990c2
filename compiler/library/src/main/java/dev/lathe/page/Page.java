package dev.lathe.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A whole page. */
public final class Page {
    private static final String TEMPLATE = "page.html";

    private Page() {}

    /** The page with this title and this body. */
    public static String of(String title, Html body) {
        try (InputStream in = Objects.requireNonNull(Page.class.getResourceAsStream(TEMPLATE))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("@@TITLE@@", Html.escape(title))
                    .replace("@@BODY@@", body.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
