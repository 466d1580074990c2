package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The tokenizer of {@code com.microsoft} and regular expressions, as ONNX Runtime reads them. */
class TokenizerTest extends OperatorTest {
    private static final List<String[]> SEPARATORS = List.of(
            new String[] {" "},
            new String[] {","},
            new String[] {" ", ","},
            new String[] {"a", "b "},
            new String[] {"[,;]+"},
            new String[] {"a|ab"},
            new String[] {"\\s"},
            new String[] {"é"},
            new String[] {""});

    private static final List<String> TOKENS = List.of("[a-z]+", "a|ab", "[^ ,]+", "\\w+|é", "b.", "[0-9]");

    @Override
    boolean inAllForms() {
        return false;
    }

    private String word() {
        StringBuilder s = new StringBuilder();
        int length = random.nextInt(14);
        for (int i = 0; i < length; i++) {
            s.append(List.of("a", "b", "c", " ", ",", ";", "é", "日", "1").get(random.nextInt(9)));
        }
        return s.toString();
    }

    private Tensor words(long... dims) {
        int n = 1;
        for (long d : dims) {
            n *= (int) d;
        }
        return Tensor.ofStrings(Stream.generate(this::word).limit(n).toArray(String[]::new), dims);
    }

    @TestFactory
    Stream<DynamicTest> tokens() {
        for (int mark = 0; mark < 2; mark++) {
            for (int least = 1; least < 3; least++) {
                Object[] how = {attribute("mark", mark), attribute("mincharnum", least), attribute("pad_value", "#")};
                String name = " mark " + mark + " from " + least;
                for (String[] separators : SEPARATORS) {
                    if (separators[0].isEmpty() && least > 1) {
                        continue; // no character is as long
                    }
                    Tensor x = random.nextBoolean() ? words(4) : words(2, 3);
                    oracle(
                            String.join("|", separators) + name,
                            "com.microsoft:Tokenizer-1",
                            "y",
                            x,
                            attribute("separators", separators),
                            how[0],
                            how[1],
                            how[2]);
                }
                for (String token : TOKENS) {
                    Tensor x = random.nextBoolean() ? words(4) : words(2, 3);
                    oracle(
                            token + name,
                            "com.microsoft:Tokenizer-1",
                            "y",
                            x,
                            attribute("tokenexp", token),
                            how[0],
                            how[1],
                            how[2]);
                }
                oracle(
                        "empty" + name,
                        "com.microsoft:Tokenizer-1",
                        "y",
                        Tensor.ofStrings(new String[] {"", ""}, 2),
                        attribute("separators", new String[] {","}),
                        how[0],
                        how[1],
                        how[2]);
            }
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> patterns() {
        for (String pattern : List.of(
                "(a|b)*",
                "(?i)A+.*",
                "[[:alpha:]]+",
                "\\pL+",
                "\\p{Greek}|a.*",
                "(?P<x>a)b?.*",
                "a{2,3}.*",
                "(?s).*",
                ".*",
                "\\Qa b\\E",
                "\\x61.*",
                "[^a]*",
                "",
                "^a.*$",
                "(a+)+",
                "\\d*\\D*")) {
            oracle("pattern " + pattern, "RegexFullMatch-20", "y", words(40), attribute("pattern", pattern));
        }
        return tests();
    }
}
