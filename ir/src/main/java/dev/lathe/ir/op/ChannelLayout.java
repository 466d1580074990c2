package dev.lathe.ir.op;

/** Where the channel axis of an activation stands. */
public enum ChannelLayout {
    /** {@code [N, C, spatial…]}, as in ONNX. */
    CHANNELS_FIRST,
    /** {@code [N, spatial…, C]}. */
    CHANNELS_LAST;

    /** The channel axis of a tensor of rank {@code rank}. */
    public int channelAxis(int rank) {
        return this == CHANNELS_FIRST ? 1 : rank - 1;
    }

    /** The first spatial axis. */
    public int spatialAxis() {
        return this == CHANNELS_FIRST ? 2 : 1;
    }
}
