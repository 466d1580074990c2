package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.demo.PageReader;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.TextBox;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextDirection;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("PP-OCR")
class OcrModelsTest {
    private static final String HELLO = "Hello ONNX 2026";
    private static final int[] WIDTHS = {960, 768};

    @BeforeAll
    static void assumeFonts() {
        Models.assumeAvailable(SamplePage::requireFonts);
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void detectionFindsTheSameBoxesInTwoSizes(Target target) {
        for (Zoo zoo : List.of(Zoo.OCR_DETECTION, Zoo.OCR_DETECTION_V3)) {
            for (int width : WIDTHS) {
                BufferedImage page = SamplePage.render(width).picture();
                // On steep edges of version 3, ONNX Runtime itself is up to 1.4e-4 off the reference evaluator.
                double limit = zoo == Zoo.OCR_DETECTION_V3 ? 2e-4 : Closeness.LIMIT;
                compare(target.load(zoo), zoo, TextDetector.input(page), limit);
                List<TextBox> boxes = new TextDetector(target.load(zoo)).detect(page);
                List<TextBox> expected = new TextDetector(Models.oracle(zoo)).detect(page);
                assertThat(boxes).hasSameSizeAs(expected);
                for (int i = 0; i < boxes.size(); i++) {
                    assertSame(boxes.get(i), expected.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void detectionAgreesOnASmallPicture(Target target) {
        Tensor input = TextDetector.input(SamplePage.line(HELLO, 32));
        compare(target.load(Zoo.OCR_DETECTION), Zoo.OCR_DETECTION, input);
    }

    @ParameterizedTest
    @EnumSource
    void recognitionAgreesOnAShortLine(Target target) {
        BufferedImage line = Pictures.scale(SamplePage.line("2026", 48), 96, 48);
        float[] half = {0.5f, 0.5f, 0.5f};
        compare(target.load(Zoo.OCR_RECOGNITION), Zoo.OCR_RECOGNITION, Pictures.planes(line, 96, half, half));
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void recognitionReadsALineExactly(Target target) {
        BufferedImage line = SamplePage.line(HELLO, 48);
        compare(target.load(Zoo.OCR_RECOGNITION), Zoo.OCR_RECOGNITION, TextRecognizer.input(line));

        assertThat(recognizer(target::load, Zoo.OCR_RECOGNITION).read(line).text())
                .isEqualTo(HELLO);
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void recognitionServesLinesOfEveryLength(Target target) {
        for (Zoo zoo : List.of(Zoo.OCR_RECOGNITION, Zoo.OCR_RECOGNITION_V3)) {
            for (String text : List.of("7", HELLO, "a longer line of text, which needs a wider picture")) {
                BufferedImage line = SamplePage.line(text, 40);
                compare(target.load(zoo), zoo, TextRecognizer.input(line));
                assertThat(recognizer(target::load, zoo).read(line).text())
                        .isEqualTo(recognizer(Models::oracle, zoo).read(line).text());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void directionSeesALineOnItsHead(Target target) {
        BufferedImage line = SamplePage.line("upside down", 48);
        TextDirection direction = new TextDirection(target.load(Zoo.OCR_DIRECTION));
        compare(target.load(Zoo.OCR_DIRECTION), Zoo.OCR_DIRECTION, TextDirection.input(line));

        assertThat(direction.upsideDown(line)).isLessThan(0.1);
        assertThat(direction.upsideDown(Pictures.turn(line))).isGreaterThan(0.9);
    }

    @ParameterizedTest
    @EnumSource(names = "JAVA")
    void aWholePageIsReadWordByWord(Target target) {
        PageReader reader = new PageReader(
                new TextDetector(target.load(Zoo.OCR_DETECTION)),
                new TextDirection(target.load(Zoo.OCR_DIRECTION)),
                recognizer(target::load, Zoo.OCR_RECOGNITION));
        for (int width : WIDTHS) {
            SamplePage.Page page = SamplePage.render(width);
            assertThat(reader.read(page.picture()).stream().map(PageReader.Line::text))
                    .as("a page %d pixels wide", width)
                    .containsExactlyElementsOf(page.texts());
        }
    }

    private static TextRecognizer recognizer(Function<Zoo, Executable> load, Zoo zoo) {
        return new TextRecognizer(load.apply(zoo), TextRecognizer.characters(Models.file(Zoo.OCR_CHARACTERS)));
    }

    private static void compare(Executable model, Zoo zoo, Tensor input) {
        compare(model, zoo, input, Closeness.LIMIT);
    }

    private static void compare(Executable model, Zoo zoo, Tensor input, double limit) {
        Map<String, Tensor> inputs = Map.of(model.inputs().getFirst().name(), input);
        Closeness.assertClose(model.call(inputs), Models.oracle(zoo).call(inputs), limit);
    }

    /** A map that differs in its last digits may move a corner by a pixel of the map. */
    private static void assertSame(TextBox actual, TextBox expected) {
        assertThat(actual.outline().getBounds2D())
                .usingRecursiveComparison()
                .withComparatorForType((a, b) -> Math.abs(a - b) <= 3 ? 0 : 1, Double.class)
                .isEqualTo(expected.outline().getBounds2D());
    }
}
