package dev.lathe.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.ATNConfigSet;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.dfa.DFA;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The grammar takes the whole language, in one way only. */
class GrammarTest {
    private static final String FILE = """
        // test: canonicalize
        graph @mlp(%x: f32[batch, 784], %y: seq<f32[2]>, %2: optional<seq<i64[]>>, %u: f32[*]) -> (f32[batch, 10]) {
          %w = constant @"fc1.weight" : f32[784, 128]
          %c = constant [1, 2.5, -3e4, nan, -inf, "text", true, (1, -2.5)] : f32[3]
          %s = constant -1 : i64[]
          %h = matmul(%x, %w) : f32[batch, 128] at "fc1/MatMul"(MatMul-13), "fc1/Gelu"(com.microsoft::Gelu-1)
          %t = transpose(%h) {perm=[1, 0], shape=[batch, 2*n+1, -1], low=-inf, eps=1e-5, name="x\\u00e9", at=constant} : f32[128, batch]
          %a, %b = split(%t) {axis=0, sizes=[64, 64]} : f32[64, batch], f32[64, batch]  // trailing
          %i = if(%cond) {then=graph() -> (f32[2]) { %z = max(%a, %b) : f32[2] return %z }, else=graph(%q: f32[2]) -> (r: f32[2]) { return %q }, type=f32[2], mode=floor} : f32[2*n+1, floor(n, 2), min(a,b), max(1, n), 2*(?seq+"odd name"), -n]
          %"any \\"string\\"" = conv(%x, %w, _, [%a, %b], []) : f32[graph, return]
          print(%x)
          return %y
        }
        graph @"second one"() -> () { return }
        """;

    @Test
    void filesParseInOneWay() {
        assertThat(problems(FILE, LatheParser::file)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "canonicalize",
                "canonicalize,fuse-conv-batch-norm,quantize{mode=static,calibration=\"data.npz\"}",
                "fold-constant{limit=-1, rate=1e-3,file=data-2.v1.npz,per-channel=true}, layout{}"
            })
    void pipelinesParseInOneWay(String text) {
        assertThat(problems(text, LatheParser::pipeline)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "graph @g() -> () { %x = f(%y) : return }",
                "graph @g() -> () { x = f(%y) return }",
                "graph @g() -> () { return %x",
                "graph g() -> () { return }"
            })
    void errorsAreReported(String text) {
        assertThat(problems(text, LatheParser::file)).isNotEmpty();
    }

    @Test
    void commentsStayReachable() {
        CommonTokenStream tokens = new CommonTokenStream(new LatheLexer(CharStreams.fromString(FILE)));
        tokens.fill();
        assertThat(tokens.getTokens())
                .filteredOn(t -> t.getChannel() == Token.HIDDEN_CHANNEL)
                .extracting(Token::getText)
                .containsExactly("// test: canonicalize", "// trailing");
    }

    private static List<String> problems(String text, Consumer<LatheParser> rule) {
        List<String> problems = new ArrayList<>();
        LatheLexer lexer = new LatheLexer(CharStreams.fromString(text));
        LatheParser parser = new LatheParser(new CommonTokenStream(lexer));
        parser.getInterpreter().setPredictionMode(PredictionMode.LL_EXACT_AMBIG_DETECTION);
        BaseErrorListener listener = new BaseErrorListener() {
            @Override
            public void syntaxError(
                    Recognizer<?, ?> recognizer,
                    Object symbol,
                    int line,
                    int column,
                    String message,
                    RecognitionException e) {
                problems.add(line + ":" + column + " " + message);
            }

            @Override
            public void reportAmbiguity(
                    Parser p, DFA dfa, int start, int stop, boolean exact, BitSet alternatives, ATNConfigSet configs) {
                problems.add("ambiguous in " + p.getRuleNames()[dfa.atnStartState.ruleIndex] + ": "
                        + p.getTokenStream()
                                .getText(
                                        p.getTokenStream().get(start),
                                        p.getTokenStream().get(stop)));
            }
        };
        lexer.removeErrorListeners();
        parser.removeErrorListeners();
        lexer.addErrorListener(listener);
        parser.addErrorListener(listener);
        rule.accept(parser);
        return problems;
    }
}
