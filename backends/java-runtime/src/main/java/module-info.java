/** What compiled models run on. Without the Vector API they run too, slower. */
module dev.lathe.runtime {
    requires transitive dev.lathe.ir;
    requires java.desktop;
    requires java.management;
    requires jdk.management;
    requires re2j;
    requires static jdk.incubator.vector;
    requires static org.jspecify;

    exports dev.lathe.runtime;
    exports dev.lathe.runtime.input;

    provides dev.lathe.ir.eval.PatternEngine with
            dev.lathe.runtime.Re2PatternEngine;
}
