package dev.lathe.regions;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The files of regions, each region's in a folder of its number, for a while. */
final class RegionFolder implements AutoCloseable {
    private final Path root;

    RegionFolder() throws IOException {
        this.root = Files.createTempDirectory("lathe-regions");
    }

    /** The folder of a region, which is there. */
    Path region(int number) {
        try {
            return Files.createDirectories(root.resolve(Integer.toString(number)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All files, as {@code number/name}. */
    List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(Files::isRegularFile)
                    .map(f -> root.relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    /** What files hold, each a vector of bytes. */
    List<Tensor> contents(List<String> files) throws IOException {
        List<Tensor> all = new ArrayList<>();
        for (String name : files) {
            try (FileChannel channel = FileChannel.open(root.resolve(name))) {
                long size = channel.size();
                MemorySegment bytes = size == 0
                        ? MemorySegment.ofArray(new byte[0])
                        : Arena.ofAuto()
                                .allocate(size)
                                .copyFrom(channel.map(FileChannel.MapMode.READ_ONLY, 0, size, Arena.ofAuto()));
                all.add(Tensor.of(ElementType.U8, new long[] {size}, bytes));
            }
        }
        return all;
    }

    void unpack(List<String> files, List<Tensor> contents) throws IOException {
        if (files.size() != contents.size()) {
            throw RegionTable.corrupt("there are " + contents.size() + " files, and " + files.size() + " names");
        }
        for (int i = 0; i < files.size(); i++) {
            Path file = root.resolve(files.get(i));
            Files.createDirectories(file.getParent());
            Tensor t = contents.get(i);
            WholeFile.replace(file, channel -> WholeFile.put(channel, t.data().asSlice(0, t.byteSize())));
        }
    }

    /** What changes when a file is written anew. */
    Map<Path, Object> versions() throws IOException {
        Map<Path, Object> all = new TreeMap<>();
        for (String name : files()) {
            BasicFileAttributes a = Files.readAttributes(root.resolve(name), BasicFileAttributes.class);
            all.put(root.resolve(name), List.of(a.lastModifiedTime(), String.valueOf(a.fileKey())));
        }
        return all;
    }

    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        } catch (IOException e) {
            root.toFile().deleteOnExit(); // a file that is still mapped cannot go on some systems
        }
    }
}
