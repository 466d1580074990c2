package dev.lathe.backend.java;

import java.util.ArrayList;
import java.util.List;

/**
 * Statements as methods of a few each, so that these stay below what the JIT compiles and the class file holds.
 *
 * @param result what stands before the names of the methods
 * @param name what the names of the methods start with
 * @param parameter what each method takes, as its type and name, or nothing
 */
record Routine(String result, String name, List<String> statements, String parameter) {
    private static final int PER_METHOD = 50;
    /** Names and numbers of a method, most of which are three bytes of its code or less. */
    private static final int MOST_WORDS = 16_000;
    /** Calls that one method makes. */
    private static final int MOST_CALLS = 1_000;

    Routine(String name, List<String> statements) {
        this(name, statements, "");
    }

    Routine(String name, List<String> statements, String parameter) {
        this("void", name, statements, parameter);
    }

    /** Whether one method holds all statements. */
    boolean isShort() {
        return statements.stream().mapToLong(Routine::words).sum() <= MOST_WORDS;
    }

    /** The statements that call all of it, in order. */
    List<String> calls() {
        List<String> calls = direct();
        return calls.size() <= MOST_CALLS ? calls : outer(calls).calls();
    }

    private List<String> direct() {
        String argument = parameter.substring(parameter.lastIndexOf(' ') + 1);
        List<String> calls = new ArrayList<>();
        int parts = parts().size();
        for (int i = 0; i < parts; i++) {
            calls.add(name(i, parts) + "(" + argument + ");");
        }
        return calls;
    }

    /** The name of a method, numbered where there are several. */
    private String name(int part, int parts) {
        return parts == 1 ? name : name + part;
    }

    /** A routine of the calls, where these are too many for one method. */
    private Routine outer(List<String> calls) {
        return new Routine(result, name + "Calls", calls, parameter);
    }

    /** The methods, each after those that it calls, without access modifiers. */
    List<String> methods() {
        List<String> methods = new ArrayList<>();
        List<List<String>> parts = parts();
        for (int i = 0; i < parts.size(); i++) {
            methods.add(method(result + " " + name(i, parts.size()), parameter, parts.get(i)));
        }
        List<String> calls = direct();
        if (calls.size() > MOST_CALLS) {
            methods.addAll(outer(calls).methods());
        }
        return methods;
    }

    /** A method without access modifiers. */
    static String method(String name, String parameter, List<String> statements) {
        StringBuilder s = new StringBuilder(name + "(" + parameter + ") {\n");
        lines(s, statements);
        return s.append("    }\n").toString();
    }

    /** Statements as lines of a method. */
    static void lines(StringBuilder s, List<String> statements) {
        statements.forEach(line -> s.append("        ").append(line).append("\n"));
    }

    private List<List<String>> parts() {
        List<List<String>> parts = new ArrayList<>();
        int from = 0;
        int words = 0;
        for (int i = 0; i < statements.size(); i++) {
            int own = words(statements.get(i));
            if (i - from == PER_METHOD || (i > from && words + own > MOST_WORDS)) {
                parts.add(statements.subList(from, i));
                from = i;
                words = 0;
            }
            words += own;
        }
        if (from < statements.size()) {
            parts.add(statements.subList(from, statements.size()));
        }
        return parts;
    }

    /** The names and numbers in a statement; a string is several, which is no harm. */
    private static int words(String statement) {
        if (statement.startsWith("//")) {
            return 0;
        }
        int words = 0;
        boolean inside = false;
        for (int i = 0; i < statement.length(); i++) {
            boolean part = Character.isJavaIdentifierPart(statement.charAt(i));
            words += part && !inside ? 1 : 0;
            inside = part;
        }
        return words;
    }
}
