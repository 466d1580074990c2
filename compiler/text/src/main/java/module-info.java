/** Texts to vectors, scores and labels. */
module dev.lathe.text {
    requires transitive dev.lathe;
    requires transitive dev.lathe.tokenizers;
    requires static transitive org.jspecify;

    exports dev.lathe.text;
}
