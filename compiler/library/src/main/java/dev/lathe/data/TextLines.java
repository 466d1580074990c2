package dev.lathe.data;

import dev.lathe.compress.Dataset;
import dev.lathe.input.TokenInput;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import dev.lathe.tokenizers.Encoding;
import dev.lathe.tokenizers.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A text in each line. A model that takes strings gets them; another one gets the tokens that its tokenizer makes: ids,
 * a mask, token types, and positions, told by the names of the inputs.
 */
final class TextLines {
    private static final int MOST_TOKENS = 256;
    private static final List<String> VOCABULARIES = List.of("tokenizer.json", "vocab.txt");

    private TextLines() {}

    static Dataset read(Path file, List<Port> ports, Optional<Path> tokenizer) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file).stream().filter(l -> !l.isBlank()).toList();
        } catch (IOException e) {
            throw DataReader.bad("cannot read " + file + ": " + e.getMessage(), "give a file of UTF-8 text");
        }
        if (ports.stream()
                .allMatch(p -> p.type() instanceof TensorType t && t.element().isString())) {
            return Dataset.of(lines.size(), i -> strings(lines.get(i), ports));
        }
        Map<Port, TokenInput> roles = new LinkedHashMap<>();
        ports.forEach(p -> roles.put(p, role(p, file)));
        Tokenizer words = Tokenizer.read(vocabulary(file, tokenizer)).unpadded();
        long batch = batch(ports);
        return Dataset.of(
                Math.toIntExact(lines.size() / batch),
                i -> tokens(lines.subList((int) (i * batch), (int) ((i + 1) * batch)), words, roles));
    }

    private static Map<String, Datum> strings(String line, List<Port> ports) {
        Map<String, Datum> sample = new LinkedHashMap<>();
        for (Port p : ports) {
            long[] dims = new long[((TensorType) p.type()).rank()];
            java.util.Arrays.fill(dims, 1);
            sample.put(p.name(), Tensor.ofStrings(new String[] {line}, dims));
        }
        return sample;
    }

    private static TokenInput role(Port port, Path file) {
        return TokenInput.of(port)
                .orElseThrow(() -> DataReader.bad(
                        file + " has texts, and the input \"" + port.name() + "\" is " + port.type(),
                        "a model of tokens takes integers [batch, tokens]; for others give an .npz file"));
    }

    private static Path vocabulary(Path file, Optional<Path> given) {
        if (given.isPresent()) {
            return given.get();
        }
        for (String name : VOCABULARIES) {
            Path beside = file.resolveSibling(name);
            if (Files.isRegularFile(beside) && !beside.equals(file)) {
                return beside;
            }
        }
        throw DataReader.bad(
                file + " has texts, and there is no vocabulary to make tokens of them",
                "give --tokenizer FILE: the vocab.txt or tokenizer.json of the model");
    }

    private static long batch(List<Port> ports) {
        return ports.stream()
                .map(p -> ((TensorType) p.type()).dim(0))
                .filter(d -> d.isConstant() && d.constant() > 0)
                .mapToLong(d -> d.constant())
                .findFirst()
                .orElse(1);
    }

    private static Map<String, Datum> tokens(List<String> lines, Tokenizer words, Map<Port, TokenInput> roles) {
        long fixed = roles.keySet().stream()
                .map(p -> ((TensorType) p.type()).dim(1))
                .filter(d -> d.isConstant())
                .mapToLong(d -> d.constant())
                .findFirst()
                .orElse(-1);
        int most = Math.toIntExact(fixed < 0 ? MOST_TOKENS : fixed);
        List<Encoding> texts = words.truncated(most).encodeAll(lines);
        int length = fixed < 0 ? texts.stream().mapToInt(Encoding::size).max().orElse(1) : most;
        Map<String, Datum> sample = new LinkedHashMap<>();
        roles.forEach((port, role) -> {
            Tensor t = Tensor.zeros(((TensorType) port.type()).element(), lines.size(), length);
            for (int b = 0; b < texts.size(); b++) {
                Encoding text = texts.get(b);
                for (int k = 0; k < text.size(); k++) {
                    t.setLong((long) b * length + k, value(role, text, k));
                }
            }
            sample.put(port.name(), t);
        });
        return sample;
    }

    private static long value(TokenInput role, Encoding text, int position) {
        return switch (role) {
            case ID -> text.ids()[position];
            case MASK -> text.attentionMask()[position];
            case TYPE -> text.typeIds()[position];
            case POSITION -> position;
        };
    }
}
