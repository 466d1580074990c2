/** The command line: a program, which exports nothing. */
module dev.lathe.cli {
    requires com.fasterxml.jackson.databind;
    requires dev.lathe;
    requires dev.lathe.serve;
    requires dev.lathe.text;
    requires info.picocli;
    requires java.desktop;
    requires java.management;
    requires jdk.management;
    requires static org.jspecify;

    opens dev.lathe.bench to
            com.fasterxml.jackson.databind;
    opens dev.lathe.cli to
            com.fasterxml.jackson.databind,
            info.picocli;
    opens dev.lathe.explorer to
            com.fasterxml.jackson.databind;
}
