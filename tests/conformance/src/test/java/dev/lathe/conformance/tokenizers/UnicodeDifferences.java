package dev.lathe.conformance.tokenizers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Characters that the reference takes for something else than the JDK does. Its tables are of other versions of
 * Unicode: of 8 for BERT's categories, of 9 to 11 for normal forms and scripts, where the JDK has 16. So nearly all are
 * characters that are younger. {@code unicode-differences.txt} lists them for each component.
 */
final class UnicodeDifferences {
    static final String FILE = "unicode-differences.txt";
    private static final BitSet ALL = all();

    private UnicodeDifferences() {}

    /** The differing characters of each component. */
    static Map<String, BitSet> listed() {
        Map<String, BitSet> all = new TreeMap<>();
        try (InputStream in = UnicodeDifferences.class.getResourceAsStream(FILE)) {
            if (in == null) {
                return all;
            }
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(line -> {
                int colon = line.indexOf(':');
                all.put(line.substring(0, colon), read(line.substring(colon + 1)));
            });
            return all;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BitSet read(String ranges) {
        BitSet set = new BitSet();
        for (String range : ranges.strip().split(" ")) {
            if (!range.isEmpty()) {
                int dash = range.indexOf('-');
                int from = HexFormat.fromHexDigits(dash < 0 ? range : range.substring(0, dash));
                set.set(from, 1 + (dash < 0 ? from : HexFormat.fromHexDigits(range.substring(dash + 1))));
            }
        }
        return set;
    }

    static String written(BitSet set) {
        StringBuilder out = new StringBuilder();
        for (int from = set.nextSetBit(0); from >= 0; from = set.nextSetBit(set.nextClearBit(from))) {
            int to = set.nextClearBit(from) - 1;
            out.append(' ').append(Integer.toHexString(from));
            if (to > from) {
                out.append('-').append(Integer.toHexString(to));
            }
        }
        return out.toString();
    }

    private static BitSet all() {
        BitSet all = new BitSet();
        listed().values().forEach(all::or);
        return all;
    }

    /** Whether a character is one of them, or none that the JDK knows. */
    static boolean covers(int c) {
        return !Character.isDefined(c) || ALL.get(c);
    }
}
