package dev.lathe.backend.tvm;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** The batches of products, which broadcast. */
final class Batches {
    private record Axis(Expr size, Expr x, Expr z) {}

    private final Code code;
    private final List<Axis> axes = new ArrayList<>();

    Batches(Code code, Shape x, Shape z, Shape out) {
        this.code = code;
        int batch = out.rank() - 2;
        for (int k = 0; k < batch; k++) {
            axes.add(new Axis(
                    code.size("d", out.dim(k)),
                    code.size("x_many", aligned(x, k - batch)),
                    code.size("z_many", aligned(z, k - batch))));
        }
    }

    /** The size of an axis, counted from behind the batches. */
    private static Dim aligned(Shape shape, int fromEnd) {
        int own = shape.rank() - 2 + fromEnd;
        return own < 0 ? Dim.ONE : shape.dim(own);
    }

    /** The matrices of two operands for the number of a batch. */
    Expr[] of(Expr batch) {
        Expr rest = batch;
        Expr x = Expr.of(0);
        Expr z = Expr.of(0);
        Expr xMany = Expr.of(1);
        Expr zMany = Expr.of(1);
        for (Axis a : axes.reversed()) {
            Expr c = code.let("c", rest.mod(a.size));
            rest = code.let("rest", rest.over(a.size));
            x = x.plus(own(a.x, c).times(xMany));
            z = z.plus(own(a.z, c).times(zMany));
            xMany = xMany.times(a.x);
            zMany = zMany.times(a.z);
        }
        return new Expr[] {code.let("x_batch", x), code.let("z_batch", z)};
    }

    private static Expr own(Expr many, Expr c) {
        if (many instanceof Expr.Int(Dtype _, long n)) {
            return n == 1 ? Expr.of(0) : c;
        }
        return many.equalTo(1).select(Expr.of(0), c);
    }
}
