package dev.lathe.peers;

import dev.lathe.data.WordPiece;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.SentenceEmbedder;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A model with inputs of one shape. */
enum Workload {
    MINILM_1X7("MiniLM 1×7", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(1, 7);
        }
    },
    MINILM_1X128("MiniLM 1×128", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(1, 128);
        }
    },
    MINILM_8X64("MiniLM 8×64", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(8, 64);
        }
    },
    OCR_DETECTION("PP-OCR detection 640×640", Zoo.OCR_DETECTION) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            var page = SamplePage.render(640).picture().getSubimage(0, 0, 640, 640);
            return Map.of(ports.getFirst().name(), TextDetector.input(page));
        }
    },
    OCR_RECOGNITION("PP-OCR recognition 48×320", Zoo.OCR_RECOGNITION) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return Map.of(ports.getFirst().name(), TextRecognizer.input(SamplePage.line("Hello ONNX 2026", 48)));
        }
    },
    BLAZE_FACE("BlazeFace front 128×128", Zoo.FACE_FRONT) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return Map.of(
                    ports.getFirst().name(),
                    Pictures.pixels(SamplePage.render(128).picture().getSubimage(0, 0, 128, 128)));
        }
    },
    SILERO("Silero VAD, one chunk", Zoo.SPEECH) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            float[] tone = new float[576];
            for (int i = 0; i < tone.length; i++) {
                tone[i] = (float) (0.3 * Math.sin(i * 0.05) + 0.1 * Math.sin(i * 0.31));
            }
            return Map.of(
                    "input", Tensor.of(tone, 1, 576),
                    "state", Tensor.of(new float[256], 2, 1, 128),
                    "sr", Tensor.scalar(16_000L));
        }
    };

    private final String title;
    private final Zoo model;

    Workload(String title, Zoo model) {
        this.title = title;
        this.model = model;
    }

    String title() {
        return title;
    }

    Zoo model() {
        return model;
    }

    /** Realistic inputs; {@code ports} tells their names. */
    abstract Map<String, Tensor> inputs(List<Executable.Port> ports);

    private static Map<String, Tensor> sentences(int batch, int tokens) {
        WordPiece tokenizer = WordPiece.read(Zoo.MINILM_TOKENIZER.fetch());
        String text = tokens < 16
                ? "Interest rates went up."
                : "The central bank raised interest rates again, and nobody knows why.";
        return SentenceEmbedder.inputs(tokenizer, Collections.nCopies(batch, text), tokens);
    }
}
