package dev.lathe.text;

import dev.lathe.input.TokenInput;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.tokenizers.Encoding;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The inputs of a model that takes tokens, and the tensors for them. Who wants vectors, scores or labels has no need of
 * it; it is for models whose outputs mean something else.
 *
 * @param roles what each input takes
 * @param texts of each call, if the model was made for a number
 * @param tokens of each text, if the model was made for a number
 */
public record TokenInputs(Map<Port, TokenInput> roles, OptionalInt texts, OptionalInt tokens) {

    public TokenInputs {
        roles = Collections.unmodifiableMap(new LinkedHashMap<>(roles));
    }

    /**
     * What a model's inputs take, as their names tell.
     *
     * @throws LatheException {@code text.inputs} if one takes something else than tokens
     */
    public static TokenInputs of(List<Port> ports) {
        Map<Port, TokenInput> roles = new LinkedHashMap<>();
        for (Port port : ports) {
            TokenInput role = TokenInput.of(port).orElseThrow(() -> unfit("its input " + port + " takes no tokens"));
            if (roles.containsValue(role)) {
                throw unfit("two of its inputs take the same of a token: " + ports);
            }
            roles.put(port, role);
        }
        if (!roles.containsValue(TokenInput.ID)) {
            throw unfit("none of its inputs takes ids of tokens: " + ports);
        }
        return new TokenInputs(roles, fixed(roles, 0), fixed(roles, 1));
    }

    private static LatheException unfit(String why) {
        return TextFaults.model(
                "text.inputs",
                "the model is no encoder of text: " + why,
                "export it with inputs [batch, tokens] such as input_ids, attention_mask, token_type_ids and"
                        + " position_ids");
    }

    private static OptionalInt fixed(Map<Port, TokenInput> roles, int axis) {
        return roles.keySet().stream()
                .map(p -> ((TensorType) p.type()).dim(axis))
                .filter(Dim::isConstant)
                .mapToInt(d -> Math.toIntExact(d.constant()))
                .findFirst();
    }

    /** Whether the model is told where there is no token, so that a text may be padded. */
    public boolean masks() {
        return roles.containsValue(TokenInput.MASK);
    }

    /** {@link #tensors(List, int, int)} for no more tokens than the longest text has. */
    public Map<String, Tensor> tensors(List<Encoding> rows, int padId) {
        return tensors(rows, padId, 1);
    }

    /**
     * The inputs for some texts, by name.
     *
     * @param padId the id that stands where there is no token; see {@code Tokenizer.padId}
     * @param least how many tokens each text is padded to; to the longest if that has more, and to the fixed length of
     * a model that has one
     */
    public Map<String, Tensor> tensors(List<Encoding> rows, int padId, int least) {
        int longest = rows.stream().mapToInt(r -> r.ids().length).max().orElse(1);
        int length = tokens.orElse(Math.max(least, longest));
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        roles.forEach((port, role) -> {
            Tensor t = Tensor.zeros(((TensorType) port.type()).element(), rows.size(), length);
            for (int b = 0; b < rows.size(); b++) {
                fill(t, (long) b * length, length, rows.get(b), role, padId);
            }
            inputs.put(port.name(), t);
        });
        return inputs;
    }

    private static void fill(Tensor into, long from, int length, Encoding row, TokenInput role, int padId) {
        int[] values = switch (role) {
            case ID -> row.ids();
            case MASK -> row.attentionMask();
            case TYPE -> row.typeIds();
            case POSITION -> new int[0];
        };
        for (int k = 0; k < length; k++) {
            long padding = role == TokenInput.ID ? padId : role == TokenInput.POSITION ? k : 0;
            into.setLong(from + k, k < values.length ? values[k] : padding);
        }
    }
}
