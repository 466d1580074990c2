package dev.lathe.runtime;

/** The twin of {@link VectorFma}. */
final class ScalarFma implements FmaPeak.Kernel {
    @Override
    public int flopsPerRound() {
        return 2 * 8;
    }

    @Override
    public float run(int rounds) {
        float m = 0.5f;
        float a0 = 0;
        float a1 = 1;
        float a2 = 2;
        float a3 = 3;
        float a4 = 4;
        float a5 = 5;
        float a6 = 6;
        float a7 = 7;
        for (int i = 0; i < rounds; i++) {
            a0 = Math.fma(a0, m, m);
            a1 = Math.fma(a1, m, m);
            a2 = Math.fma(a2, m, m);
            a3 = Math.fma(a3, m, m);
            a4 = Math.fma(a4, m, m);
            a5 = Math.fma(a5, m, m);
            a6 = Math.fma(a6, m, m);
            a7 = Math.fma(a7, m, m);
        }
        return a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
    }
}
