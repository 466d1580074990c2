/** The library: compiles models inside a service, and opens compiled ones. */
module dev.lathe {
    requires transitive dev.lathe.backend;
    requires transitive dev.lathe.backend.java;
    requires transitive dev.lathe.frontend;
    requires transitive dev.lathe.tokenizers;
    requires java.management;
    requires jdk.management;
    requires static org.jspecify;

    exports dev.lathe;
    exports dev.lathe.compress;
    exports dev.lathe.data;
    exports dev.lathe.debug;
    exports dev.lathe.input;
    exports dev.lathe.profile;
    exports dev.lathe.report;
    exports dev.lathe.verify;
}
