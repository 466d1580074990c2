#!/usr/bin/env bash
# Runs Lathe's targets for GPUs on the GPU of this machine, in at most ten minutes, and writes figures to $OUT.
# It needs a driver of the GPU, and the kit that tests/gpu/prepare.sh packed beforehand on a machine with a JDK:
#   tests/gpu/prepare.sh && OUT=/tmp/gpu tests/gpu/run.sh [opencl] [tensorrt]
# The kit has a Java runtime and the loader of OpenCL, so that neither is installed here and nothing is fetched.
# TensorRT must be installed, or in the folder that TENSORRT_HOME names; without it that part says so. The kit is for
# TensorRT 11, or for 10 if it was packed with MAVEN_ARGS=-Ptensorrt10.
# Environment: NETWORKS, the known networks to run (see the class Network of the benches); PROCESSES side by side.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here/target/out}
mkdir -p "$out"
networks=${NETWORKS:-squeezenet mobilenet_v2 resnet_18 resnet_50 vit_b16 bert_base}
processes=${PROCESSES:-$(($(nproc) / 2 + 1))}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! { xz -dc "$here/target/kit.tar.xz" || python3 -c "import lzma, shutil, sys
shutil.copyfileobj(lzma.open('$here/target/kit.tar.xz'), sys.stdout.buffer)"; } | tar -C "$work" -x; then
  echo "there is no kit: run tests/gpu/prepare.sh on a machine with a JDK 25 first" >&2
  exit 3
fi
kit=$work/kit
java="$kit/jre/bin/java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx8g \
  -Dlathe.onnx.testdata=$kit/onnx"
export CLASSPATH="$kit/lib/*"

# The loader finds drivers by files in a folder, which containers with NVIDIA's driver often lack, or which name a driver
# of the CPU alone: only drivers of GPUs are wanted here.
export LD_LIBRARY_PATH=$kit${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
mkdir -p "$work/vendors"
for driver in libnvidia-opencl.so.1 libamdocl64.so libigdrcl.so; do
  path=$(ldconfig -p 2>/dev/null | sed -n "s/.*$driver.* => //p" | head -n 1)
  [[ -z $path ]] || echo "$path" >"$work/vendors/$driver.icd"
done
ls "$work"/vendors/*.icd >/dev/null 2>&1 && export OCL_ICD_VENDORS=$work/vendors
export XDG_CACHE_HOME=${XDG_CACHE_HOME:-$work/cache}

run() { # SECONDS NAME MAIN ARGS...: runs a program, with what it prints in a file
  local seconds=$1 name=$2
  shift 2
  echo "== $name"
  timeout "$seconds" $java "$@" >"$out/$name.txt" 2>&1
  local code=$?
  echo "exit code $code" >>"$out/$name.txt"
  tail -n 8 "$out/$name.txt" | cut -c 1-200
  return "$code"
}

conformance() { # SECONDS TARGET: a sample of ONNX's tests, in parts, so that a part that ends early is one of many
  local parts=$((processes * 3))
  echo "== conformance $2"
  seq "$parts" | timeout "$1" xargs -P "$processes" -I{} sh -c \
    "$java dev.lathe.conformance.ConformanceReport $2 AS_WRITTEN {}/$parts \
      >'$out/$2-{}.txt' 2>'$work/$2-{}.err'; echo \"exit code \$?, last test \$(grep ^test_ '$work/$2-{}.err' | tail -n 1)\" >>'$out/$2-{}.txt'"
  grep -h ' passed, ' "$out/$2"-*.txt | awk '{ p += $3; f += $5; i += $7 } END { print p, "passed,", f, "failed,", i, "ignored" }'
  grep -h '^exit code' "$out/$2"-*.txt | sort | uniq -c | sort -rn | grep -v 'exit code 0' | head -n 12
  grep -h '^  [^ ]' "$out/$2"-*.txt | cut -c 1-160 | sort | uniq -c | sort -rn | head -n "${REASONS:-12}"
  cat "$out/$2"-*.txt >"$out/conformance-$2.txt"
  for i in $(seq "$parts"); do tail -n 40 "$work/$2-$i.err" >>"$out/conformance-$2-errors.txt"; done
  rm -f "$out/$2"-*.txt
}

opencl() {
  for network in $networks; do
    run 60 "opencl-$network" dev.lathe.peers.TargetBench java:"$network" opencl:"$network" --threads "$(nproc)" --samples 5
  done
  for model in "$kit"/models/*.onnx; do
    run 60 "opencl-$(basename "$model" .onnx)" dev.lathe.peers.TargetBench java:"$model" opencl:"$model" \
      --threads "$(nproc)" --samples 5
  done
  conformance "${SECONDS_OF_TESTS:-120}" opencl
}

commands() { # the command line on an engine, and on a model that TensorRT and target java run together
  local lathe=dev.lathe.cli.Main model status=0
  model=$(ls "$XDG_CACHE_HOME"/lathe/networks/*.onnx "$kit"/models/*.onnx 2>/dev/null | head -n 1)
  run 20 tensorrt-doctor $lathe doctor
  run 90 tensorrt-compile $lathe compile "$model" -o "$work/model.engine" --target tensorrt --refit || status=$?
  run 30 tensorrt-run $lathe run "$work/model.engine" || status=$?
  run 30 tensorrt-bench $lathe bench "$work/model.engine" || status=$?
  run 30 tensorrt-profile $lathe profile "$work/model.engine" || status=$?
  run 90 tensorrt-diff $lathe diff "$model" --target java --target tensorrt || status=$?
  printf '%s\n' 'graph @mixed(%x: f32[64, 64]) -> (f32[64, 64], f64[64]) {' '  %a = mat_mul(%x, %x)' \
    '  %b = cast(%a) {to=f64, saturate=true}' '  %c = reduce_sum(%b) {axes=[1], keep_dims=false}' \
    '  %d = tanh(%a)' '  return %d, %c' '}' >"$work/mixed.lir"
  run 60 tensorrt-fallback $lathe compile "$work/mixed.lir" -o "$work/mixed.jar" --target tensorrt --allow-fallback ||
    status=$?
  run 30 tensorrt-fallback-run $lathe run "$work/mixed.jar" || status=$?
  run 60 tensorrt-fallback-diff $lathe diff "$work/mixed.lir" --target java --target tensorrt --allow-fallback ||
    status=$?
  return "$status"
}

tensorrt() {
  local network status=0
  for network in $networks; do
    run 90 "tensorrt-java-$network" dev.lathe.peers.TargetBench java:"$network" tensorrt:"$network" \
      --threads "$(nproc)" --samples 5 || status=$?
    run 90 "tensorrt-$network" dev.lathe.backend.tensorrt.ParserBench "$XDG_CACHE_HOME/lathe/networks/$network.onnx" ||
      status=$?
  done
  commands || status=$?
  conformance "${SECONDS_OF_TESTS:-120}" tensorrt
  return "$status"
}

(nvidia-smi || true) >"$out/gpu.txt" 2>&1
for part in "${@:-opencl}"; do
  case $part in
    opencl | tensorrt) "$part" ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
done
echo "figures are in $out"
