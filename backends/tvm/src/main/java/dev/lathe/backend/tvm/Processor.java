package dev.lathe.backend.tvm;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What code is compiled for.
 *
 * @param name as LLVM names it
 * @param features the sets of instructions that code for it may use, as LLVM names them
 * @param off those that the name promises and code must do without: what a hypervisor hides, for example
 */
record Processor(String name, Set<String> features, Set<String> off) {
    /** The sets of instructions that kernels may be compiled to, as LLVM and as Linux name them. */
    private static final Map<String, String> INSTRUCTIONS = Stream.of(
                    "sse3 pni, ssse3 ssse3, sse4.1 sse4_1, sse4.2 sse4_2, sse4a sse4a, popcnt popcnt, lzcnt abm",
                    "bmi bmi1, bmi2 bmi2, movbe movbe, adx adx, avx avx, avx2 avx2, fma fma, fma4 fma4, xop xop",
                    "f16c f16c, gfni gfni, vaes vaes, vpclmulqdq vpclmulqdq, avxvnni avx_vnni, avxifma avx_ifma",
                    "avxneconvert avx_ne_convert, avxvnniint8 avx_vnni_int8, avxvnniint16 avx_vnni_int16",
                    "avx512f avx512f, avx512cd avx512cd, avx512bw avx512bw, avx512dq avx512dq, avx512vl avx512vl",
                    "avx512ifma avx512ifma, avx512vbmi avx512vbmi, avx512vbmi2 avx512_vbmi2",
                    "avx512vnni avx512_vnni, avx512bitalg avx512_bitalg, avx512vpopcntdq avx512_vpopcntdq",
                    "avx512bf16 avx512_bf16, avx512fp16 avx512_fp16, avx512vp2intersect avx512_vp2intersect",
                    "amx-tile amx_tile, amx-int8 amx_int8, amx-bf16 amx_bf16")
            .flatMap(line -> Stream.of(line.split(", ")))
            .map(pair -> pair.split(" "))
            .collect(Collectors.toUnmodifiableMap(pair -> pair[0], pair -> pair[1]));

    private static final Path FACTS = Path.of("/proc/cpuinfo");

    /** The processor of this machine. */
    static Processor here(Tvm tvm) {
        return here(tvm, flags());
    }

    /** The processor of a machine that has what Linux calls {@code flags}; with none it has what its name promises. */
    static Processor here(Tvm tvm, Set<String> flags) {
        try (Tvm.Scope scope = tvm.new Scope()) {
            String name = scope.string(scope.call("target.llvm_get_system_cpu"));
            Set<String> promised = features(scope, name);
            Set<String> off = new TreeSet<>();
            for (String feature : promised) {
                if (!flags.isEmpty() && !flags.contains(INSTRUCTIONS.get(feature))) {
                    off.add(feature);
                }
            }
            promised.removeAll(off);
            return new Processor(name, promised, off);
        }
    }

    /**
     * The processor that LLVM calls so.
     *
     * @throws LatheException {@code tvm.cpu} if it knows none
     */
    static Processor named(Tvm tvm, String name) {
        try (Tvm.Scope scope = tvm.new Scope()) {
            Set<String> known = new TreeSet<>(
                    scope.strings(scope.make("target.llvm_get_cpu_archlist", scope.make("target.Target", "llvm"))));
            if (!known.contains(name)) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "tvm.cpu",
                                "LLVM knows no processor " + Diagnostic.shortened(name, 80),
                                Suggestion.of(name, known) + "known are " + String.join(", ", known))));
            }
            return new Processor(name, features(scope, name), Set.of());
        }
    }

    private static Set<String> features(Tvm.Scope scope, String name) {
        Tvm.Handle target = scope.make("target.Target", "llvm -mcpu=" + name);
        Tvm.Handle all = scope.make("runtime.MapItems", scope.make("target.llvm_get_cpu_features", target));
        Set<String> features = new TreeSet<>();
        for (long i = 0; i < scope.size(all); i += 2) {
            features.add(scope.string(scope.call("runtime.ArrayGetItem", all, i)));
        }
        features.retainAll(INSTRUCTIONS.keySet());
        return features;
    }

    private static Set<String> flags() {
        try (Stream<String> lines = Files.lines(FACTS)) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line ->
                            Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
                    .orElse(Set.of());
        } catch (IOException | RuntimeException e) {
            return Set.of();
        }
    }

    /** The target of TVM. */
    String target() {
        String less = off.stream().map(f -> "-" + f).collect(Collectors.joining(","));
        return "llvm -mcpu=" + name + (less.isEmpty() ? "" : " -mattr=" + less);
    }

    /** What code for another processor may use and this one has not. */
    Set<String> lacks(Set<String> needed) {
        Set<String> missing = new TreeSet<>(needed);
        missing.removeAll(features);
        return missing;
    }
}
