package dev.lathe.backend.tensorrt;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.util.Optional;
import org.bytedeco.tensorrt.global.nvinfer;

/**
 * A version of TensorRT. All layers that Lathe makes are there from 10.15 on. What 11 changed is that a network is
 * strongly typed without being asked.
 */
record Version(int major, int minor) implements Comparable<Version> {
    /** The first that has attention, RoPE, and indices of INT64. */
    static final Version OLDEST = new Version(10, 15);

    private static final String LIBRARY = "libnvinfer.so.";
    /** Of {@code createNetworkV2}, in version 10. */
    private static final int STRONGLY_TYPED = 1 << 1;

    /**
     * That of the API on the class path, which libraries of another major version do not have. It is read from the file
     * of a class that cannot be initialized without the library.
     */
    static Version ofApi() {
        Class<?> api = nvinfer.class;
        try (InputStream in = api.getResourceAsStream(api.getSimpleName() + ".class")) {
            if (in == null) {
                throw new LinkageError("the API of TensorRT is not on the class path");
            }
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            return new Version(constant(model, "NV_TENSORRT_MAJOR"), constant(model, "NV_TENSORRT_MINOR"));
        } catch (IOException e) {
            throw new LinkageError("the API of TensorRT cannot be read", e);
        }
    }

    private static int constant(ClassModel api, String name) {
        return api.fields().stream()
                .filter(f -> f.fieldName().equalsString(name))
                .flatMap(f -> f.findAttribute(Attributes.constantValue()).stream())
                .map(a -> (int) a.constant().constantValue())
                .findFirst()
                .orElseThrow(() -> new LinkageError("the API of TensorRT on the class path has no " + name));
    }

    /** The name of the library's file. */
    String library() {
        return LIBRARY + major;
    }

    /** The flags with which a network is strongly typed. */
    int networkFlags() {
        return major == 10 ? STRONGLY_TYPED : 0;
    }

    /** Why a library of this version does not do for an API; empty if it does. */
    Optional<String> misfit(Version api) {
        if (compareTo(OLDEST) < 0) {
            return Optional.of("TensorRT " + this + " is too old: " + OLDEST + " or later is needed");
        }
        return major == api.major
                ? Optional.empty()
                : Optional.of("it is TensorRT " + this + ", and the API on the class path is that of " + api);
    }

    @Override
    public int compareTo(Version other) {
        return major == other.major ? Integer.compare(minor, other.minor) : Integer.compare(major, other.major);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
