package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.ir.tensor.Tensor;

/**
 * Unsigned integers of 64 bits, as the INT64 of the same bits. Sums, differences and products are those of INT64; what
 * differs is here.
 */
final class UnsignedLongs {
    private static final double LEAST = -0x1p63;

    private final Net net;

    UnsignedLongs(Net net) {
        this.net = net;
    }

    private NetworkTensor isHigh(NetworkTensor x) {
        return net.binary(ElementWiseOperation.LESS, x, net.like(x, 0));
    }

    /** Moved by half of the range, numbers have the order of their bits. */
    private NetworkTensor moved(NetworkTensor x) {
        return net.sum(x, net.like(x, LEAST));
    }

    NetworkTensor compare(ElementWiseOperation order, NetworkTensor x, NetworkTensor y) {
        return net.binary(order, moved(x), moved(y));
    }

    NetworkTensor least(NetworkTensor x, NetworkTensor y) {
        return net.select(compare(ElementWiseOperation.LESS, x, y), x, y);
    }

    NetworkTensor greatest(NetworkTensor x, NetworkTensor y) {
        return net.select(compare(ElementWiseOperation.LESS, x, y), y, x);
    }

    private NetworkTensor half(NetworkTensor x) {
        NetworkTensor floor = net.floorDivision(x, net.like(x, 2));
        return net.select(isHigh(x), moved(floor), floor);
    }

    /** Of half the dividend, which is not negative; twice that quotient is right or one too small. */
    NetworkTensor quotient(NetworkTensor x, NetworkTensor y) {
        NetworkTensor one = net.like(y, 1);
        NetworkTensor low = net.select(isHigh(y), one, y);
        NetworkTensor halved = net.binary(ElementWiseOperation.DIV, half(x), low);
        NetworkTensor twice = net.sum(halved, halved);
        NetworkTensor rest = net.difference(x, net.product(twice, low));
        NetworkTensor exact =
                net.select(compare(ElementWiseOperation.LESS, rest, low), twice, net.sum(twice, net.like(twice, 1)));
        NetworkTensor once =
                net.select(compare(ElementWiseOperation.LESS, x, y), net.like(exact, 0), net.like(exact, 1));
        return net.select(isHigh(y), once, exact);
    }

    NetworkTensor remainder(NetworkTensor x, NetworkTensor y) {
        return net.difference(x, net.product(quotient(x, y), y));
    }

    /**
     * What shifting to the right with the sign gives, without the copies of the sign.
     *
     * @param shifted {@code x} shifted with its sign
     * @param amount from 0 to 64
     */
    NetworkTensor withoutSign(NetworkTensor x, NetworkTensor shifted, NetworkTensor amount) {
        long[] copies = new long[Long.SIZE + 1];
        for (int i = 1; i < copies.length; i++) {
            copies[i] = 1L << (Long.SIZE - i);
        }
        NetworkTensor back = net.gather(net.constant(Tensor.vector(copies)), amount, 0);
        return net.select(isHigh(x), net.sum(shifted, back), shifted);
    }

    /** Halves, whose lowest bit stands for those that are lost, are rounded and doubled. */
    NetworkTensor floats(NetworkTensor x, DataType to) {
        NetworkTensor half = half(x);
        NetworkTensor two = net.like(x, 2);
        NetworkTensor bit = net.modulo(half, two);
        NetworkTensor lost = net.modulo(x, two);
        NetworkTensor sticky = net.sum(half, net.product(lost, net.difference(net.like(bit, 1), bit)));
        NetworkTensor rounded = net.cast(sticky, to);
        return net.select(isHigh(x), net.sum(rounded, rounded), net.cast(x, to));
    }
}
