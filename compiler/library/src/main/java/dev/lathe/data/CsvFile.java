package dev.lathe.data;

import dev.lathe.compress.Dataset;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A row for each sample. With one input, all columns but that of the label are its numbers; with more, each input has a
 * column of its name. Labels that are no numbers are numbered in the order of the alphabet.
 */
final class CsvFile {
    private final Path file;
    private final List<String> head;
    private final List<List<String>> rows;
    private final int label;

    private CsvFile(Path file, List<List<String>> all, Optional<String> wanted) {
        this.file = file;
        boolean hasHead = !all.isEmpty() && all.getFirst().stream().noneMatch(CsvFile::isNumber);
        this.head = hasHead ? all.getFirst() : List.of();
        this.rows = hasHead ? all.subList(1, all.size()) : all;
        this.label = label(wanted);
        int width = all.isEmpty() ? 0 : all.getFirst().size();
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).size() != width) {
                throw DataReader.bad(
                        at(i) + " has " + rows.get(i).size() + " columns, the first line " + width,
                        "give each line as many columns");
            }
        }
    }

    static Dataset read(Path file, List<Port> ports, Optional<String> label) {
        try {
            List<List<String>> all = new ArrayList<>();
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank()) {
                    all.add(cells(line));
                }
            }
            return new CsvFile(file, all, label).dataset(ports);
        } catch (IOException e) {
            throw DataReader.bad("cannot read " + file + ": " + e.getMessage(), "give a file of UTF-8 text");
        }
    }

    private int label(Optional<String> wanted) {
        if (wanted.isPresent()) {
            int column = head.indexOf(wanted.get());
            if (column < 0) {
                throw DataReader.bad(
                        file + " has no column \"" + wanted.get() + "\"",
                        head.isEmpty() ? "give the file a line with the names of columns" : "it has " + head);
            }
            return column;
        }
        return IntStream.range(0, head.size())
                .filter(i -> DataReader.LABELS.contains(head.get(i).toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElse(-1);
    }

    private Dataset dataset(List<Port> ports) {
        Map<Port, int[]> columns = new LinkedHashMap<>();
        for (Port port : ports) {
            columns.put(port, ports.size() == 1 ? features(port) : new int[] {column(port)});
        }
        // A bad number is told before anything runs.
        Map<Integer, List<Object>> values = new LinkedHashMap<>();
        columns.forEach((port, own) -> {
            boolean text = ((TensorType) port.type()).element().isString();
            for (int c : own) {
                List<Object> all = new ArrayList<>();
                for (int r = 0; r < rows.size(); r++) {
                    all.add(text ? rows.get(r).get(c) : (Object) number(r, c));
                }
                values.put(c, all);
            }
        });
        List<Long> labels = label < 0 ? null : labels();
        return Dataset.of(
                rows.size(),
                i -> {
                    Map<String, Datum> sample = new LinkedHashMap<>();
                    columns.forEach((port, own) -> sample.put(
                            port.name(),
                            row(
                                    (TensorType) port.type(),
                                    own,
                                    c -> Objects.requireNonNull(values.get(c), "no such column")
                                            .get(i))));
                    return sample;
                },
                i -> labels == null ? Optional.empty() : Optional.of(Tensor.vector(labels.get(i))));
    }

    private static Tensor row(TensorType type, int[] columns, java.util.function.IntFunction<Object> cell) {
        long[] dims = new long[type.rank()];
        java.util.Arrays.fill(dims, 1);
        if (dims.length > 0) {
            dims[dims.length - 1] = columns.length;
        }
        if (type.element().isString()) {
            return Tensor.ofStrings(
                    IntStream.of(columns)
                            .mapToObj(c -> cell.apply(c).toString())
                            .toArray(String[]::new),
                    dims);
        }
        Tensor t = Tensor.zeros(type.element(), dims);
        for (int k = 0; k < columns.length; k++) {
            t.setDouble(k, (Double) cell.apply(columns[k]));
        }
        return t;
    }

    private int[] features(Port port) {
        int width = rows.isEmpty() ? 0 : rows.getFirst().size();
        int[] all = IntStream.range(0, width).filter(i -> i != label).toArray();
        Dim last = port.type() instanceof TensorType t && t.isRanked() && t.rank() > 0 ? t.dim(-1) : null;
        if (last == null || last.isConstant() && last.constant() != all.length) {
            throw DataReader.bad(
                    file + " has " + all.length + " columns of numbers, which do not fit the input \"" + port.name()
                            + "\": " + port.type(),
                    label < 0
                            ? "if a column is the label, name it \"label\", or say --labels COLUMN"
                            : "give a column for each number of a row");
        }
        return all;
    }

    private int column(Port port) {
        int column = head.indexOf(port.name());
        if (column < 0 || !(port.type() instanceof TensorType)) {
            throw DataReader.bad(
                    file + " has no column for the input \"" + port.name() + "\": " + port.type(),
                    "a model with several inputs needs a column of each name; it has " + head);
        }
        return column;
    }

    private List<Long> labels() {
        List<String> texts = rows.stream().map(r -> r.get(label)).toList();
        if (texts.stream().allMatch(t -> t.matches("\\d{1,9}"))) {
            return texts.stream().map(Long::parseLong).toList();
        }
        List<String> sorted = List.copyOf(new TreeSet<>(texts));
        return texts.stream().map(t -> (long) sorted.indexOf(t)).toList();
    }

    private double number(int row, int column) {
        String text = rows.get(row).get(column);
        if (!isNumber(text)) {
            throw DataReader.bad(
                    at(row) + ": \"" + text + "\" in column " + (column + 1) + " is no number",
                    "give numbers, and name the column of labels");
        }
        return Double.parseDouble(text);
    }

    private String at(int row) {
        return file + ", line " + (row + (head.isEmpty() ? 1 : 2));
    }

    private static boolean isNumber(String text) {
        return text.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
    }

    /** The cells of a line; quotes may hold commas and doubled quotes. */
    static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
                    cell.append('"');
                    i++;
                } else {
                    quoted = !quoted;
                }
            } else if (c == ',' && !quoted) {
                cells.add(cell.toString().strip());
                cell.setLength(0);
            } else {
                cell.append(c);
            }
        }
        cells.add(cell.toString().strip());
        return cells;
    }
}
