package dev.lathe.frontend.onnx.write;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.NodeProtoOrBuilder;
import java.util.Map;
import java.util.Set;

/** The first version of the standard in which an operator can be written as the tables of exports write it. */
final class OpsetNeeds {
    /** Before this version, operands had no common shape unless attributes said so. */
    static final int LEAST = 7;

    private static final Map<String, Integer> SINCE = Map.ofEntries(
            Map.entry("Acosh", 9),
            Map.entry("Asinh", 9),
            Map.entry("Atanh", 9),
            Map.entry("BitShift", 11),
            Map.entry("BitwiseAnd", 18),
            Map.entry("BitwiseNot", 18),
            Map.entry("BitwiseOr", 18),
            Map.entry("BitwiseXor", 18),
            Map.entry("BitCast", 26),
            Map.entry("Cast", 9),
            Map.entry("ConcatFromSequence", 11),
            Map.entry("Cosh", 9),
            Map.entry("CumSum", 11),
            Map.entry("CumProd", 26),
            Map.entry("DeformConv", 19),
            Map.entry("DequantizeLinear", 10),
            Map.entry("Det", 11),
            Map.entry("DynamicQuantizeLinear", 11),
            Map.entry("Erf", 9),
            Map.entry("Expand", 8),
            Map.entry("GatherElements", 11),
            Map.entry("GatherND", 11),
            Map.entry("Gelu", 20),
            Map.entry("GreaterOrEqual", 12),
            Map.entry("GridSample", 20),
            Map.entry("If", 11),
            Map.entry("ImageDecoder", 20),
            Map.entry("IsNaN", 9),
            Map.entry("LayerNormalization", 17),
            Map.entry("LessOrEqual", 12),
            Map.entry("Loop", 11),
            Map.entry("MatMulInteger", 10),
            Map.entry("Max", 8),
            Map.entry("Min", 8),
            Map.entry("Mod", 10),
            Map.entry("NonMaxSuppression", 11),
            Map.entry("NonZero", 9),
            Map.entry("Optional", 15),
            Map.entry("OptionalGetElement", 18),
            Map.entry("OptionalHasElement", 18),
            Map.entry("QuantizeLinear", 10),
            Map.entry("Range", 11),
            Map.entry("RegexFullMatch", 20),
            Map.entry("Resize", 13),
            Map.entry("RoiAlign", 16),
            Map.entry("Round", 11),
            Map.entry("ScatterElements", 11),
            Map.entry("ScatterND", 11),
            Map.entry("SequenceAt", 11),
            Map.entry("SequenceConstruct", 11),
            Map.entry("SequenceEmpty", 11),
            Map.entry("SequenceErase", 11),
            Map.entry("SequenceInsert", 11),
            Map.entry("SequenceLength", 11),
            Map.entry("Sign", 9),
            Map.entry("Sinh", 9),
            Map.entry("Slice", 10),
            Map.entry("SplitToSequence", 11),
            Map.entry("StringConcat", 20),
            Map.entry("StringNormalizer", 10),
            Map.entry("StringSplit", 20),
            Map.entry("TfIdfVectorizer", 9),
            Map.entry("TopK", 11),
            Map.entry("Unique", 11),
            Map.entry("Where", 9));

    /** Operators that have an attribute since a later version than they exist. */
    private static final Map<String, Integer> ATTRIBUTES = Map.ofEntries(
            Map.entry("Shape:start", 15),
            Map.entry("Shape:end", 15),
            Map.entry("Reshape:allowzero", 14),
            Map.entry("ArgMax:select_last_index", 12),
            Map.entry("ArgMin:select_last_index", 12),
            Map.entry("MaxPool:ceil_mode", 10),
            Map.entry("MaxPool:dilations", 10),
            Map.entry("MaxPool:storage_order", 8),
            Map.entry("AveragePool:ceil_mode", 10),
            Map.entry("AveragePool:dilations", 19),
            Map.entry("LpPool:ceil_mode", 18),
            Map.entry("LpPool:dilations", 18),
            Map.entry("GatherND:batch_dims", 12),
            Map.entry("ScatterElements:reduction", 16),
            Map.entry("ScatterND:reduction", 16),
            Map.entry("DequantizeLinear:axis", 13),
            Map.entry("DequantizeLinear:block_size", 21),
            Map.entry("DequantizeLinear:output_dtype", 23),
            Map.entry("QuantizeLinear:axis", 13),
            Map.entry("QuantizeLinear:block_size", 21),
            Map.entry("QuantizeLinear:output_dtype", 21),
            Map.entry("QuantizeLinear:precision", 23),
            Map.entry("QuantizeLinear:saturate", 19),
            Map.entry("Cast:saturate", 19),
            Map.entry("Resize:antialias", 18));

    private static final Set<String> REDUCTIONS = Set.of("ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd");

    private OpsetNeeds() {}

    static int of(NodeProtoOrBuilder node) {
        String type = node.getOpType();
        int needed = Math.max(LEAST, SINCE.getOrDefault(type, LEAST));
        for (AttributeProto a : node.getAttributeList()) {
            needed = Math.max(needed, ATTRIBUTES.getOrDefault(type + ":" + a.getName(), LEAST));
        }
        boolean axesAreInput = node.getInputCount() > 1;
        if (axesAreInput && type.equals("ReduceSum") || axesAreInput && type.equals("Squeeze")) {
            return Math.max(needed, 13);
        }
        if (axesAreInput && REDUCTIONS.contains(type)) {
            return Math.max(needed, 18);
        }
        return type.equals("Pad") ? Math.max(needed, 11) : needed;
    }
}
