package dev.lathe.peers;

import dev.lathe.demo.Pictures;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.text.TokenInputs;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** A model with inputs of one shape. */
enum Workload {
    MINILM_1X7("MiniLM 1×7", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(ports, 1, 7);
        }
    },
    MINILM_1X128("MiniLM 1×128", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(ports, 1, 128);
        }
    },
    MINILM_8X64("MiniLM 8×64", Zoo.MINILM) {
        @Override
        Map<String, Tensor> inputs(List<Executable.Port> ports) {
            return sentences(ports, 8, 64);
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
    },
    RESNET_18("ResNet-18", Network.RESNET_18),
    RESNET_50("ResNet-50", Network.RESNET_50),
    MOBILENET_V2("MobileNetV2", Network.MOBILENET_V2),
    MOBILENET_V3("MobileNetV3-Large", Network.MOBILENET_V3),
    EFFICIENTNET_B0("EfficientNet-B0", Network.EFFICIENTNET_B0),
    DENSENET_121("DenseNet-121", Network.DENSENET_121),
    SQUEEZENET("SqueezeNet 1.1", Network.SQUEEZENET),
    SHUFFLENET_V2("ShuffleNetV2 ×1", Network.SHUFFLENET_V2),
    CONVNEXT_TINY("ConvNeXt-Tiny", Network.CONVNEXT_TINY),
    VIT_B16("ViT-B/16", Network.VIT_B16),
    BERT_BASE("BERT-base 1×128", Network.BERT_BASE),
    MOBILEBERT("MobileBERT 1×128", Network.MOBILEBERT),
    SMOLLM_135M("SmolLM-135M, word 128", Network.SMOLLM_135M),
    UNET("U-Net 256×256", Network.UNET),
    YOLOV8N("YOLOv8n 640×640", Network.YOLOV8N);

    /** Where a model is from. */
    private interface Source {
        Path file() throws IOException;

        Map<String, Shape> shapes();

        Map<String, Tensor> inputs();
    }

    private static final int SEED = 2;

    private final String title;
    private final String model;
    private final Source source;

    /** A real model. */
    Workload(String title, Zoo zoo) {
        this.title = title;
        this.model = zoo.name();
        this.source = new Source() {
            @Override
            public Path file() {
                return zoo.fetch();
            }

            @Override
            public Map<String, Shape> shapes() {
                return zoo.shapes();
            }

            @Override
            public Map<String, Tensor> inputs() {
                throw new IllegalStateException(zoo + " needs inputs that mean something");
            }
        };
    }

    /** A known architecture. */
    Workload(String title, Network network) {
        this.title = title;
        this.model = network.name();
        this.source = new Source() {
            @Override
            public Path file() throws IOException {
                return network.file();
            }

            @Override
            public Map<String, Shape> shapes() {
                return Map.of();
            }

            @Override
            public Map<String, Tensor> inputs() {
                return network.inputs(SEED);
            }
        };
    }

    String title() {
        return title;
    }

    /** The name of the model, which other workloads may have too. */
    String model() {
        return model;
    }

    /** The model's file, fetched or written if it is not there. */
    Path file() throws IOException {
        return source.file();
    }

    /** The shapes that the model is compiled for, by the name of its input. */
    Map<String, Shape> shapes() {
        return source.shapes();
    }

    /** Realistic inputs of real models, random ones of others; {@code ports} tells their names. */
    Map<String, Tensor> inputs(List<Executable.Port> ports) {
        return source.inputs();
    }

    private static Map<String, Tensor> sentences(List<Executable.Port> ports, int batch, int tokens) {
        Tokenizer tokenizer = Tokenizer.read(Zoo.MINILM_TOKENIZER.fetch()).unpadded();
        String text = tokens < 16
                ? "Interest rates went up."
                : "The central bank raised interest rates again, and nobody knows why.";
        return TokenInputs.of(ports)
                .tensors(tokenizer.encodeAll(Collections.nCopies(batch, text)), tokenizer.padId(), tokens);
    }
}
