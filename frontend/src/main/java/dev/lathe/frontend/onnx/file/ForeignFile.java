package dev.lathe.frontend.onnx.file;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a file is that people take for an ONNX model, by how it begins. */
record ForeignFile(String what, String fix) {
    /** So many bytes of a file are enough. */
    static final int HEAD = 256;

    private static final String EXPORT = "export the model to ONNX with the framework that wrote it";

    private record Magic(int at, String bytes, ForeignFile file) {}

    private static final List<Magic> MAGICS = List.of(
            new Magic(
                    0,
                    "version https://git-lfs",
                    new ForeignFile("a pointer of Git LFS, not the file itself", "fetch the file with git lfs pull")),
            new Magic(0, "PK\3\4", new ForeignFile("a zip archive, such as a jar or a PyTorch file", EXPORT)),
            new Magic(0, "\u0080\2", new ForeignFile("a pickle, such as an old PyTorch file", EXPORT)),
            new Magic(0, "\u0089HDF", new ForeignFile("an HDF5 file, such as one of Keras", EXPORT)),
            new Magic(0, "\u0089PNG", new ForeignFile("an image", "give an .onnx file")),
            new Magic(0, "\u00ff\u00d8\u00ff", new ForeignFile("an image", "give an .onnx file")),
            new Magic(0, "\u0093NUMPY", new ForeignFile("a NumPy array", "give it as --input")),
            new Magic(0, "GGUF", new ForeignFile("a GGUF file", EXPORT)),
            new Magic(4, "TFL3", new ForeignFile("a TensorFlow Lite file", EXPORT)),
            new Magic(
                    4,
                    "ORTM",
                    new ForeignFile("a file of ONNX Runtime's own format", "give the .onnx file it was made from")),
            new Magic(8, "{\"", new ForeignFile("a .safetensors file: weights without a model", EXPORT)),
            new Magic(0, "\u001f\u008b", new ForeignFile("a gzip archive", "unpack it first")));

    /** What begins with {@code head}; empty if that tells nothing. */
    static Optional<ForeignFile> of(byte[] head) {
        String start = new String(head, StandardCharsets.ISO_8859_1);
        for (Magic m : MAGICS) {
            if (start.startsWith(m.bytes, m.at)) {
                return Optional.of(m.file);
            }
        }
        return Optional.ofNullable(text(start));
    }

    private static @Nullable ForeignFile text(String start) {
        if (start.isEmpty()) {
            return null;
        }
        for (int i = 0; i < start.length(); i++) {
            char c = start.charAt(i);
            if (c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f) {
                return null;
            }
        }
        String text = start.strip();
        if (text.regionMatches(true, 0, "<!doctype html", 0, 14) || text.regionMatches(true, 0, "<html", 0, 5)) {
            return new ForeignFile("a web page", "download the file itself: the page was saved in its place");
        }
        return text.startsWith("graph @") || text.startsWith("//") && text.contains("graph @")
                ? new ForeignFile("IR text", "give it a name that ends in .lir")
                : new ForeignFile("text", "give an .onnx file");
    }
}
