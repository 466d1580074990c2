/** Texts to vectors, scores and labels. */
module dev.lathe.text {
    requires transitive dev.lathe;
    requires transitive dev.lathe.tokenizers;
    requires static org.jspecify;

    exports dev.lathe.text;
}
