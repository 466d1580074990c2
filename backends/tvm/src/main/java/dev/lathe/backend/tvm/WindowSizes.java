package dev.lathe.backend.tvm;

import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Shape;

/** The sizes of images {@code [N, H, W, C]} before and after, and how many zeros are before their pixels. */
record WindowSizes(Expr height, Expr width, Expr channels, Expr outHeight, Expr outWidth, Expr top, Expr left) {
    static WindowSizes of(Code code, Shape in, Shape out, Window2d w) {
        return new WindowSizes(
                code.size("height", in.dim(1)),
                code.size("width", in.dim(2)),
                code.size("channels", in.dim(3)),
                code.size("out_height", out.dim(1)),
                code.size("out_width", out.dim(2)),
                code.size("pad_top", w.pad(0)),
                code.size("pad_left", w.pad(1)));
    }
}
