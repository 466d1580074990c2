package dev.lathe.docs;

import dev.lathe.guides.Page;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.op.OpFunction;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.op.OpSchema.Component;
import dev.lathe.ir.op.OpSchema.Role;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The reference of the IR's ops: what the records say of themselves, and their doc comments. */
final class OpsPage {
    private static final String INTRODUCTION = """
        # The ops of the IR

        An op is written as its name, its operands in parentheses, and its attributes in braces:
        `%y = gather(%table, %ids) {axis=0}`. `?` marks an operand that may be absent, `…` a list of operands, and `^` a
        region. Core ops have a meaning of their own; a composite's meaning is its expansion into other ops. Which file an op is in
        follows from its name: `reduce_max` is in `Reduce.java`, `layer_norm` in `LayerNorm.java`.
        """;

    private final Javadoc docs;
    private final StringBuilder page = new StringBuilder(ReferencePagesTest.GENERATED).append(INTRODUCTION);

    private OpsPage(Javadoc docs) {
        this.docs = docs;
    }

    static String text() throws IOException {
        Path ir = Page.root().resolve("ir/src/main/java/dev/lathe/ir");
        return new OpsPage(Javadoc.of(List.of(ir.resolve("op"), ir.resolve("composite")))).write();
    }

    private String write() {
        List<Class<? extends Op>> ops = OpCatalog.standard().ops();
        for (Class<?> family : CoreOp.class.getPermittedSubclasses()) {
            section(family, ops);
        }
        section(CompositeOp.class, ops);
        return page.toString();
    }

    private void section(Class<?> family, List<Class<? extends Op>> ops) {
        String title = family == CompositeOp.class ? "Composites" : family.getSimpleName();
        page.append("\n## ")
                .append(title)
                .append("\n\n")
                .append(docs.of(family.getSimpleName()))
                .append('\n');
        ops.stream().filter(family::isAssignableFrom).forEach(op -> op(OpSchema.of(op)));
    }

    private void op(OpSchema schema) {
        String name = schema.opClass().getSimpleName();
        List<OpFunction> functions =
                schema.functions().flatMap(Optional::stream).toList();
        page.append("\n### ")
                .append(functions.isEmpty() ? "`" + schema.mnemonics().getFirst() + "`" : name);
        page.append("\n\n").append(meaning(schema)).append("\n\n```\n");
        page.append(functions.isEmpty() ? schema.mnemonics().getFirst() : "function")
                .append(signature(schema));
        page.append("\n```\n");
        if (!functions.isEmpty()) {
            functions(functions);
        }
    }

    /** The doc comment, with the names that components have in IR text. */
    private String meaning(OpSchema schema) {
        String text = docs.of(schema.opClass().getSimpleName());
        for (Component c : schema.components()) {
            text = text.replace("`" + c.name() + "`", "`" + c.textName() + "`");
        }
        return text;
    }

    private void functions(List<OpFunction> functions) {
        String plain = functions.stream()
                .filter(f -> meaning(f).isEmpty())
                .map(f -> "`" + f.mnemonic() + "`")
                .collect(Collectors.joining(", "));
        List<OpFunction> described =
                functions.stream().filter(f -> !meaning(f).isEmpty()).toList();
        page.append("\nThe functions: ").append(plain.isEmpty() ? "" : plain + (described.isEmpty() ? "." : ", and"));
        page.append('\n');
        if (!described.isEmpty()) {
            page.append('\n');
            described.forEach(f -> page.append("- `")
                    .append(f.mnemonic())
                    .append("`: ")
                    .append(meaning(f))
                    .append('\n'));
        }
    }

    private String meaning(OpFunction f) {
        return docs.of(f.getClass().getSimpleName() + "." + ((Enum<?>) f).name());
    }

    private static String signature(OpSchema schema) {
        String operands = schema.components().stream()
                .map(OpsPage::operand)
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        String attributes = schema.components().stream()
                .filter(c -> c.role() == Role.ATTRIBUTE)
                .map(c -> c.textName() + ": " + attribute(c.type()))
                .collect(Collectors.joining(", "));
        String regions = schema.components().stream()
                .filter(c -> c.role() == Role.REGION)
                .map(c -> " ^" + c.textName())
                .collect(Collectors.joining());
        return "(" + operands + ")" + (attributes.isEmpty() ? "" : " {" + attributes + "}") + regions;
    }

    private static Optional<String> operand(Component c) {
        return switch (c.role()) {
            case OPERAND -> Optional.of("%" + c.textName());
            case OPTIONAL_OPERAND -> Optional.of("%" + c.textName() + "?");
            case OPERAND_LIST -> Optional.of("%" + c.textName() + "…");
            case REGION, FUNCTION, ATTRIBUTE -> Optional.empty();
        };
    }

    /** What an attribute holds, in words. */
    private static String attribute(Type type) {
        if (type instanceof ParameterizedType p) {
            return "[" + attribute(p.getActualTypeArguments()[0]) + "…]";
        }
        Class<?> c = (Class<?>) type;
        if (c == ElementType.class) {
            return "element type";
        }
        if (c.isEnum()) {
            return Arrays.stream(c.getEnumConstants())
                    .map(v -> ((Enum<?>) v).name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(" | "));
        }
        if (c == Tensor.class || c == Dim.class || c == Shape.class || c == String.class) {
            return c == String.class ? "text" : c.getSimpleName().toLowerCase(Locale.ROOT);
        }
        return dev.lathe.ir.type.Type.class.isAssignableFrom(c)
                ? "type"
                : c == boolean.class ? "bool" : isReal(c) ? "float" : "int";
    }

    private static boolean isReal(Class<?> c) {
        return c == double.class || c == float.class || c == Double.class;
    }
}
