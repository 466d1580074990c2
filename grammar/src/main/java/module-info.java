/**
 * The parsers of ONNX and of IR text, as they are generated. They are for the frontend alone; protobuf looks at the
 * messages by reflection.
 */
module dev.lathe.grammar {
    requires com.google.protobuf;
    requires org.antlr.antlr4.runtime;

    exports dev.lathe.grammar to
            dev.lathe.frontend;
    exports dev.lathe.grammar.onnx to
            dev.lathe.frontend,
            com.google.protobuf;
}
