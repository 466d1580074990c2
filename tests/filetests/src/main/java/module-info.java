/** Runs tests of passes that are text files. */
module dev.lathe.filetests {
    requires transitive dev.lathe;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;
    requires static org.jspecify;

    exports dev.lathe.filetests;
}
