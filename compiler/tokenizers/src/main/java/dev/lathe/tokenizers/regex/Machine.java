package dev.lathe.tokenizers.regex;

import dev.lathe.tokenizers.json.Config;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program over a text, by backtracking. Once a run has taken many steps, it remembers at which steps and places
 * it has been: what failed there once fails there always, so that no run takes more than steps times places.
 */
final class Machine {
    private static final int UNREMEMBERED = 2_000;
    private static final int MOST_REMEMBERED = 4_000_000;

    private final char[] text;
    private final int start;
    private final int end;
    private long budget;
    private int[] stack = new int[48];
    private int depth;

    Machine(char[] text, int start, int end) {
        this.text = text;
        this.start = start;
        this.end = end;
        this.budget = 10_000_000L + 1_000L * (end - start);
    }

    /** Where the match that starts at {@code from} ends; -1 if there is none. */
    int run(Program program, int from) {
        int floor = depth;
        int result = search(program, from, floor);
        depth = floor;
        return result;
    }

    private void spend(int steps) {
        budget -= steps;
        if (budget < 0) {
            throw Config.refusedText(
                    "a pattern of the tokenizer takes too long on a text of " + (end - start) + " characters",
                    "cut the text into shorter ones");
        }
    }

    private int search(Program program, int from, int floor) {
        int at = from;
        int step = 0;
        int steps = 0;
        Set<Long> visited = program.mayRepeatNothing() ? new HashSet<>() : null;
        while (true) {
            if (++steps == UNREMEMBERED) {
                spend(steps);
                steps = 0;
                if (visited == null) {
                    visited = new HashSet<>();
                }
            }
            boolean failed = false;
            switch (program.operation[step]) {
                case Program.SET -> {
                    int c = at < end ? codePoint(at) : -1;
                    if (c >= 0 && program.sets.get(program.x[step]).contains(c)) {
                        at += Character.charCount(c);
                        step++;
                    } else {
                        failed = true;
                    }
                }
                case Program.JUMP -> step = program.x[step];
                case Program.SPLIT -> {
                    int needed = program.z[step];
                    if (needed >= 0 && !(at < end && program.sets.get(needed).contains(codePoint(at)))) {
                        step = program.y[step];
                    } else if (isNew(visited, step, at)) {
                        push(program.y[step], at, at);
                        step = program.x[step];
                    } else {
                        failed = true;
                    }
                }
                case Program.LOOP, Program.POSSESSIVE_LOOP -> {
                    boolean gives = program.operation[step] == Program.LOOP;
                    if (gives && !isNew(visited, step, at)) {
                        failed = true;
                        break;
                    }
                    CodePointSet set = program.sets.get(program.x[step]);
                    int least = program.y[step];
                    int most = program.z[step];
                    int taken = 0;
                    int enough = at;
                    while (taken < most && at < end) {
                        int c = codePoint(at);
                        if (!set.contains(c)) {
                            break;
                        }
                        at += Character.charCount(c);
                        taken++;
                        if (taken == least) {
                            enough = at;
                        }
                    }
                    if (taken > UNREMEMBERED) {
                        spend(taken);
                    }
                    step++;
                    if (taken < least) {
                        failed = true;
                    } else if (gives && at > enough) {
                        push(step, at, enough);
                    }
                }
                case Program.ASSERT -> {
                    if (isAt(program.places.get(program.x[step]), at)) {
                        step++;
                    } else {
                        failed = true;
                    }
                }
                case Program.LOOK -> {
                    boolean found = run(program.programs.get(program.x[step]), at) >= 0;
                    failed = found == (program.y[step] == 1);
                    step++;
                }
                case Program.LOOK_BEHIND -> {
                    int before = back(at, program.z[step]);
                    boolean found = before >= 0 && run(program.programs.get(program.x[step]), before) == at;
                    failed = found == (program.y[step] == 1);
                    step++;
                }
                case Program.ATOMIC -> {
                    int after = run(program.programs.get(program.x[step]), at);
                    failed = after < 0;
                    at = after;
                    step++;
                }
                default -> {
                    spend(steps);
                    return at;
                }
            }
            if (failed) {
                if (depth == floor) {
                    spend(steps);
                    return -1;
                }
                // The last choice: where to go on, at which place, and the earliest place that is left to try.
                step = stack[depth - 3];
                at = stack[depth - 2];
                int earliest = stack[depth - 1];
                if (at > earliest) {
                    at -= at - 2 >= earliest && Character.isLowSurrogate(text[at - 1]) ? 2 : 1;
                    stack[depth - 2] = at;
                    if (at == earliest) {
                        depth -= 3;
                    }
                } else {
                    depth -= 3;
                }
            }
        }
    }

    private boolean isNew(@Nullable Set<Long> visited, int step, int at) {
        if (visited == null) {
            return true;
        }
        if (visited.size() > MOST_REMEMBERED) {
            spend(Integer.MAX_VALUE);
        }
        return visited.add((long) step << 32 | at);
    }

    private void push(int step, int at, int earliest) {
        if (depth + 3 > stack.length) {
            stack = Arrays.copyOf(stack, Math.multiplyExact(2, stack.length));
        }
        stack[depth++] = step;
        stack[depth++] = at;
        stack[depth++] = earliest;
    }

    private int codePoint(int at) {
        char c = text[at];
        return Character.isHighSurrogate(c) && at + 1 < end ? Character.toCodePoint(c, text[at + 1]) : c;
    }

    private int back(int at, int characters) {
        int place = at;
        for (int i = 0; i < characters; i++) {
            if (place <= start) {
                return -1;
            }
            place -= Character.isLowSurrogate(text[place - 1]) && place - 1 > start ? 2 : 1;
        }
        return place;
    }

    private boolean isAt(Node.Place place, int at) {
        return switch (place) {
            case TEXT_START -> at == start;
            case TEXT_END -> at == end;
            case TEXT_END_OR_LAST_NEWLINE -> at == end || at == end - 1 && text[at] == '\n';
            case LINE_START -> at == start || text[at - 1] == '\n' && at < end;
            case LINE_END -> at == end || text[at] == '\n';
            case WORD_BOUNDARY -> isWord(back(at, 1)) != isWord(at < end ? at : -1);
            case NO_WORD_BOUNDARY -> isWord(back(at, 1)) == isWord(at < end ? at : -1);
        };
    }

    private boolean isWord(int at) {
        return at >= 0 && Properties.isWord(codePoint(at));
    }
}
