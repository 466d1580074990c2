package dev.lathe.spark;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;

/** What is wrong with a row. */
final class SparkProblem {
    private SparkProblem() {}

    static LatheException missing(String column) {
        return new LatheException(Diagnostic.error(
                "spark.null", "column " + column + " is null", "drop rows without it, or give them a value"));
    }

    static LatheException wrong(String column, String what, String needed) {
        return new LatheException(
                Diagnostic.error("spark.value", "column " + column + " " + what, "give the model " + needed));
    }
}
