package dev.lathe.backend.java;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A generated class as its fields and methods. Where these are more than one class file holds, it becomes a chain of
 * classes, each the superclass of the next: first those with the fields, then those with the methods, each method
 * after those that it calls, and last the class itself. So every name is in reach where it is used, and the text of
 * fields and methods is the same in a chain.
 */
final class ClassSource {
    /** Entries of the constant pool of a class, without those that every class has. */
    private static final int MOST_CONSTANTS = 60_000;
    /** Characters of a class, of which javac then needs no more memory and time than it must. */
    private static final int LONGEST = 4 << 20;
    /** Constants that a field counts as, at least, if it starts with something: that is part of one constructor. */
    private static final int STARTED_FIELD = 15;
    /** Comments, string literals, numbers, and names with the names that follow behind dots. */
    private static final Pattern TOKEN = Pattern.compile(
            "//[^\\n]*|/\\*.*?\\*/|\"(?:[^\"\\\\]|\\\\.)*+\"|\\d[\\w.]*(?:(?<=E)-\\w+)?|[a-zA-Z_]\\w*(?:\\.\\w+)*",
            Pattern.DOTALL);
    /** A number that is part of the code. */
    private static final Pattern SMALL = Pattern.compile("\\d{1,4}");

    private final Base base;
    private final String name;
    private final Set<String> generated;
    private final List<Field> fields = new ArrayList<>();
    /** The types of those fields whose types are generated too. */
    private final Map<String, String> generatedTypes = new HashMap<>();

    private final List<Member> members = new ArrayList<>();

    /**
     * What the class extends, and the text around its members.
     *
     * @param head the package and the imports
     * @param comment the Javadoc
     * @param modifiers those of the class
     * @param type the class that it extends
     * @param parameters those of the constructor of {@code type}
     */
    record Base(String head, String comment, String modifiers, String type, String parameters) {
        /** The names of the parameters. */
        String arguments() {
            return List.of(parameters.split(", ")).stream()
                    .map(p -> p.substring(p.lastIndexOf(' ') + 1))
                    .collect(Collectors.joining(", "));
        }
    }

    private record Field(String comment, String modifiers, String declaration) {
        String text(boolean isShared) {
            return comment + "    " + (isShared ? "" : modifiers) + declaration + "\n";
        }
    }

    /** Text of the class itself, or methods that may be in a superclass. */
    private sealed interface Member {
        /** What stays in the class. */
        record Own(String text) implements Member {}

        /** Methods in the order in which one class has them, and each after those that it calls. */
        record Methods(List<String> order, List<String> calledFirst) implements Member {}
    }

    /** {@code generated} are the names of other generated classes, which fields may have as types. */
    ClassSource(Base base, String name, Set<String> generated) {
        this.base = base;
        this.name = name;
        this.generated = generated;
    }

    /**
     * Adds a field.
     *
     * @param comment lines before it, or nothing
     * @param modifiers what one class alone gives it
     * @param declaration its type, its name and what it starts with, to the end of the line
     */
    void field(String comment, String modifiers, String declaration) {
        fields.add(new Field(comment, modifiers, declaration));
        String[] words = declaration.split("[ ;]", 3);
        if (generated.contains(words[0])) {
            generatedTypes.put(words[1], words[0]);
        }
    }

    /** Adds text that stays in the class itself. */
    void own(CharSequence text) {
        members.add(new Member.Own(text.toString()));
    }

    /** Adds the methods of a routine. */
    void routine(Routine routine) {
        List<String> methods = routine.methods();
        methods(methods, methods);
    }

    /** Adds a method and the routine that it calls. */
    void method(String method, Routine routine) {
        List<String> order = new ArrayList<>(List.of(method));
        order.addAll(routine.methods());
        List<String> calledFirst = new ArrayList<>(routine.methods());
        calledFirst.add(method);
        methods(order, calledFirst);
    }

    /**
     * Adds methods, whose texts have no access modifiers.
     *
     * @param order the order in which one class has them
     * @param calledFirst the same methods, each after those that it calls
     */
    void methods(List<String> order, List<String> calledFirst) {
        members.add(new Member.Methods(order, calledFirst));
    }

    /** The class or the classes by name. */
    Map<String, String> write() {
        List<List<String>> layers = layers();
        Map<String, String> classes = new LinkedHashMap<>();
        if (layers.isEmpty()) {
            classes.put(name, whole());
            return classes;
        }
        String below = base.type;
        for (List<String> layer : layers) {
            String own = name + (classes.size() + 1);
            classes.put(own, layer(own, below, layer));
            below = own;
        }
        StringBuilder s = opening(below);
        for (Member m : members) {
            if (m instanceof Member.Own(String text)) {
                s.append(text);
            }
        }
        classes.put(name, s.append("}\n").toString());
        return classes;
    }

    private StringBuilder opening(String extended) {
        return new StringBuilder(base.head)
                .append(base.comment)
                .append(base.modifiers)
                .append(" class ")
                .append(name)
                .append(" extends ")
                .append(extended)
                .append(" {\n");
    }

    private String whole() {
        StringBuilder s = opening(base.type);
        fields.forEach(f -> s.append(f.text(false)));
        for (Member m : members) {
            switch (m) {
                case Member.Own(String text) -> s.append(text);
                case Member.Methods(List<String> order, List<String> _) ->
                    order.forEach(text -> s.append("\n    private ").append(text));
            }
        }
        return s.append("}\n").toString();
    }

    private String layer(String own, String below, List<String> texts) {
        StringBuilder s = new StringBuilder(base.head)
                .append("/** A part of {@link ")
                .append(name)
                .append("}. */\nabstract class ")
                .append(own)
                .append(" extends ")
                .append(below)
                .append(" {\n    ")
                .append(own)
                .append("(")
                .append(base.parameters)
                .append(") {\n        super(")
                .append(base.arguments())
                .append(");\n    }\n\n");
        texts.forEach(s::append);
        return s.append("}\n").toString();
    }

    /** What the superclasses hold; nothing if one class holds all. */
    private List<List<String>> layers() {
        Layers all = new Layers();
        fields.forEach(f -> all.add(f.text(true), f.declaration.contains(" = ") ? STARTED_FIELD : 0));
        for (Member m : members) {
            switch (m) {
                case Member.Own(String text) -> all.note(text);
                case Member.Methods(List<String> _, List<String> calledFirst) ->
                    calledFirst.forEach(text -> all.add("\n    " + text, 0));
            }
        }
        return all.whole.isOne() ? List.of() : all.layers;
    }

    /** Fills one class after the other. */
    private final class Layers {
        final List<List<String>> layers = new ArrayList<>();
        private final Size whole = new Size();
        private Size last = new Size();

        /** Counts what stays in the class itself. */
        void note(String text) {
            whole.add(text, tokens(text), 0);
        }

        void add(String text, int least) {
            Set<String> tokens = tokens(text);
            whole.add(text, tokens, least);
            last.add(text, tokens, least);
            if (layers.isEmpty() || !last.isOne()) {
                last = new Size();
                last.add(text, tokens, least);
                layers.add(new ArrayList<>());
            }
            layers.getLast().add(text);
        }
    }

    private static Set<String> tokens(String text) {
        Set<String> tokens = new LinkedHashSet<>();
        Matcher m = TOKEN.matcher(text);
        while (m.find()) {
            if (text.charAt(m.start()) != '/') {
                tokens.add(m.group());
            }
        }
        return tokens;
    }

    /** How large a class becomes: its length, and the entries of its constant pool, counted rather too high. */
    private final class Size {
        private final Set<String> seen = new HashSet<>();
        private int count;
        private long length;

        /** Whether one class holds all that was added. */
        boolean isOne() {
            return count <= MOST_CONSTANTS && length <= LONGEST;
        }

        void add(String text, Set<String> tokens, int least) {
            length += text.length();
            int before = count;
            for (String token : tokens) {
                if (seen.add(token)) {
                    char first = token.charAt(0);
                    if (first == '"' || Character.isDigit(first)) {
                        count += first != '"' && SMALL.matcher(token).matches() ? 0 : 2;
                    } else {
                        names(token);
                    }
                }
            }
            count = Math.max(count, before + least);
        }

        private void names(String token) {
            String[] names = token.split("\\.");
            count += names.length - 1; // what belongs to another class
            for (String n : names) {
                if (names.length == 1 || seen.add(n)) {
                    count += 3; // its text, its name and type, and the reference
                }
                String type = generatedTypes.get(n);
                if (type != null && seen.add("class " + type)) {
                    count += 15; // the class, and the methods that a step calls by no name seen elsewhere
                }
            }
        }
    }
}
