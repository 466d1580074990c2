package dev.lathe.conformance;

/** The TVM backend, where TVM's library is. */
class TvmConformanceTest extends DeviceConformance {
    TvmConformanceTest() {
        super("tvm");
    }
}
