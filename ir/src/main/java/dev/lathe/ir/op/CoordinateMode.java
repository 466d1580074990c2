package dev.lathe.ir.op;

/** How {@link Resize} maps a result's coordinate to the input's. ONNX Resize {@code coordinate_transformation_mode}. */
public enum CoordinateMode {
    HALF_PIXEL,
    HALF_PIXEL_SYMMETRIC,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    ASYMMETRIC,
    TF_HALF_PIXEL_FOR_NN,
    TF_CROP_AND_RESIZE;
}
