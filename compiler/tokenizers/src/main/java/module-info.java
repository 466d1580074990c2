/** Tokenizers: text to the ids that models take, and back. */
module dev.lathe.tokenizers {
    requires transitive dev.lathe.ir;
    requires static org.jspecify;

    exports dev.lathe.tokenizers;
    exports dev.lathe.tokenizers.json;
}
