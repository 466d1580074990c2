package dev.lathe.guides;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.guides.EmbedderClassPath.Item;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The guide to embedding lists all that Lathe brings to the class path of a service, with its bytes. What others made
 * is listed to the byte, Lathe's own to a tenth or some kilobytes; {@code -Dbless} writes the numbers again.
 */
class EmbedderClassPathTest {
    private static final Page GUIDE = new Page("docs/guides/embedding.md");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| *([0-9,]+) \\|");
    private static final Pattern TOTAL = Pattern.compile("\\| all \\| *([0-9,]+) \\|");
    /** The library has a budget. */
    private static final long MAX_BYTES = 12_000_000;
    /** What a jar has beyond its classes: a manifest, and a POM. */
    private static final long PACKING = 5_000;

    @Test
    void theGuideListsIt() throws IOException {
        List<Item> items = EmbedderClassPath.items();
        if (System.getProperty("bless") != null) {
            bless(items);
        }
        Map<String, Long> listed = listed();
        assertThat(listed.keySet())
                .as("the class path of a service")
                .containsExactlyInAnyOrderElementsOf(
                        items.stream().map(Item::name).toList());
        for (Item item : items) {
            long bytes = listed.getOrDefault(item.name(), 0L);
            if (item.own()) {
                assertThat(bytes)
                        .as("%s in %s: run this test with -Dbless", item.name(), GUIDE.path())
                        .isCloseTo(item.bytes(), within(item.bytes() / 10 + PACKING));
            } else {
                assertThat(bytes).as("%s in %s", item.name(), GUIDE.path()).isEqualTo(item.bytes());
            }
        }
        Matcher total = TOTAL.matcher(GUIDE.text());
        assertThat(total.find()).isTrue();
        assertThat(number(total.group(1)))
                .isEqualTo(listed.values().stream().mapToLong(Long::longValue).sum());
    }

    @Test
    void itIsSmall() throws IOException {
        assertThat(EmbedderClassPath.items().stream().mapToLong(Item::bytes).sum())
                .isLessThan(MAX_BYTES);
    }

    @Test
    void noFileInItIsNative() throws IOException {
        assertThat(EmbedderClassPath.items())
                .allSatisfy(item -> assertThat(item.files())
                        .as(item.name())
                        .isNotEmpty()
                        .noneMatch(name -> name.matches("(?i).*\\.(so|dll|dylib|jnilib|a|lib)(\\.[0-9.]+)?")));
    }

    private static Map<String, Long> listed() throws IOException {
        Map<String, Long> rows = new LinkedHashMap<>();
        Matcher row = ROW.matcher(GUIDE.text());
        while (row.find()) {
            assertThat(rows.put(row.group(1), number(row.group(2))))
                    .as(row.group())
                    .isNull();
        }
        return rows;
    }

    private static long number(String text) {
        return Long.parseLong(text.replace(",", ""));
    }

    private static void bless(List<Item> items) throws IOException {
        String text = GUIDE.text();
        long total = 0;
        for (Item item : items) {
            long bytes = item.own() ? Math.ceilDiv(item.bytes(), 1000) * 1000 : item.bytes();
            total += bytes;
            text = with(text, Pattern.compile("(\\| `" + Pattern.quote(item.name()) + "` \\| *)[0-9,]+"), bytes);
        }
        Files.writeString(GUIDE.file(), with(text, Pattern.compile("(\\| all \\| *)[0-9,]+"), total));
    }

    private static String with(String text, Pattern row, long bytes) {
        return row.matcher(text).replaceFirst(m -> m.group(1) + String.format(Locale.ROOT, "%,d", bytes));
    }
}
