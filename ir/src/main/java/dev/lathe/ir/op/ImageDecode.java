package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ImageEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The image in the bytes {@code x}, u8 {@code [height, width, channels]}; of size 0 if they hold none that a reader
 * of {@link javax.imageio.ImageIO} knows: JPEG, PNG, BMP, TIFF and GIF, and more with readers on the class path. Height
 * and width are symbols. ONNX ImageDecoder.
 */
public record ImageDecode(Value x, PixelFormat format, Dim height, Dim width) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.U8).rank(x, 1);
        check.that(
                height.isSymbol() && width.isSymbol() && !height.equals(width),
                "height and width must be two symbols, not %s and %s",
                height,
                width);
        return check.one(ElementType.U8, Shape.of(height, width, Dim.of(format.channels())));
    }

    @Override
    public List<String> binds() {
        return List.of(height.symbolName(), width.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ImageEvaluation.decode(e.tensor(x), format));
    }
}
