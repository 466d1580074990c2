package dev.lathe.maven;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.Optional;

/**
 * What is wrong with a model or an option, as the compiler told it.
 *
 * @param severity {@code error} or {@code warning}
 * @param code stable and searchable
 * @param location the nodes of the model, or empty
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Problem(String severity, String code, String location, String what, String why, String fix) {

    boolean isError() {
        return !severity.equals("warning");
    }

    /** As the command line prints it. */
    @Override
    public String toString() {
        return severity + "[" + code + "]: " + what
                + part("at", location).orElse("")
                + part("why", why).orElse("")
                + part("fix", fix).orElse("");
    }

    private static Optional<String> part(String name, String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of("\n  " + name + " " + text.replace("\n", "\n      "));
    }
}
