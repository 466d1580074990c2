package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.ByteOperand;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a tile multiplies: floats, or words of four bytes along the depth, which devices with
 * {@code cl_khr_integer_dot_product} multiply and add up in one instruction. The left operand is stored as floats in
 * either case, and becomes bytes where it is read; its weights are bytes in memory.
 */
enum TileNumbers {
    FLOATS("float", 1),
    UNSIGNED("uint", 4),
    SIGNED("uint", 4),
    /** Two words for four elements of the left operand: what is above zero, and what is below. */
    DIFFERENCE("uint", 4);

    private static final String WORD = """
        // Four integers of a byte in a word, the first in the low bits%s.
        uint @(const float4 x) {
            return as_uint(convert_%s4_sat(x));
        }
        """;

    private static final String PRODUCTS = """
        // The sum of the products of four bytes %s a sign with four that have one.
        int @(const uint x, const uint y) {
        #ifdef __opencl_c_integer_dot_product_input_4x8bit_packed
            return dot_4x8packed_%s_int(x, y);
        #else
            const int4 all = convert_int4(as_%s4(x)) * convert_int4(as_char4(y));
            return all.x + all.y + all.z + all.w;
        #endif
        }
        """;

    /** The type of what is multiplied at once. */
    final String type;
    /** How many elements along the depth that is. */
    final int elements;

    TileNumbers(String type, int elements) {
        this.type = type;
        this.elements = elements;
    }

    /** Those of a product whose left operand is held by such bytes. */
    static TileNumbers of(Optional<ByteOperand> bytes) {
        return bytes.map(b -> switch (b) {
                    case UNSIGNED -> UNSIGNED;
                    case SIGNED -> SIGNED;
                    case DIFFERENCE -> DIFFERENCE;
                })
                .orElse(FLOATS);
    }

    boolean areBytes() {
        return this != FLOATS;
    }

    /** The type of sums. */
    String sum() {
        return areBytes() ? "int" : "float";
    }

    /** What the names of kernels end with. */
    String ending() {
        return areBytes() ? "_of_bytes" : "";
    }

    /** What the left operand is at a place, in words for it; each is the end of a name, too. */
    List<String> parts() {
        return this == DIFFERENCE ? List.of("above", "below") : List.of("left");
    }

    /**
     * Declares the {@link #parts} of the left operand at depth {@code k}, 0 where there is none.
     *
     * @param exists whether there are elements
     * @param before lines that know where
     * @param word the number of a word of a tap
     * @param depth the elements of a tap, of which the last word may lack some
     * @param element that at depth {@code d} of a tap, for floats at depth {@code k}
     */
    List<String> load(
            ProgramText program, String exists, List<String> before, String word, String depth, String element) {
        List<String> lines = new ArrayList<>();
        parts().forEach(p -> lines.add(type + " " + p + " = 0;"));
        lines.add("if (" + exists + ") {");
        before.forEach(l -> lines.add("    " + l));
        if (!areBytes()) {
            lines.add("    left = " + element + ";");
        } else {
            lines.add("    float four[4];");
            lines.add("    for (int q = 0; q < 4; q++) {");
            lines.add("        const long d = " + word + " * 4 + q;");
            lines.add("        four[q] = d < " + depth + " ? " + element + " : 0;");
            lines.add("    }");
            for (String p : parts()) {
                lines.add("    " + p + " = " + word(program) + "(" + (p.equals("below") ? "-" : "")
                        + "vload4(0, four));");
            }
        }
        lines.add("}");
        return lines;
    }

    private String word(ProgramText program) {
        return this == SIGNED
                ? program.define("signed_bytes", WORD.formatted("", "char"))
                : program.define("bytes", WORD.formatted("; 0 for what is below 0", "uchar"));
    }

    /**
     * A sum with a product more.
     *
     * @param left the name of each part of the left operand
     */
    String add(ProgramText program, String sum, List<String> left, String right) {
        if (!areBytes()) {
            return "fma(" + left.getFirst() + ", " + right + ", " + sum + ")";
        }
        String products = this == SIGNED
                ? program.define("signed_products", PRODUCTS.formatted("with", "ss", "char"))
                : program.define("products", PRODUCTS.formatted("without", "us", "uchar"));
        String more = sum + " + " + products + "(" + left.getFirst() + ", " + right + ")";
        return this == DIFFERENCE ? more + " - " + products + "(" + left.getLast() + ", " + right + ")" : more;
    }
}
