#!/usr/bin/env bash
# Runs Lathe's OpenCL target on the GPU of this machine, in at most ten minutes and one call, and writes figures to $OUT.
# It needs a driver of the GPU, and the kit that tests/gpu/prepare.sh packed beforehand on a machine with a JDK:
#   tests/gpu/prepare.sh && OUT=/tmp/gpu tests/gpu/run.sh
# The kit has a Java runtime and the loader of OpenCL, so that neither is installed here and nothing is fetched.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here/target/out}
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! tar -C "$work" -xzf "$here/target/kit.tar.gz"; then
  echo "there is no kit: run tests/gpu/prepare.sh on a machine with a JDK 25 first" >&2
  exit 3
fi
kit=$work/kit
java=$kit/jre/bin/java

# The loader finds drivers by files in a folder, which containers with NVIDIA's driver often lack.
export LD_LIBRARY_PATH=$kit${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
if ! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then
  mkdir -p "$work/vendors"
  for driver in libnvidia-opencl.so.1 libamdocl64.so libigdrcl.so; do
    ldconfig -p 2>/dev/null | grep -q "$driver" && echo "$driver" >"$work/vendors/$driver.icd"
  done
  export OCL_ICD_VENDORS=$work/vendors
fi
export XDG_CACHE_HOME=$work/cache

run() { # SECONDS NAME MAIN ARGS...: runs a program, with what it prints in a file
  local seconds=$1 name=$2
  shift 2
  echo "== $name"
  timeout "$seconds" "$java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx8g \
    -Dlathe.onnx.testdata="$kit/onnx" -cp "$kit/lib/*" "$@" >"$out/$name.txt" 2>&1
  local code=$?
  echo "exit code $code" >>"$out/$name.txt"
  tail -n 12 "$out/$name.txt"
}

(nvidia-smi || true) >"$out/gpu.txt" 2>&1
for model in "$kit"/models/*-opencl.jar; do
  name=$(basename "$model" -opencl.jar)
  run 90 "bench-$name" dev.lathe.peers.TargetBench "${model%-opencl.jar}-java.jar" "$model" --threads 16 --samples 7
done
run 240 conformance dev.lathe.conformance.ConformanceReport opencl AS_WRITTEN
echo "figures are in $out"
