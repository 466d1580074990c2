package dev.lathe.runtime.machine;

import java.util.Arrays;

/**
 * Encodes the instructions of x86-64 that the tiles need, one line each, as the Intel 64 and IA-32 Architectures
 * Software Developer's Manual, volume 2, gives them. Those on vectors have the form of the {@link Form} that the
 * assembler is made for.
 */
final class Assembler {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;
    static final int R8 = 8;
    static final int R9 = 9;
    static final int R10 = 10;
    static final int R11 = 11;
    static final int R12 = 12;
    static final int R13 = 13;
    static final int R14 = 14;
    static final int R15 = 15;

    /** How instructions on vectors are encoded, which tells the width and the number of the registers. */
    enum Form {
        /** 256 bits, 16 registers: AVX2 and what came with it. */
        VEX(8, 16),
        /** 512 bits, 32 registers: AVX-512. */
        EVEX(16, 32);

        /** Floats in a vector. */
        final int lanes;

        final int registers;

        Form(int lanes, int registers) {
            this.lanes = lanes;
            this.registers = registers;
        }

        int bytes() {
            return 4 * lanes;
        }
    }

    /** What stands before the opcode; the values are those of the field {@code pp}. */
    private static final int NONE = 0;

    private static final int P66 = 1;
    private static final int PF3 = 2;
    /** The opcode maps 0F, 0F38 and 0F3A; the values are those of the field {@code mmm}. */
    private static final int M0F = 1;

    private static final int M0F38 = 2;
    private static final int M0F3A = 3;

    /** No index, or no register {@code vvvv}. */
    private static final int NO = -1;

    /**
     * What is at {@code base + index * scale + displacement}, or, with a label, so far behind that place of the code.
     *
     * @param index a register, or -1
     * @param scale 1, 2, 4 or 8
     */
    record Memory(int base, int index, int scale, int displacement, Label label) {
        static Memory at(int base, int displacement) {
            return new Memory(base, NO, 1, displacement, Label.NONE);
        }

        static Memory at(int base, int index, int scale, int displacement) {
            return new Memory(base, index, scale, displacement, Label.NONE);
        }

        /** A constant of the code itself, so far behind a label. */
        static Memory of(Label label, int displacement) {
            return new Memory(0, NO, 1, displacement, label);
        }
    }

    /** A place of the code, which may be used before it is known. */
    static final class Label {
        private static final Label NONE = new Label();

        private int place = -1;
        /** Where distances to it stand: four bytes each, counted from their end. */
        private int[] uses = {};
    }

    private final Form form;
    private byte[] code = new byte[1 << 14];
    private int size;

    Assembler(Form form) {
        this.form = form;
    }

    /** The code so far. All labels must have their places. */
    byte[] code() {
        return Arrays.copyOf(code, size);
    }

    int size() {
        return size;
    }

    // What follows from the encodings of operands.

    private void put(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
    }

    private void putInt(int value) {
        put(value);
        put(value >> 8);
        put(value >> 16);
        put(value >> 24);
    }

    /** Places a label here. */
    Assembler bind(Label label) {
        label.place = size;
        for (int use : label.uses) {
            patch(use, size);
        }
        return this;
    }

    /** How far it is from here to so many bytes behind a label. */
    private void distance(Label label, int behind) {
        putInt(behind);
        if (label.place >= 0) {
            patch(size - 4, label.place);
        } else {
            label.uses = Arrays.copyOf(label.uses, label.uses.length + 1);
            label.uses[label.uses.length - 1] = size - 4;
        }
    }

    private void patch(int use, int place) {
        int behind = code[use] & 255 | (code[use + 1] & 255) << 8 | (code[use + 2] & 255) << 16 | code[use + 3] << 24;
        int distance = place - (use + 4) + behind;
        for (int i = 0; i < 4; i++) {
            code[use + i] = (byte) (distance >> 8 * i);
        }
    }

    /** Fills up to a multiple of {@code bytes}, with instructions that do nothing. */
    Assembler align(int bytes) {
        while (size % bytes != 0) {
            put(0x90);
        }
        return this;
    }

    /** Constants of 32 bits. */
    Assembler ints(int... values) {
        for (int v : values) {
            putInt(v);
        }
        return this;
    }

    /** The operands: a register, or the digit that an opcode has instead, and a register. */
    private void operands(int register, int other) {
        put(0xC0 | (register & 7) << 3 | other & 7);
    }

    /**
     * The operands: a register, or the digit that an opcode has instead, and memory.
     *
     * @param unit what a displacement of one byte counts
     */
    private void operands(int register, Memory m, int unit) {
        if (m.label != Label.NONE) {
            put((register & 7) << 3 | 5);
            distance(m.label, m.displacement);
            return;
        }
        boolean isShort = m.displacement % unit == 0
                && m.displacement / unit >= Byte.MIN_VALUE
                && m.displacement / unit <= Byte.MAX_VALUE;
        int mode = m.displacement == 0 && (m.base & 7) != 5 ? 0 : isShort ? 1 : 2;
        boolean hasIndex = m.index != NO || (m.base & 7) == RSP;
        put(mode << 6 | (register & 7) << 3 | (hasIndex ? 4 : m.base & 7));
        if (hasIndex) {
            int index = m.index == NO ? 4 : m.index & 7;
            put(Integer.numberOfTrailingZeros(m.scale) << 6 | index << 3 | m.base & 7);
        }
        if (mode == 1) {
            put(m.displacement / unit);
        } else if (mode == 2) {
            putInt(m.displacement);
        }
    }

    /** The prefix of an instruction on registers of 64 bits. */
    private void rex(int register, int index, int base) {
        put(0x48 | (register >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | base >> 3 & 1);
    }

    /** The prefix of an instruction that always has the same width. */
    private void rexIfHigh(Memory m) {
        int rex = 0x40 | (index(m) >> 3 & 1) << 1 | m.base >> 3 & 1;
        if (rex != 0x40) {
            put(rex);
        }
    }

    private static int index(Memory m) {
        return Math.max(0, m.index);
    }

    private Assembler general(int opcode, int register, int other) {
        rex(register, 0, other);
        put(opcode);
        operands(register, other);
        return this;
    }

    private Assembler general(int opcode, int register, Memory m) {
        rex(register, index(m), m.base);
        put(opcode);
        operands(register, m, 1);
        return this;
    }

    // Instructions on registers of 64 bits, if no other width is said.

    Assembler push(int r) {
        if (r > 7) {
            put(0x41);
        }
        put(0x50 | r & 7);
        return this;
    }

    Assembler pop(int r) {
        if (r > 7) {
            put(0x41);
        }
        put(0x58 | r & 7);
        return this;
    }

    Assembler mov(int to, int from) {
        return general(0x89, from, to);
    }

    Assembler mov(int to, Memory from) {
        return general(0x8B, to, from);
    }

    /** 32 bits with their sign, as {@code movsxd}. */
    Assembler movSigned(int to, Memory from) {
        return general(0x63, to, from);
    }

    /** 16 bits without a sign, as {@code movzx}. */
    Assembler movChar(int to, Memory from) {
        rex(to, index(from), from.base);
        put(0x0F);
        put(0xB7);
        operands(to, from, 1);
        return this;
    }

    Assembler compare(int left, int right) {
        return general(0x39, right, left);
    }

    Assembler compare(int left, Memory right) {
        return general(0x3B, left, right);
    }

    /** Compares with 0, as {@code test r, r}. */
    Assembler test(int r) {
        return general(0x85, r, r);
    }

    Assembler mov(Memory to, int from) {
        return general(0x89, from, to);
    }

    /** Stores the low 32 bits; of the first eight registers. */
    Assembler movInt(Memory to, int from) {
        put(0x89);
        operands(from, to, 1);
        return this;
    }

    Assembler lea(int to, Memory from) {
        return general(0x8D, to, from);
    }

    Assembler add(int to, int other) {
        return general(0x01, other, to);
    }

    Assembler add(int to, Memory other) {
        return general(0x03, to, other);
    }

    Assembler addConstant(int to, int value) {
        general(0x81, 0, to);
        putInt(value);
        return this;
    }

    Assembler subtractConstant(int from, int value) {
        general(0x81, 5, from);
        putInt(value);
        return this;
    }

    Assembler shiftRight(int r, int bits) {
        general(0xC1, 5, r);
        put(bits);
        return this;
    }

    Assembler shiftLeft(int r, int bits) {
        general(0xC1, 4, r);
        put(bits);
        return this;
    }

    /** 32 bits, as {@code xor r, r}; of the first eight registers. */
    Assembler clear(int r) {
        put(0x31);
        operands(r, r);
        return this;
    }

    /** Calls what {@code [m]} has the address of. */
    Assembler call(Memory m) {
        rexIfHigh(m);
        put(0xFF);
        operands(2, m, 1);
        return this;
    }

    Assembler jump(Label to) {
        put(0xE9);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfNotZero(Label to) {
        put(0x0F);
        put(0x85);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfNegative(Label to) {
        put(0x0F);
        put(0x88);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfNotNegative(Label to) {
        put(0x0F);
        put(0x89);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfZero(Label to) {
        put(0x0F);
        put(0x84);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfBelow(Label to) {
        put(0x0F);
        put(0x82);
        distance(to, 0);
        return this;
    }

    Assembler jumpIfNotBelow(Label to) {
        put(0x0F);
        put(0x83);
        distance(to, 0);
        return this;
    }

    /** {@code prefetcht1 [m]}: fetches a line to the level-2 cache, or does nothing if nothing is there. */
    Assembler prefetch(Memory m) {
        rexIfHigh(m);
        put(0x0F);
        put(0x18);
        operands(2, m, 1);
        return this;
    }

    /** {@code test BYTE PTR [m], bits}. */
    Assembler testBits(Memory m, int bits) {
        rexIfHigh(m);
        put(0xF6);
        operands(0, m, 1);
        put(bits);
        return this;
    }

    Assembler cpuid() {
        put(0x0F);
        put(0xA2);
        return this;
    }

    Assembler xgetbv() {
        put(0x0F);
        put(0x01);
        put(0xD0);
        return this;
    }

    Assembler ret() {
        put(0xC3);
        return this;
    }

    // Instructions on vectors: what they write comes first, as in the manual.

    private void prefix(Form f, int map, int pp, int register, int second, int baseOrOther, int index, int mask) {
        if (f == Form.EVEX) {
            put(0x62);
            put((~register >> 3 & 1) << 7
                    | (~index >> 3 & 1) << 6
                    | (~baseOrOther >> 3 & 1) << 5
                    | (~register >> 4 & 1) << 4
                    | map);
            put((~second & 15) << 3 | 4 | pp);
            put(2 << 5 | mask & (ZEROS | ONE_FOR_ALL) | (~second >> 4 & 1) << 3 | mask & 7);
        } else {
            put(0xC4);
            put((~register >> 3 & 1) << 7 | (~index >> 3 & 1) << 6 | (~baseOrOther >> 3 & 1) << 5 | map);
            put((~second & 15) << 3 | 4 | pp);
        }
    }

    /** The bit of a mask that says that memory is one element for all lanes. */
    private static final int ONE_FOR_ALL = 16;
    /** The bit of a mask that says that lanes which are left out become zero. */
    private static final int ZEROS = 128;

    private Assembler vector(int map, int pp, int opcode, int register, int second, int other) {
        // Of a register, EVEX has the fifth bit where memory has that of its index.
        prefix(form, map, pp, register, second, other, other >> 1, 0);
        put(opcode);
        operands(register, other);
        return this;
    }

    private Assembler vector(Form f, int map, int pp, int opcode, int register, int second, Memory m, int mask, int n) {
        prefix(f, map, pp, register, second, m.base, index(m), mask);
        put(opcode);
        operands(register, m, f == Form.EVEX ? n : 1);
        return this;
    }

    private Assembler vector(int map, int pp, int opcode, int register, int second, Memory m) {
        return vector(form, map, pp, opcode, register, second, m, 0, form.bytes());
    }

    /** {@code vmovaps to, from}. */
    Assembler copy(int to, int from) {
        return vector(M0F, NONE, 0x28, to, 0, from);
    }

    /** {@code vmovups to, [from]}. */
    Assembler load(int to, Memory from) {
        return vector(M0F, NONE, 0x10, to, 0, from);
    }

    /** {@code vmovups [to], from}. */
    Assembler store(Memory to, int from) {
        return vector(M0F, NONE, 0x11, from, 0, to);
    }

    /** {@code vmovups [to]{k}, from}; EVEX only. */
    Assembler storeMasked(Memory to, int mask, int from) {
        return vector(Form.EVEX, M0F, NONE, 0x11, from, 0, to, mask, form.bytes());
    }

    /** {@code vmovups to{k}{z}, [from]}; EVEX only. */
    Assembler loadMasked(int to, int mask, Memory from) {
        return vector(Form.EVEX, M0F, NONE, 0x10, to, 0, from, mask | ZEROS, form.bytes());
    }

    /** {@code vmovups to{k}, [from]}: the other lanes stay; EVEX only. */
    Assembler loadMerged(int to, int mask, Memory from) {
        return vector(Form.EVEX, M0F, NONE, 0x10, to, 0, from, mask, form.bytes());
    }

    /** {@code vfmadd231ps sum{k}, x, [y]}; EVEX only. */
    Assembler multiplyAddMasked(int sum, int mask, int x, Memory y) {
        return vector(Form.EVEX, M0F38, P66, 0xB8, sum, x, y, mask, form.bytes());
    }

    /** {@code vfmadd231ps sum{k}, x, y}; EVEX only. */
    Assembler multiplyAddMasked(int sum, int mask, int x, int y) {
        prefix(Form.EVEX, M0F38, P66, sum, x, y, y >> 1, mask);
        put(0xB8);
        operands(sum, y);
        return this;
    }

    /** {@code vaddps to, x, y}. */
    Assembler addFloats(int to, int x, int y) {
        return vector(M0F, NONE, 0x58, to, x, y);
    }

    /** {@code vsqrtps to, from}. */
    Assembler squareRoot(int to, int from) {
        return vector(M0F, NONE, 0x51, to, 0, from);
    }

    /** {@code vaddps sum{k}, sum, [x]}; EVEX only. */
    Assembler addFloatsMasked(int sum, int mask, Memory x) {
        return vector(Form.EVEX, M0F, NONE, 0x58, sum, sum, x, mask, form.bytes());
    }

    /** {@code vmaxps to, x, y}: {@code y} if one is NaN, or both are zero. */
    Assembler greater(int to, int x, int y) {
        return vector(M0F, NONE, 0x5F, to, x, y);
    }

    /** {@code vminps to, x, y}: {@code y} if one is NaN, or both are zero. */
    Assembler less(int to, int x, int y) {
        return vector(M0F, NONE, 0x5D, to, x, y);
    }

    /** What {@code vrangeps} does: the greater one, with its own sign, of two zeros the positive one. */
    private static final int GREATER = 5;
    /** What {@code vcmpps} looks for: that one is NaN. */
    private static final int UNORDERED = 3;

    /** {@code vrangeps to, x, y, 5}: the greater, of a number and NaN the number; EVEX only. */
    Assembler greaterNumber(int to, int x, int y) {
        vector(M0F3A, P66, 0x50, to, x, y);
        put(GREATER);
        return this;
    }

    /** {@code vrangeps to{k}, x, [y], 5}; EVEX only. */
    Assembler greaterNumberMasked(int to, int mask, int x, Memory y) {
        vector(Form.EVEX, M0F3A, P66, 0x50, to, x, y, mask, form.bytes());
        put(GREATER);
        return this;
    }

    /** {@code vcmpunordps found{k}, x, [y]}: the lanes in which one is NaN; EVEX only. */
    Assembler findNaN(int found, int mask, int x, Memory y) {
        vector(Form.EVEX, M0F, NONE, 0xC2, found, x, y, mask, form.bytes());
        put(UNORDERED);
        return this;
    }

    /** {@code korw to, x, y}. */
    Assembler orMasks(int to, int x, int y) {
        return masks(0x45, to, x, y);
    }

    /** {@code kandw to, x, y}. */
    Assembler andMasks(int to, int x, int y) {
        return masks(0x41, to, x, y);
    }

    /** {@code kxorw mask, mask, mask}. */
    Assembler clearMask(int mask) {
        return masks(0x47, mask, mask, mask);
    }

    private Assembler masks(int opcode, int to, int x, int y) {
        put(0xC5);
        put(0x84 | (~x & 15) << 3);
        put(opcode);
        operands(to, y);
        return this;
    }

    /** {@code kmovw [to], mask}: 16 bits. */
    Assembler storeMask(Memory to, int mask) {
        return maskInMemory(0x91, mask, to);
    }

    /** {@code kmovw mask, WORD PTR [from]}. */
    Assembler loadMask(int mask, Memory from) {
        return maskInMemory(0x90, mask, from);
    }

    private Assembler maskInMemory(int opcode, int mask, Memory m) {
        put(0xC4);
        put(0x80 | (~index(m) >> 3 & 1) << 6 | (~m.base >> 3 & 1) << 5 | M0F);
        put(0x78);
        put(opcode);
        operands(mask, m, 1);
        return this;
    }

    /** {@code vmaskmovps [to], mask, from}: lanes whose mask has its highest bit; VEX only. */
    Assembler storeWhere(Memory to, int mask, int from) {
        return vector(Form.VEX, M0F38, P66, 0x2E, from, mask, to, 0, 1);
    }

    /** {@code vbroadcastss to, [from]}. */
    Assembler broadcastFloat(int to, Memory from) {
        return vector(form, M0F38, P66, 0x18, to, 0, from, 0, 4);
    }

    /** {@code vpbroadcastd to, [from]}. */
    Assembler broadcastInt(int to, Memory from) {
        return vector(form, M0F38, P66, 0x58, to, 0, from, 0, 4);
    }

    /** {@code vfmadd231ps sum, x, y}. */
    Assembler multiplyAdd(int sum, int x, int y) {
        return vector(M0F38, P66, 0xB8, sum, x, y);
    }

    /** {@code vfmadd231ps sum, x, [y]{1to16}}; EVEX only. */
    Assembler multiplyAddBroadcast(int sum, int x, Memory y) {
        return vector(Form.EVEX, M0F38, P66, 0xB8, sum, x, y, ONE_FOR_ALL, 4);
    }

    /** {@code vfmadd213ps x, y, [z]{1to16}}: {@code x * y + z}; EVEX only. */
    Assembler multiplyAddTo(int x, int y, Memory z) {
        return vector(Form.EVEX, M0F38, P66, 0xA8, x, y, z, ONE_FOR_ALL, 4);
    }

    /** An operation with two operands, {@code to, x, y}; EVEX only. */
    Assembler operate(VectorFunction.Kind kind, int to, int x, int y) {
        return vector(map(kind), prefix(kind), opcode(kind), to, x, y);
    }

    /** An operation with two operands, {@code to, x, [y]{1to16}}; EVEX only. */
    Assembler operate(VectorFunction.Kind kind, int to, int x, Memory y) {
        return vector(Form.EVEX, map(kind), prefix(kind), opcode(kind), to, x, y, ONE_FOR_ALL, 4);
    }

    /** What {@code vrndscaleps} does: ties to even, without a word on what is lost. */
    private static final int NEAREST = 8;
    /** What {@code vcmpps} looks for: that neither is NaN. */
    private static final int ORDERED = 7;

    /** {@code vrndscaleps to, x, 8}: the nearest whole number; EVEX only. */
    Assembler round(int to, int x) {
        vector(M0F3A, P66, 0x08, to, 0, x);
        put(NEAREST);
        return this;
    }

    /** {@code vcmpordps mask, x, x}: the lanes that are not NaN; EVEX only. */
    Assembler findNumbers(int mask, int x) {
        vector(M0F, NONE, 0xC2, mask, x, x);
        put(ORDERED);
        return this;
    }

    /** {@code vmovaps to{k}{z}, from}: 0 in the other lanes; EVEX only. */
    Assembler copyMasked(int to, int mask, int from) {
        prefix(Form.EVEX, M0F, NONE, to, 0, from, from >> 1, mask | ZEROS);
        put(0x28);
        operands(to, from);
        return this;
    }

    private static int map(VectorFunction.Kind kind) {
        return kind == VectorFunction.Kind.SCALE ? M0F38 : M0F;
    }

    private static int prefix(VectorFunction.Kind kind) {
        return switch (kind) {
            case SCALE, AND, XOR -> P66;
            default -> NONE;
        };
    }

    private static int opcode(VectorFunction.Kind kind) {
        return switch (kind) {
            case ADD -> 0x58; // vaddps
            case MULTIPLY -> 0x59; // vmulps
            case SUBTRACT -> 0x5C; // vsubps
            case LESS -> 0x5D; // vminps
            case DIVIDE -> 0x5E; // vdivps
            case GREATER -> 0x5F; // vmaxps
            case SCALE -> 0x2C; // vscalefps
            case AND -> 0xDB; // vpandd
            case XOR -> 0xEF; // vpxord
            case MULTIPLY_ADD, ROUND, NUMBER, COLUMN -> throw new IllegalArgumentException("not two operands");
        };
    }

    /** {@code vfmadd231ps sum, x, [y]}. */
    Assembler multiplyAdd(int sum, int x, Memory y) {
        return vector(M0F38, P66, 0xB8, sum, x, y);
    }

    /** {@code vunpcklps to, x, y}: of each 128 bits the lower two of {@code x} and {@code y} in turns. */
    Assembler unpackLow(int to, int x, int y) {
        return vector(M0F, NONE, 0x14, to, x, y);
    }

    /** {@code vunpckhps to, x, y}: the same of the upper two. */
    Assembler unpackHigh(int to, int x, int y) {
        return vector(M0F, NONE, 0x15, to, x, y);
    }

    /** {@code vpunpcklbw to, x, y}: of each 128 bits the lower eight bytes of {@code x} and {@code y} in turns. */
    Assembler unpackLowBytes(int to, int x, int y) {
        return vector(M0F, P66, 0x60, to, x, y);
    }

    /** {@code vpunpckhbw to, x, y}: the same of the upper eight. */
    Assembler unpackHighBytes(int to, int x, int y) {
        return vector(M0F, P66, 0x68, to, x, y);
    }

    /** {@code vpunpcklwd to, x, y}: of each 128 bits the lower four pairs of bytes of both in turns. */
    Assembler unpackLowPairs(int to, int x, int y) {
        return vector(M0F, P66, 0x61, to, x, y);
    }

    /** {@code vpunpckhwd to, x, y}: the same of the upper four. */
    Assembler unpackHighPairs(int to, int x, int y) {
        return vector(M0F, P66, 0x69, to, x, y);
    }

    /** {@code vshufps to, x, y, choice}: of each 128 bits two of {@code x}, then two of {@code y}. */
    Assembler shuffle(int to, int x, int y, int choice) {
        vector(M0F, NONE, 0xC6, to, x, y);
        put(choice);
        return this;
    }

    /** {@code vshuff32x4 to, x, y, choice}: two quarters of {@code x}, then two of {@code y}; EVEX only. */
    Assembler shuffleQuarters(int to, int x, int y, int choice) {
        vector(M0F3A, P66, 0x23, to, x, y);
        put(choice);
        return this;
    }

    /** {@code vinsertf32x4 to, x, [y], quarter}, which VEX calls {@code vinsertf128}: {@code x} but for 128 bits. */
    Assembler insertQuarter(int to, int x, Memory y, int quarter) {
        vector(form, M0F3A, P66, 0x18, to, x, y, 0, 16);
        put(quarter);
        return this;
    }

    /** {@code vextractf32x4 [to], from, quarter}: 128 bits, which VEX calls {@code vextractf128}. */
    Assembler extractQuarter(Memory to, int from, int quarter) {
        vector(form, M0F3A, P66, 0x19, from, 0, to, 0, 16);
        put(quarter);
        return this;
    }

    /** {@code vpdpbusd sum, unsigned, signed}: adds four products of bytes to each lane. */
    Assembler multiplyAddBytes(int sum, int unsigned, int signed) {
        return vector(M0F38, P66, 0x50, sum, unsigned, signed);
    }

    /** {@code vdpbf16ps sum, x, y}: adds two products of brain floats to each lane; EVEX only. */
    Assembler multiplyAddHalves(int sum, int x, int y) {
        return vector(M0F38, PF3, 0x52, sum, x, y);
    }

    /** {@code vcvtneps2bf16 to, [from]}: sixteen floats as brain floats, in the lower half of {@code to}; EVEX only. */
    Assembler roundFloats(int to, Memory from) {
        return vector(Form.EVEX, M0F38, PF3, 0x72, to, 0, from, 0, form.bytes());
    }

    /** {@code vcvtneps2bf16 to{k}{z}, [from]}; EVEX only. */
    Assembler roundFloatsMasked(int to, int mask, Memory from) {
        return vector(Form.EVEX, M0F38, PF3, 0x72, to, 0, from, mask | ZEROS, form.bytes());
    }

    /** {@code vmovups [to], ymm}: the lower 256 bits of the first sixteen registers. */
    Assembler storeHalf(Memory to, int from) {
        return vector(Form.VEX, M0F, NONE, 0x11, from, 0, to, 0, 1);
    }

    /** {@code vpaddd to, x, y}. */
    Assembler addInts(int to, int x, int y) {
        return vector(M0F, P66, 0xFE, to, x, y);
    }

    /** {@code vpaddd to, x, [y]{1to16}}; EVEX only. */
    Assembler addOneInt(int to, int x, Memory y) {
        return vector(Form.EVEX, M0F, P66, 0xFE, to, x, y, ONE_FOR_ALL, 4);
    }

    /** {@code vcvtdq2ps to, from}. */
    Assembler intsToFloats(int to, int from) {
        return vector(M0F, NONE, 0x5B, to, 0, from);
    }

    /** {@code vpsllvd to, x, [bits]}: shifts each lane by bits of its own; VEX only. */
    Assembler shiftLeft(int to, int x, Memory bits) {
        return vector(Form.VEX, M0F38, P66, 0x47, to, x, bits, 0, 1);
    }

    /** {@code vmovups [to], xmm}: 128 bits of the first sixteen registers. */
    Assembler storeQuarter(Memory to, int from) {
        return quarter(0x11, to, from);
    }

    /** {@code vmovups xmm, [from]}. */
    Assembler loadQuarter(int to, Memory from) {
        return quarter(0x10, from, to);
    }

    private Assembler quarter(int opcode, Memory m, int register) {
        put(0xC4);
        put((~register >> 3 & 1) << 7 | (~index(m) >> 3 & 1) << 6 | (~m.base >> 3 & 1) << 5 | M0F);
        put(15 << 3);
        put(opcode);
        operands(register, m, 1);
        return this;
    }

    /** {@code kmovw mask, from}: the low 16 bits of one of the first eight registers. */
    Assembler setMask(int mask, int from) {
        put(0xC5);
        put(0xF8);
        put(0x92);
        operands(mask, from);
        return this;
    }

    Assembler vzeroupper() {
        put(0xC5);
        put(0xF8);
        put(0x77);
        return this;
    }
}
