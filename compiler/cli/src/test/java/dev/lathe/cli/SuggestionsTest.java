package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of name that a person may get wrong is answered with what is near. */
class SuggestionsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a command | instpect MODEL | inspect",
                "an option | run MODEL --sede 3 | --seed",
                "a value of an option | run MODEL --numerics strickt | strict",
                "a mode | quantize MODEL -o q.onnx --mode dinamic | dynamic",
                "a precision | convert MODEL -o q.onnx --precision bf61 | bf16",
                "a metric | quantize MODEL -o q.onnx --check cosin | cosine",
                "a cure | quantize MODEL -o q.onnx --cure smoth-quant | smooth-quant",
                "a bound | compress MODEL -o q.onnx --budget sise<=25% | size",
                "an input | run MODEL --input idx=1 | ids",
                "an input of a shape | run MODEL --shape idz=2x3 | ids",
                "a symbol of a shape | bench MODEL --shapes bath=2 | batch",
                "a value inside | run MODEL --outputs rowz | rows",
                "a value of a part | opt MODEL --extract rowz.. | rows",
                "a pass | opt MODEL --passes canonicalise | canonicalize",
                "an option of a pass | opt MODEL --passes fold-constants{limits=1} | limit",
                "a value of one | opt MODEL --passes quantize-weights{rounding=nearst} | nearest",
                "a target | run MODEL --target jva | java",
                "a target of a plan | inspect MODEL --plan opncl | opencl",
                "a target to compare | run MODEL --compare referense | reference",
                "an option of a target | compile MODEL -o m.jar -T packagename=a | package-name",
                "a flag of a target | compile MODEL -o m.jar --pakage-name a | --package-name",
                "one of several targets | bench MODEL --target java --target reference -T pakage-name=a | package-name",
                "a way to fit images | run MODEL --fit lettrbox | letterbox",
                "an op of a text | inspect WRONG | multiply",
            })
    void whatIsMeantIsTold(String what, String line, String meant) {
        List<Object> args = new ArrayList<>();
        for (String word : line.strip().split(" ")) {
            args.add(
                    switch (word) {
                        case "MODEL" -> model("multiply");
                        case "WRONG" -> model("multiplie");
                        default -> word.endsWith(".onnx") || word.endsWith(".jar") ? folder.resolve(word) : word;
                    });
        }
        Cli cli = Cli.lathe(args.toArray());
        assertThat(cli.exit()).as(what + ": " + cli.out()).isIn(1, 2);
        assertThat(Arrays.stream(cli.err().split("\n")).filter(l -> l.contains("did you mean")))
                .as(what + ": " + cli.err())
                .anySatisfy(l -> assertThat(l).contains(meant));
        assertThat(cli.problems()).as(what + ": " + cli.err()).isOne();
    }

    private Path model(String op) {
        return TinyModels.write(folder.resolve("model.lir"), """
            graph @embedding(%ids: i64[batch, 4], %mask: f32[batch, 4, 2]) -> (y: f32[batch, 4, 2]) {
              %table = constant [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : f32[5, 2]
              %rows = gather(%table, %ids) {axis=0} : f32[batch, 4, 2]
              %y = OP(%rows, %mask) : f32[batch, 4, 2]
              return %y
            }
            """.replace("OP", op));
    }
}
