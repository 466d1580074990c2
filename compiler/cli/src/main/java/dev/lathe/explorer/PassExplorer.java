package dev.lathe.explorer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.Pipeline;
import dev.lathe.runtime.input.SymbolSizes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records what passes do, for one page that shows it: a column for the graph at the start and for each pass that
 * changed it, in which a value can be followed from column to column, as text and as a drawing. The page needs nothing
 * else, so that it can be sent to somebody.
 */
public final class PassExplorer implements PassListener {
    private static final String TEMPLATE = "pass-explorer.html";
    private static final String PLACE = "\"@@DATA@@\"";
    /** What the page holds besides, where it is named so in a comment. */
    private static final List<String> SCRIPTS = List.of("graph-layout.js", "graph-view.js");
    /** A value in IR text. */
    private static final Pattern TOKEN = Pattern.compile("%(?:\"(?:[^\"\\\\]|\\\\.)*\"|[A-Za-z0-9_.$]+)");

    /**
     * A pass that ran.
     *
     * @param column the column with its result; -1 if it changed nothing
     */
    record Step(String pass, String what, double millis, int column) {}

    /**
     * A graph.
     *
     * @param names the values' keys by their names in this column; a key stays the same from column to column
     * @param rules how often each rule of the pass was applied
     * @param flops operations of all its nodes
     * @param bytes that its nodes read and write
     */
    record Column(
            String title,
            int nodes,
            List<Row> rows,
            Map<String, Integer> names,
            Map<String, Integer> rules,
            double flops,
            double bytes) {}

    /**
     * A line of IR text.
     *
     * @param depth how deep it is indented
     * @param at where the node comes from; empty for a line without one
     * @param origins the source nodes, by number
     * @param op the mnemonic of the node; empty for a line without one
     * @param flops operations of the node
     * @param bytes that the node reads and writes
     * @param path the groups around it in a drawing, from the outermost
     */
    record Row(
            int depth,
            String text,
            String at,
            List<Integer> origins,
            String op,
            double flops,
            double bytes,
            List<String> path) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<Column> columns = new ArrayList<>();
    private final Map<Value, Integer> keys = new IdentityHashMap<>();
    private final Map<String, Integer> origins = new HashMap<>();
    private Map<String, Integer> keysByHint = Map.of();
    private Map<String, Integer> rules = new TreeMap<>();
    private final Map<String, Shape> shapes;
    private @Nullable SymbolSizes sizes;
    private int nextKey;

    /** {@code shapes} are of inputs, for the costs of nodes; other sizes are assumed as {@link SymbolSizes} says. */
    public PassExplorer(Map<String, Shape> shapes) {
        this.shapes = shapes;
    }

    @Override
    public void beforePipeline(Graph graph, Pipeline pipeline) {
        if (columns.isEmpty()) {
            sizes = SymbolSizes.of(graph.inputPorts(), Map.of(), shapes);
            columns.add(column("as read", graph));
        }
    }

    @Override
    public void beforePass(int index, Pass pass, Graph graph) {
        rules = new TreeMap<>();
    }

    @Override
    public void ruleApplied(Pass pass, String rule, Node node) {
        rules.merge(rule, 1, Integer::sum);
    }

    @Override
    public void afterPass(PassRun run) {
        steps.add(new Step(
                run.pass().name(), run.pass().description(), run.nanos() / 1e6, run.changed() ? columns.size() : -1));
        if (run.changed()) {
            columns.add(column(run.pass().name(), run.after()));
        }
    }

    /** The page, with {@code title} on it. */
    public String page(String title) {
        String data;
        try {
            data = new ObjectMapper()
                    .writeValueAsString(Map.of("title", title, "sizes", sizeText(), "steps", steps, "columns", columns))
                    .replace("<", "\\u003c")
                    .replace("\u2028", "\\u2028")
                    .replace("\u2029", "\\u2029");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("columns always have a JSON form", e);
        }
        return template().replace(PLACE, data);
    }

    /** The sizes that costs are for, as text; empty where the model leaves none open. */
    private String sizeText() {
        return sizes == null ? "" : sizes.toString();
    }

    private static String template() {
        String page = resource(TEMPLATE);
        for (String script : SCRIPTS) {
            page = page.replace("/* @@" + script + "@@ */", resource(script));
        }
        return page;
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(PassExplorer.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Column column(String title, Graph graph) {
        Map<Integer, Node> nodes = new HashMap<>();
        Printer.Listing listing = Printer.listing(graph);
        List<Node> all = graph.allNodes();
        for (int i = 0; i < all.size(); i++) {
            nodes.put(listing.lines().get(i) - 1, all.get(i));
        }
        GraphCost cost = new GraphCost(s -> sizes == null ? 1 : sizes.size(s));
        NodeGroups groups = new NodeGroups(graph);
        Keys own = new Keys();
        List<Row> rows = new ArrayList<>();
        String[] lines = listing.text().split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String text = lines[i].strip();
            int depth = (lines[i].length() - lines[i].stripLeading().length()) / 2;
            Node node = nodes.get(i);
            if (i == 0) {
                own.name(text, graph.inputs());
            }
            if (node == null) {
                rows.add(new Row(depth, text, "", List.of(), "", 0, 0, List.of()));
                continue;
            }
            own.name(text, node.results());
            String at = node.location().toString();
            String bare = !at.isEmpty() && text.endsWith(" at " + at)
                    ? text.substring(0, text.length() - at.length() - 4)
                    : text;
            rows.add(new Row(
                    depth,
                    bare,
                    at,
                    node.location().origins().stream()
                            .map(o -> origins.computeIfAbsent(o.name(), _ -> origins.size()))
                            .toList(),
                    node.op().mnemonic(),
                    finite(cost.flops(node.op())),
                    finite(cost.trafficBytes(node)),
                    groups.of(node)));
        }
        keysByHint = own.byHint;
        double traffic = graph.nodes().stream().mapToDouble(cost::trafficBytes).sum();
        return new Column(title, all.size(), rows, own.byToken, rules, finite(cost.flops(graph)), finite(traffic));
    }

    /** More than can be counted has no form in JSON. */
    private static double finite(double x) {
        return Double.isFinite(x) ? x : Double.MAX_VALUE;
    }

    /** The keys of the values of one column. */
    private final class Keys {
        private final Map<String, Integer> byToken = new HashMap<>();
        private final Map<String, Integer> byHint = new HashMap<>();
        private final Set<Integer> taken = new HashSet<>();

        /** Gives keys to the values whose names are the first ones in {@code text}. */
        void name(String text, List<Value> values) {
            Matcher matcher = TOKEN.matcher(text);
            for (Value v : values) {
                if (!matcher.find()) {
                    return;
                }
                int key = key(v);
                taken.add(key);
                byToken.put(matcher.group(), key);
                if (!v.name().isEmpty()) {
                    byHint.putIfAbsent(v.name(), key);
                }
            }
        }

        /** The key of the same value, or of the one with its name, in the column before; else a new one. */
        private int key(Value v) {
            Integer known = keys.get(v);
            if (known == null) {
                Integer named = v.name().isEmpty() ? null : keysByHint.get(v.name());
                known = named != null && !taken.contains(named) ? named : Integer.valueOf(nextKey++);
                keys.put(v, known);
            }
            return known;
        }
    }
}
