package dev.lathe.passes.quantize;

/** Which of the numbers that a few bits can say a weight becomes. */
public enum Rounding {
    /** The nearest one; no data are needed. */
    NEAREST,
    /**
     * One weight of a column after the other, those first that meet the largest numbers; what rounding one changes is
     * made good by those that follow, as far as the data have them go together (GPTQ, <a
     * href="https://arxiv.org/abs/2210.17323">Frantar et al. 2022</a>).
     */
    GPTQ,
    /**
     * Up or down, whichever changes the layer's results on data less, one weight after the other until no change is
     * an improvement: the problem of AdaRound (<a href="https://arxiv.org/abs/2004.10568">Nagel et al. 2020</a>),
     * solved by coordinate descent.
     */
    ADAROUND
}
