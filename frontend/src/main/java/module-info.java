/** Reads ONNX and IR text into graphs, and writes them. How it does is its own. */
module dev.lathe.frontend {
    requires transitive dev.lathe.ir;
    requires com.google.protobuf;
    requires dev.lathe.grammar;
    requires org.antlr.antlr4.runtime;
    requires static org.jspecify;

    exports dev.lathe.frontend.onnx;
    exports dev.lathe.frontend.text;
}
