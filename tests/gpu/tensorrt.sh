#!/usr/bin/env bash
# Runs Lathe's TensorRT target on the GPU of this machine: what it finds, whether engines are right, and how fast they
# are beside TensorRT's own parser of ONNX. It fetches nothing. Beside a driver it needs TensorRT 11, installed or in
# the folder that TENSORRT_HOME names; without one it says so and exits with 3.
#   OUT=/tmp/gpu tests/gpu/tensorrt.sh LIB [MODEL.onnx…] [TESTS…]
# LIB is a folder with the jars of Lathe's command line, built with LATHE_TARGETS=tensorrt. TESTS are folders of ONNX
# tests, each a model.onnx with test_data_set_0. JAVA names the runtime.
set -uo pipefail
if [ $# -lt 1 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
lib=$1
shift
java=${JAVA:-java}
out=${OUT:-$(cd "$(dirname "$0")" && pwd)/target/out}/tensorrt
mkdir -p "$out"

lathe() { # SECONDS NAME ARGS…: runs the command line, with what it prints in a file
  local seconds=$1 name=$2
  shift 2
  echo "== $name"
  timeout "$seconds" "$java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx8g \
    -cp "$lib/*" dev.lathe.cli.Main "$@" >"$out/$name.txt" 2>&1
  local code=$?
  echo "exit code $code" >>"$out/$name.txt"
  tail -n 8 "$out/$name.txt"
  return "$code"
}

(nvidia-smi || true) >"$out/gpu.txt" 2>&1
lathe 60 doctor doctor || true
if ! grep -q '^ok *target tensorrt' "$out/doctor.txt"; then
  grep -A 1 'target tensorrt' "$out/doctor.txt" >&2
  exit 3
fi

status=0
for path in "$@"; do
  name=$(basename "$path" .onnx)
  if [ -d "$path" ]; then
    lathe 120 "verify-$name" verify "$path" --target tensorrt || status=1
    continue
  fi
  engine=$out/$name.engine
  lathe 200 "compile-$name" compile "$path" -o "$engine" --target tensorrt -T timing-cache="$out/timing.cache" || {
    status=1
    continue
  }
  lathe 60 "run-$name" run "$engine" || status=1
  lathe 60 "bench-$name" bench "$engine" --json "$out/bench-$name.json" || status=1
  if command -v trtexec >/dev/null; then
    timeout 200 trtexec --onnx="$path" --noTF32 --timingCacheFile="$out/timing.cache" >"$out/trtexec-$name.txt" 2>&1 ||
      echo "trtexec failed: $out/trtexec-$name.txt" >&2
  fi
done
echo "figures are in $out"
exit "$status"
