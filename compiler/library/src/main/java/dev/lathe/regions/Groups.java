package dev.lathe.regions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Nodes of a directed graph that must stay together, with all that lies on a way from one to another, without which
 * what is left would have a cycle: the strongly connected components of the graph with an edge both ways for each pair
 * (Tarjan: Depth-first search and linear graph algorithms, 1972).
 */
final class Groups {
    private final List<List<Integer>> needs;
    private final int[] found;
    private final int[] lowest;
    private final int[] group;
    private final Deque<Integer> open = new ArrayDeque<>();
    private int visited;
    private int groups;

    private Groups(List<List<Integer>> needs) {
        this.needs = needs;
        this.found = new int[needs.size()];
        this.lowest = new int[needs.size()];
        this.group = new int[needs.size()];
        Arrays.fill(group, -1);
    }

    /**
     * The number of the group of each node; a group has a greater number than those that it needs.
     *
     * @param needs the nodes that each node needs
     * @param together pairs of nodes of one group
     */
    static int[] of(List<List<Integer>> needs, List<int[]> together) {
        List<List<Integer>> edges = new ArrayList<>();
        needs.forEach(n -> edges.add(new ArrayList<>(n)));
        for (int[] pair : together) {
            edges.get(pair[0]).add(pair[1]);
            edges.get(pair[1]).add(pair[0]);
        }
        Groups groups = new Groups(edges);
        for (int i = 0; i < needs.size(); i++) {
            if (groups.found[i] == 0) {
                groups.visit(i);
            }
        }
        return groups.group;
    }

    /** A node of the way that is being walked, and which of its edges is next. */
    private static final class Visit {
        private final int node;
        private int next;

        Visit(int node) {
            this.node = node;
        }
    }

    /** Without recursion, since graphs are thousands of nodes deep. */
    private void visit(int start) {
        Deque<Visit> way = new ArrayDeque<>();
        way.push(begin(start));
        while (!way.isEmpty()) {
            Visit v = way.element();
            if (v.next < needs.get(v.node).size()) {
                int to = needs.get(v.node).get(v.next++);
                if (found[to] == 0) {
                    way.push(begin(to));
                } else if (group[to] < 0) {
                    lowest[v.node] = Math.min(lowest[v.node], found[to]);
                }
                continue;
            }
            way.pop();
            if (!way.isEmpty()) {
                int from = way.element().node;
                lowest[from] = Math.min(lowest[from], lowest[v.node]);
            }
            if (lowest[v.node] == found[v.node]) {
                close(v.node);
            }
        }
    }

    private Visit begin(int node) {
        found[node] = ++visited;
        lowest[node] = visited;
        open.push(node);
        return new Visit(node);
    }

    private void close(int root) {
        int node;
        do {
            node = open.pop();
            group[node] = groups;
        } while (node != root);
        groups++;
    }
}
