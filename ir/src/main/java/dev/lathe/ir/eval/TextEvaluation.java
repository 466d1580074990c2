package dev.lathe.ir.eval;

import dev.lathe.ir.op.CaseChange;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NgramWeighting;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The meaning of the ops on strings. */
public final class TextEvaluation {
    private TextEvaluation() {}

    public static Tensor concat(Tensor x, Tensor y) {
        long[] dims = Strides.broadcastShape(List.of(x.dims(), y.dims()));
        long[] sx = Strides.broadcast(x.dims(), dims);
        long[] sy = Strides.broadcast(y.dims(), dims);
        Tensor out = Tensor.zeros(ElementType.STRING, dims);
        Strides.forEach(
                dims,
                (index, i) -> out.setString(
                        i, x.getString(Strides.offset(index, sx)) + y.getString(Strides.offset(index, sy))));
        return out;
    }

    public static List<Tensor> split(Tensor x, String delimiter, long maxSplits) {
        List<List<String>> parts = new ArrayList<>();
        int width = 0;
        for (String s : x.toStringArray()) {
            List<String> p = delimiter.isEmpty() ? words(s, maxSplits) : pieces(s, delimiter, maxSplits);
            parts.add(p);
            width = Math.max(width, p.size());
        }
        long[] dims = Arrays.copyOf(x.dims(), x.rank() + 1);
        dims[x.rank()] = width;
        Tensor out = Tensor.zeros(ElementType.STRING, dims);
        Tensor counts = Tensor.zeros(ElementType.I64, x.dims());
        for (int i = 0; i < parts.size(); i++) {
            counts.setLong(i, parts.get(i).size());
            for (int k = 0; k < parts.get(i).size(); k++) {
                out.setString((long) i * width + k, parts.get(i).get(k));
            }
        }
        return List.of(out, counts);
    }

    private static List<String> pieces(String s, String delimiter, long limit) {
        List<String> all = new ArrayList<>();
        if (s.isEmpty()) {
            return all;
        }
        int at = 0;
        for (int next = s.indexOf(delimiter); next >= 0 && (limit < 0 || all.size() < limit); ) {
            all.add(s.substring(at, next));
            at = next + delimiter.length();
            next = s.indexOf(delimiter, at);
        }
        all.add(s.substring(at));
        return all;
    }

    private static List<String> words(String s, long limit) {
        List<String> all = new ArrayList<>();
        String text = s.strip();
        int at = 0;
        while (at < text.length()) {
            int end = at;
            while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
                end++;
            }
            if (limit >= 0 && all.size() == limit) {
                all.add(text.substring(at));
                return all;
            }
            all.add(text.substring(at, end));
            at = end;
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }
        return all;
    }

    public static Tensor normalize(
            Tensor x, List<String> stopWords, boolean caseSensitive, CaseChange change, String language) {
        Locale locale = language.isEmpty() ? Locale.ROOT : Locale.forLanguageTag(language.replace('_', '-'));
        Set<String> left = stopWords.stream()
                .map(w -> caseSensitive ? w : w.toLowerCase(locale))
                .collect(Collectors.toSet());
        List<String> kept = new ArrayList<>();
        for (String s : x.toStringArray()) {
            if (!left.contains(caseSensitive ? s : s.toLowerCase(locale))) {
                kept.add(
                        switch (change) {
                            case NONE -> s;
                            case LOWER -> s.toLowerCase(locale);
                            case UPPER -> s.toUpperCase(locale);
                        });
            }
        }
        if (kept.isEmpty()) {
            kept.add("");
        }
        String[] all = kept.toArray(String[]::new);
        return x.rank() == 1 ? Tensor.ofStrings(all, all.length) : Tensor.ofStrings(all, 1, all.length);
    }

    /**
     * Which n-grams are counted, and how.
     *
     * @param minLength the least number of elements of an n-gram
     * @param maxSkip the most elements left out between two of them
     * @param size the length of a row of counts
     */
    public record NgramRule(long minLength, long maxLength, long maxSkip, NgramWeighting weighting, long size) {}

    public static Tensor ngrams(
            NgramRule rule, Tensor x, Tensor pool, Tensor starts, Tensor indexes, Optional<Tensor> weights) {
        Map<List<Object>, Integer> known = new HashMap<>();
        int gram = 0;
        for (int n = 1; n <= starts.size(); n++) {
            long start = starts.getLong(n - 1);
            long end = n < starts.size() ? starts.getLong(n) : pool.size();
            if (start < 0 || start > end || end > pool.size()) {
                throw new InvalidOpException("the " + n + "-grams from " + start + " to " + end
                        + " do not lie in a pool of " + pool.size() + " elements");
            }
            for (long at = start; at + n <= end; at += n) {
                known.put(items(pool, at, n, 1), gram++);
            }
        }
        if (indexes.size() < gram || weights.isPresent() && weights.get().size() < gram) {
            throw new InvalidOpException("there are " + gram + " n-grams, but " + indexes.size() + " indexes of them"
                    + weights.map(w -> " and " + w.size() + " weights").orElse(""));
        }
        long[] dims = x.rank() == 1 ? new long[] {rule.size} : new long[] {x.dim(0), rule.size};
        Tensor out = Tensor.zeros(ElementType.F32, dims);
        long rows = x.rank() == 1 ? 1 : x.dim(0);
        long length = x.dim(x.rank() - 1);
        for (long row = 0; row < rows; row++) {
            // Longer n-grams than those of the pool, and steps over the end of the row, find nothing.
            for (int n = (int) Math.min(rule.minLength, starts.size() + 1);
                    n <= Math.min(rule.maxLength, starts.size());
                    n++) {
                // Skips mean nothing to a single element.
                long skips = n == 1 ? 0 : Math.min(rule.maxSkip, length);
                for (long skip = 0; skip <= skips; skip++) {
                    long span = (n - 1) * (skip + 1) + 1;
                    for (long at = 0; at + span <= length; at++) {
                        Integer id = known.get(items(x, row * length + at, n, skip + 1));
                        if (id != null) {
                            count(rule.weighting, out, row * rule.size + indexes.getLong(id), weights, id);
                        }
                    }
                }
            }
        }
        return out;
    }

    private static void count(NgramWeighting weighting, Tensor out, long at, Optional<Tensor> weights, int id) {
        float weight = weights.map(w -> w.getFloat(id)).orElse(1f);
        float now = out.getFloat(at);
        out.setFloat(
                at,
                switch (weighting) {
                    case TF -> now + 1;
                    case IDF -> weight;
                    case TFIDF -> now + weight;
                });
    }

    private static List<Object> items(Tensor t, long at, int n, long step) {
        List<Object> items = new ArrayList<>();
        for (int k = 0; k < n; k++) {
            long i = at + k * step;
            items.add(t.element().isString() ? t.getString(i) : (Object) t.getLong(i));
        }
        return items;
    }
}
