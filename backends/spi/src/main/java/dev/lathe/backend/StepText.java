package dev.lathe.backend;

import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Dim;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Steps as text, as a file keeps them: a line for each, of its kernel, value, operations, bytes, bytes of weights and
 * nodes, between tabs. Expressions are in postfix form, which is read without a parser; one that is not known is
 * {@value #UNKNOWN}, and so is one of more than {@value #LONGEST} characters.
 */
public final class StepText {
    private static final String UNKNOWN = "?";
    /** An expression with symbols that stand for others may be too long for any memory once these are put in. */
    private static final int LONGEST = 500;

    private static final String SYMBOL = "$";
    /** Before a symbol that may be negative. */
    private static final String SIGNED = "~";

    private StepText() {}

    public static String of(List<ModelStep> steps) {
        StringBuilder s = new StringBuilder();
        for (ModelStep step : steps) {
            List<String> parts = new ArrayList<>(List.of(
                    step.kernel(),
                    encoded(step.value()),
                    step.flops().map(StepText::postfix).orElse(UNKNOWN),
                    step.bytes().map(StepText::postfix).orElse(UNKNOWN),
                    Long.toString(step.weightBytes())));
            parts.addAll(step.nodes());
            s.append(String.join("\t", parts)).append('\n');
        }
        return s.toString();
    }

    /**
     * The steps of such a text.
     *
     * @throws LatheException {@code artifact.corrupt} if it is no such text
     */
    public static List<ModelStep> parse(String text) {
        try {
            return text.lines().map(StepText::step).toList();
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NoSuchElementException
                | ArithmeticException e) {
            LatheException failure = new LatheException(Diagnostic.error(
                    "artifact.corrupt", "the table of steps cannot be read: " + e.getMessage(), "compile it again"));
            failure.initCause(e);
            throw failure;
        }
    }

    private static ModelStep step(String line) {
        List<String> parts = Arrays.asList(line.split("\t", -1));
        return new ModelStep(
                parts.get(0),
                decoded(parts.get(1)),
                parts.subList(5, parts.size()),
                size(parts.get(2)),
                size(parts.get(3)),
                Long.parseLong(parts.get(4)));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String postfix(Dim size) {
        return size.fold(new Dim.Algebra<String>() {
            @Override
            public String constant(long value) {
                return Long.toString(value);
            }

            @Override
            public String symbol(String name, boolean signed) {
                return (signed ? SIGNED : SYMBOL) + encoded(name);
            }

            @Override
            public String plus(String a, String b) {
                return postfix(a, b, "+");
            }

            @Override
            public String times(String a, String b) {
                return postfix(a, b, "*");
            }

            @Override
            public String floorDiv(String numerator, String denominator) {
                return postfix(numerator, denominator, "/");
            }

            @Override
            public String min(String a, String b) {
                return postfix(a, b, "min");
            }

            @Override
            public String max(String a, String b) {
                return postfix(a, b, "max");
            }
        });
    }

    private static String postfix(String a, String b, String operator) {
        boolean known = !a.equals(UNKNOWN) && !b.equals(UNKNOWN) && a.length() + b.length() < LONGEST;
        return known ? a + " " + b + " " + operator : UNKNOWN;
    }

    private static Optional<Dim> size(String postfix) {
        if (postfix.equals(UNKNOWN) || postfix.length() > 2 * LONGEST) {
            return Optional.empty();
        }
        Deque<Dim> stack = new ArrayDeque<>();
        for (String word : postfix.split(" ", -1)) {
            if (word.matches("[-0-9]+")) {
                stack.push(Dim.of(Long.parseLong(word)));
            } else if (word.startsWith(SIGNED)) {
                stack.push(Dim.signedSymbol(decoded(word.substring(1))));
            } else if (word.startsWith(SYMBOL)) {
                stack.push(Dim.symbol(decoded(word.substring(1))));
            } else {
                Dim b = stack.pop();
                Dim a = stack.pop();
                stack.push(
                        switch (word) {
                            case "+" -> a.plus(b);
                            case "*" -> a.times(b);
                            case "/" -> a.floorDiv(b);
                            case "min" -> a.min(b);
                            case "max" -> a.max(b);
                            default -> throw new IllegalStateException("no operator: " + word);
                        });
            }
        }
        return Optional.of(stack.pop());
    }
}
