package dev.lathe.compress;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** How often the same text is read. */
record TextMetric() implements Metric {
    @Override
    public Meter start() {
        return new Meter() {
            private int texts;
            private int same;

            @Override
            public void add(Call call) {
                Outputs o = Outputs.first(call, "text", 2, "an output [batch, time, characters]");
                List<List<Long>> expected = read(o.expected());
                List<List<Long>> actual = o.actual().map(TextMetric::read).orElse(List.of());
                texts += expected.size();
                for (int i = 0; i < expected.size(); i++) {
                    same += i < actual.size() && expected.get(i).equals(actual.get(i)) ? 1 : 0;
                }
            }

            @Override
            public Score score() {
                return new Score(1, texts == 0 ? 1 : (double) same / texts);
            }
        };
    }

    /** The characters of each text; the last two axes are time and characters. */
    private static List<List<Long>> read(Tensor t) {
        long times = t.dim(t.rank() - 2);
        List<Long> tops = Outputs.tops(t);
        List<List<Long>> texts = new ArrayList<>();
        for (int start = 0; times > 0 && start < tops.size(); start += (int) times) {
            List<Long> text = new ArrayList<>();
            long previous = 0;
            for (long c : tops.subList(start, start + (int) times)) {
                if (c != 0 && c != previous) {
                    text.add(c);
                }
                previous = c;
            }
            texts.add(text);
        }
        return texts;
    }

    @Override
    public String toString() {
        return "text";
    }
}
