package dev.lathe.ir.op;

/** The channels of a decoded image. */
public enum PixelFormat {
    RGB(3),
    BGR(3),
    GRAYSCALE(1);

    private final int channels;

    PixelFormat(int channels) {
        this.channels = channels;
    }

    public int channels() {
        return channels;
    }
}
