package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.Assembler.Label;
import dev.lathe.runtime.machine.Assembler.Memory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the assembler writes, read by the disassembler of binutils. */
class AssemblerTest {
    private static final String[] GENERAL = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
    };
    private static final String[] HALF = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    private static final Pattern LINE = Pattern.compile("\\s*[0-9a-f]+:\\s+(.*\\S)\\s*");

    @TempDir
    private static Path folder;

    @BeforeAll
    static void disassembler() throws InterruptedException {
        try {
            Process version = new ProcessBuilder("objdump", "--version")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Assumptions.assumeTrue(version.waitFor() == 0, "objdump does not run");
        } catch (IOException e) {
            Assumptions.abort("objdump, of the package binutils, is not installed");
        }
    }

    /** Instructions with random operands, and what they are in text. */
    private static final class Instructions {
        private final Random random = new Random(7);
        private final Form form;
        private final Assembler a;
        private final List<String> text = new ArrayList<>();

        Instructions(Form form) {
            this.form = form;
            this.a = new Assembler(form);
        }

        int general() {
            return random.nextInt(16);
        }

        int low() {
            return random.nextInt(8);
        }

        int vector() {
            return random.nextInt(form.registers);
        }

        String name(int vector) {
            return (form == Form.EVEX ? "zmm" : "ymm") + vector;
        }

        String whole() {
            return form == Form.EVEX ? "ZMMWORD" : "YMMWORD";
        }

        Memory memory() {
            int[] displacements = {0, 4, 64, 128, -64, 127, 128 * 64, 1 << 20, -(1 << 20)};
            int index = random.nextInt(-1, 16);
            int displacement = displacements[random.nextInt(displacements.length)];
            return index < 0 || index == Assembler.RSP
                    ? Memory.at(general(), displacement)
                    : Memory.at(general(), index, 1 << random.nextInt(4), displacement);
        }

        static String of(Memory m) {
            boolean hasZero = m.displacement() == 0 && (m.base() & 7) == 5;
            String displacement = m.displacement() == 0 && !hasZero
                    ? ""
                    : (m.displacement() < 0 ? "-" : "+") + "0x" + Integer.toHexString(Math.abs(m.displacement()));
            String index = m.index() < 0 ? "" : "+" + GENERAL[m.index()] + "*" + m.scale();
            return "[" + GENERAL[m.base()] + index + displacement + "]";
        }

        void add(String expected) {
            text.add(expected);
        }

        void onGeneralRegisters() {
            int r = general();
            int s = general();
            Memory m = memory();
            a.push(r).pop(s).mov(r, s).mov(r, m).lea(r, m).add(r, s).add(s, m);
            add("push " + GENERAL[r]);
            add("pop " + GENERAL[s]);
            add("mov " + GENERAL[r] + "," + GENERAL[s]);
            add("mov " + GENERAL[r] + ",QWORD PTR " + of(m));
            add("lea " + GENERAL[r] + "," + of(m));
            add("add " + GENERAL[r] + "," + GENERAL[s]);
            add("add " + GENERAL[s] + ",QWORD PTR " + of(m));
            a.movSigned(s, m).compare(r, m).mov(m, s).prefetch(m);
            add("movsxd " + GENERAL[s] + ",DWORD PTR " + of(m));
            add("cmp " + GENERAL[r] + ",QWORD PTR " + of(m));
            add("mov QWORD PTR " + of(m) + "," + GENERAL[s]);
            add("prefetcht1 BYTE PTR " + of(m));
            a.testBits(m, 0x18);
            add("test BYTE PTR " + of(m) + ",0x18");
            a.call(m);
            add("call QWORD PTR " + of(m));
            a.movChar(r, m).compare(r, s).test(r);
            add("movzx " + GENERAL[r] + ",WORD PTR " + of(m));
            add("cmp " + GENERAL[r] + "," + GENERAL[s]);
            add("test " + GENERAL[r] + "," + GENERAL[r]);
            a.addConstant(r, 0x12345).subtractConstant(s, 7).shiftRight(r, 15).shiftLeft(s, 3);
            add("add " + GENERAL[r] + ",0x12345");
            add("sub " + GENERAL[s] + ",0x7");
            add("shr " + GENERAL[r] + ",0xf");
            add("shl " + GENERAL[s] + ",0x3");
            int low = low();
            Memory plain = Memory.at(low(), 4);
            a.movInt(plain, low).clear(low).cpuid().xgetbv().vzeroupper().ret();
            add("mov DWORD PTR " + of(plain) + "," + HALF[low]);
            add("xor " + HALF[low] + "," + HALF[low]);
            text.addAll(List.of("cpuid", "xgetbv", "vzeroupper", "ret"));
            int mask = 1 + random.nextInt(7);
            a.setMask(mask, low);
            add("kmovw k" + mask + "," + HALF[low]);
            int saved = random.nextInt(16);
            a.storeQuarter(m, saved).loadQuarter(saved, m);
            add("vmovups XMMWORD PTR " + of(m) + ",xmm" + saved);
            add("vmovups xmm" + saved + ",XMMWORD PTR " + of(m));
        }

        /** Empty for what has not two operands. */
        static String instruction(VectorFunction.Kind kind) {
            return switch (kind) {
                case ADD -> "vaddps";
                case SUBTRACT -> "vsubps";
                case MULTIPLY -> "vmulps";
                case DIVIDE -> "vdivps";
                case LESS -> "vminps";
                case GREATER -> "vmaxps";
                case SCALE -> "vscalefps";
                case AND -> "vpandd";
                case XOR -> "vpxord";
                case MULTIPLY_ADD, ROUND, NUMBER, COLUMN -> "";
            };
        }

        void onVectors() {
            int x = vector();
            int y = vector();
            int z = vector();
            String three = name(x) + "," + name(y) + "," + name(z);
            Memory m = memory();
            a.copy(x, y).load(x, m).store(m, x).broadcastFloat(x, m).broadcastInt(y, m);
            add("vmovaps " + name(x) + "," + name(y));
            add("vmovups " + name(x) + "," + whole() + " PTR " + of(m));
            add("vmovups " + whole() + " PTR " + of(m) + "," + name(x));
            add("vbroadcastss " + name(x) + ",DWORD PTR " + of(m));
            add("vpbroadcastd " + name(y) + ",DWORD PTR " + of(m));
            a.multiplyAdd(x, y, z).multiplyAddBytes(x, y, z).addInts(x, y, z).intsToFloats(x, y);
            add("vfmadd231ps " + three);
            add((form == Form.VEX ? "{vex} " : "") + "vpdpbusd " + three);
            add("vpaddd " + three);
            add("vcvtdq2ps " + name(x) + "," + name(y));
            a.squareRoot(x, y);
            add("vsqrtps " + name(x) + "," + name(y));
            a.addFloats(x, y, z).greater(x, y, z).less(x, y, z);
            add("vaddps " + three);
            add("vmaxps " + three);
            add("vminps " + three);
            a.multiplyAdd(x, y, m).unpackLow(x, y, z).unpackHigh(x, y, z).shuffle(x, y, z, 0x4e);
            add("vfmadd231ps " + name(x) + "," + name(y) + "," + whole() + " PTR " + of(m));
            add("vunpcklps " + three);
            add("vunpckhps " + three);
            add("vshufps " + three + ",0x4e");
            int quarter = random.nextInt(form.lanes / 4);
            a.insertQuarter(x, y, m, quarter);
            add((form == Form.VEX ? "vinsertf128 " : "vinsertf32x4 ") + name(x) + "," + name(y) + ",XMMWORD PTR "
                    + of(m) + ",0x" + quarter);
            a.extractQuarter(m, x, quarter);
            add((form == Form.VEX ? "vextractf128 " : "vextractf32x4 ") + "XMMWORD PTR " + of(m) + "," + name(x) + ",0x"
                    + quarter);
            a.unpackLowBytes(x, y, z)
                    .unpackHighBytes(x, y, z)
                    .unpackLowPairs(x, y, z)
                    .unpackHighPairs(x, y, z);
            for (String unpack : List.of("vpunpcklbw ", "vpunpckhbw ", "vpunpcklwd ", "vpunpckhwd ")) {
                add(unpack + three);
            }
            if (form == Form.EVEX) {
                int mask = 1 + random.nextInt(7);
                a.storeMasked(m, mask, x).multiplyAddHalves(x, y, z).addOneInt(x, y, m);
                add("vmovups ZMMWORD PTR " + of(m) + "{k" + mask + "}," + name(x));
                add("vdpbf16ps " + three);
                add("vpaddd " + name(x) + "," + name(y) + ",DWORD BCST " + of(m));
                a.loadMasked(x, mask, m).multiplyAddMasked(x, mask, y, m).addFloatsMasked(x, mask, m);
                add("vmovups " + name(x) + "{k" + mask + "}{z},ZMMWORD PTR " + of(m));
                add("vfmadd231ps " + name(x) + "{k" + mask + "}," + name(y) + ",ZMMWORD PTR " + of(m));
                add("vaddps " + name(x) + "{k" + mask + "}," + name(x) + ",ZMMWORD PTR " + of(m));
                a.multiplyAddMasked(x, mask, y, z);
                add("vfmadd231ps " + name(x) + "{k" + mask + "}," + name(y) + "," + name(z));
                a.multiplyAddBroadcast(x, y, m).multiplyAddTo(x, y, m);
                add("vfmadd231ps " + name(x) + "," + name(y) + ",DWORD BCST " + of(m));
                add("vfmadd213ps " + name(x) + "," + name(y) + ",DWORD BCST " + of(m));
                a.greaterNumber(x, y, z).greaterNumberMasked(x, mask, y, m).findNaN(mask, 1, x, m);
                add("vrangeps " + three + ",0x5");
                add("vrangeps " + name(x) + "{k" + mask + "}," + name(y) + ",ZMMWORD PTR " + of(m) + ",0x5");
                add("vcmpunordps k" + mask + "{k1}," + name(x) + ",ZMMWORD PTR " + of(m));
                a.round(x, y).findNumbers(mask, x).copyMasked(x, mask, y);
                add("vrndscaleps " + name(x) + "," + name(y) + ",0x8");
                add("vcmpordps k" + mask + "," + name(x) + "," + name(x));
                add("vmovaps " + name(x) + "{k" + mask + "}{z}," + name(y));
                int low = random.nextInt(16);
                a.roundFloats(x, m).roundFloatsMasked(x, mask, m).storeHalf(m, low);
                add("vcvtneps2bf16 ymm" + x + ",ZMMWORD PTR " + of(m));
                add("vcvtneps2bf16 ymm" + x + "{k" + mask + "}{z},ZMMWORD PTR " + of(m));
                add("vmovups YMMWORD PTR " + of(m) + ",ymm" + low);
                a.loadMerged(x, mask, m).shuffleQuarters(x, y, z, 0x4e);
                add("vmovups " + name(x) + "{k" + mask + "},ZMMWORD PTR " + of(m));
                add("vshuff32x4 " + three + ",0x4e");
                a.orMasks(mask, 2, 5)
                        .andMasks(5, mask, 3)
                        .clearMask(mask)
                        .storeMask(m, mask)
                        .loadMask(mask, m);
                add("korw k" + mask + ",k2,k5");
                add("kandw k5,k" + mask + ",k3");
                add("kxorw k" + mask + ",k" + mask + ",k" + mask);
                add("kmovw WORD PTR " + of(m) + ",k" + mask);
                add("kmovw k" + mask + ",WORD PTR " + of(m));
                for (VectorFunction.Kind kind : VectorFunction.Kind.values()) {
                    String instruction = instruction(kind);
                    if (!instruction.isEmpty()) {
                        a.operate(kind, x, y, z).operate(kind, x, y, m);
                        add(instruction + " " + three);
                        add(instruction + " " + name(x) + "," + name(y) + ",DWORD BCST " + of(m));
                    }
                }
            } else {
                a.storeWhere(m, y, x).shiftLeft(x, y, m);
                add("vmaskmovps YMMWORD PTR " + of(m) + "," + name(y) + "," + name(x));
                add("vpsllvd " + name(x) + "," + name(y) + ",YMMWORD PTR " + of(m));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyInstructionIsReadAsItIsMeant(Form form) throws IOException, InterruptedException {
        Instructions all = new Instructions(form);
        for (int i = 0; i < 300; i++) {
            all.onGeneralRegisters();
            all.onVectors();
        }
        List<String> lines = disassembled(all.a.code());
        for (int i = 0; i < Math.min(lines.size(), all.text.size()); i++) {
            assertThat(lines.get(i)).as("instruction %d", i).isEqualTo(all.text.get(i));
        }
        assertThat(lines).hasSameSizeAs(all.text);
    }

    @Test
    void distancesReachForwardsAndBackwards() throws IOException, InterruptedException {
        Assembler a = new Assembler(Form.VEX);
        Label before = new Label();
        Label behind = new Label();
        a.bind(before)
                .ret()
                .jumpIfNotZero(before)
                .jumpIfZero(behind)
                .jumpIfNegative(behind)
                .jumpIfNotNegative(before)
                .jumpIfBelow(before)
                .jumpIfNotBelow(before)
                .jump(before)
                .shiftLeft(1, 2, Memory.of(behind, 4))
                .ret()
                .align(16)
                .bind(behind)
                .ints(0x90909090);
        assertThat(disassembled(a.code()))
                .startsWith("ret", "jne 0x0", "je 0x40", "js 0x40", "jns 0x0", "jb 0x0", "jae 0x0", "jmp 0x0")
                .anyMatch(line -> line.matches("vpsllvd ymm1,ymm2,YMMWORD PTR \\[rip\\+0x[0-9a-f]+\\]\\s+# 0x44"));
    }

    /** Nothing of what is written for this or another system is an instruction that no one knows. */
    @ParameterizedTest
    @EnumSource
    void everyTileIsReadToItsEnd(TileCode.Kind kind) throws IOException, InterruptedException {
        for (Convention convention : Convention.values()) {
            for (Form form : kind == TileCode.Kind.HALVES ? List.of(Form.EVEX) : List.of(Form.values())) {
                TileCode.Tiles tiles = TileCode.write(kind, form, convention);
                String name = switch (kind) {
                    case FLOATS -> "vfmadd231ps";
                    case BYTES -> form == Form.VEX ? "{vex} vpdpbusd" : "vpdpbusd";
                    case HALVES -> "vdpbf16ps";
                };
                List<String> lines = disassembled(tiles.bytes());
                int rows = TileCode.maxRows(form);
                // One vector and two; four steps and one, and one for the walk along a path; 1 + 2 + … rows.
                int steps = kind == TileCode.Kind.FLOATS ? 6 : 5;
                assertThat(lines.stream().filter(line -> line.startsWith(name + " ")))
                        .hasSize(3 * steps * rows * (rows + 1) / 2);
                // Constants stand behind the last return.
                assertThat(lines.subList(0, lines.lastIndexOf("ret"))).noneMatch(line -> line.contains("(bad)"));
            }
            assertThat(disassembled(Processor.code(convention))).containsOnlyOnce("cpuid", "xgetbv");
        }
    }

    @Test
    void productsOfARowAreReadToTheirEnd() throws IOException, InterruptedException {
        for (Convention convention : Convention.values()) {
            List<String> dots = disassembled(RowProductCode.dots(convention));
            List<String> sums = disassembled(RowProductCode.sums(convention));
            assertThat(dots).noneMatch(line -> line.contains("(bad)"));
            assertThat(sums).noneMatch(line -> line.contains("(bad)"));
            // Four vectors at a time, one, and a rest.
            assertThat(dots.stream().filter(line -> line.startsWith("vfmadd231ps ")))
                    .hasSize(4 + 1 + 1);
            assertThat(sums.stream().filter(line -> line.startsWith("vfmadd231ps ")))
                    .hasSize(4 + 1 + 1);
        }
    }

    @Test
    void productsThatSkipZerosAreReadToTheirEnd() throws IOException, InterruptedException {
        for (Convention convention : Convention.values()) {
            for (Form form : Form.values()) {
                for (int vectors = 1; vectors <= SparseCode.maxVectors(form); vectors++) {
                    List<String> lines = disassembled(SparseCode.columns(convention, form, vectors));
                    assertThat(lines).noneMatch(line -> line.contains("(bad)"));
                    assertThat(lines.stream().filter(line -> line.startsWith("vfmadd231ps ")))
                            .hasSize(SparseCode.GROUP * vectors);
                    assertThat(disassembled(SparseCode.fill(convention, form, vectors)))
                            .noneMatch(line -> line.contains("(bad)"))
                            .anyMatch(line -> line.startsWith("vbroadcastss "));
                }
                List<String> lines = disassembled(SparseCode.turn(convention, form));
                assertThat(lines).noneMatch(line -> line.contains("(bad)"));
                assertThat(lines.stream().filter(line -> line.startsWith("vinsertf")))
                        .hasSize(form.lanes - 4);
                for (int rows = 1; rows <= TileCode.maxRows(form); rows++) {
                    List<String> panels = disassembled(PanelCode.write(convention, form, rows));
                    assertThat(panels).noneMatch(line -> line.contains("(bad)"));
                    assertThat(panels.stream().filter(line -> line.startsWith("vfmadd231ps ")))
                            .hasSize(2 * rows);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.lathe.runtime.machine.MachineDepthwiseTest#lines")
    void depthwiseConvolutionIsReadToItsEnd(TapLine taps) throws IOException, InterruptedException {
        for (Convention convention : Convention.values()) {
            for (DepthwiseCode.End end : DepthwiseCode.End.values()) {
                List<String> lines = disassembled(DepthwiseCode.convolution(convention, end, taps));
                assertThat(lines).noneMatch(line -> line.contains("(bad)"));
                // Of one vector once and of two twice: one pixel and up to eight, inside and at borders.
                int most = taps.pixels();
                int sums = 2 * 5 * most * (most + 1) / 2;
                assertThat(lines.stream().filter(line -> line.startsWith("vfmadd231ps ")))
                        .hasSize(taps.taps() * sums);
                assertThat(lines.stream().filter(line -> line.startsWith("vmaxps ")))
                        .hasSize(end == DepthwiseCode.End.BOUNDS ? sums : 0);
                // One for each height and width.
                assertThat(lines.stream().filter(line -> line.startsWith("call ")))
                        .hasSize(end == DepthwiseCode.End.FUNCTION ? 2 * 3 * most : 0);
            }
        }
    }

    @Test
    void poolsAreReadToTheirEnd() throws IOException, InterruptedException {
        for (Convention convention : Convention.values()) {
            List<String> sums = disassembled(DepthwiseCode.pool(convention, DepthwiseCode.Operation.ADD));
            assertThat(sums.stream().filter(line -> line.startsWith("vaddps "))).hasSize(5 * 36);
            List<String> maxima = disassembled(DepthwiseCode.pool(convention, DepthwiseCode.Operation.MAX));
            assertThat(maxima.stream().filter(line -> line.startsWith("vrangeps ")))
                    .hasSize(5 * 36);
            // One for each two pixels.
            assertThat(maxima.stream().filter(line -> line.startsWith("vcmpunordps ")))
                    .hasSize(5 * 20);
            assertThat(sums).noneMatch(line -> line.contains("(bad)"));
            assertThat(maxima).noneMatch(line -> line.contains("(bad)"));
        }
    }

    private static List<String> disassembled(byte[] code) throws IOException, InterruptedException {
        Path file = folder.resolve("code");
        Files.write(file, code);
        Process p = new ProcessBuilder(
                        "objdump",
                        "--disassemble-all",
                        "--target=binary",
                        "--architecture=i386:x86-64",
                        "--disassembler-options=intel",
                        "--no-show-raw-insn",
                        "--disassemble-zeroes",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        for (String line : new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            Matcher m = LINE.matcher(line);
            if (m.matches()) {
                lines.add(m.group(1).replaceAll("\\s+", " "));
            }
        }
        assertThat(p.waitFor()).isZero();
        return lines;
    }
}
