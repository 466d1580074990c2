package dev.lathe.ir;

/** Hears how long the steps of a model take. One call of the model runs at a time then. */
public interface StepTimes {

    /**
     * A step ran.
     *
     * @param step its number; in a loop it runs several times a call
     * @param nanos nanoseconds, without those of the steps inside of it
     */
    void took(int step, long nanos);
}
