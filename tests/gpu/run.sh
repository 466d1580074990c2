#!/usr/bin/env bash
# Runs Lathe's targets for GPUs on the GPU of this machine, and writes figures to $OUT: what each program printed, and
# one table of all as results.txt and results.json. It ends after BUDGET seconds (570): what it has no time for is told.
# It needs a driver of the GPU, and the kit that tests/gpu/prepare.sh packed beforehand on a machine with a JDK:
#   tests/gpu/prepare.sh && OUT=/tmp/gpu tests/gpu/run.sh [opencl] [tensorrt]
# The kit has a Java runtime and the loader of OpenCL, so that neither is installed here and nothing is fetched.
# TensorRT is that of the folder TENSORRT_HOME, else one that is installed (of the system, in /usr/local or /opt, or
# Python's package). A part whose target is not ready says what is missing, and the next goes on. The kit is for
# TensorRT 11, or for 10 if it was packed with MAVEN_ARGS=-Ptensorrt10.
# Environment: NETWORKS, the known networks to run (see the class Network of the benches); PROCESSES side by side;
# SECONDS_OF_TESTS for ONNX's tests; KIT, another kit.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
parts=("${@:-opencl}")
for part in "${parts[@]}"; do
  case $part in opencl | tensorrt) ;; *) usage ;; esac
done

end=$((SECONDS + ${BUDGET:-570}))
out=${OUT:-$here/target/out}
read -ra networks <<<"${NETWORKS:-squeezenet mobilenet_v2 resnet_18 resnet_50 vit_b16 bert_base}"
processes=${PROCESSES:-$(($(nproc) / 2 + 1))}
kit_file=${KIT:-$here/target/kit.tar.xz}
if [[ ! -e $kit_file ]]; then
  echo "there is no kit $kit_file: run tests/gpu/prepare.sh on a machine with a JDK 25 first" >&2
  exit 3
fi
mkdir -p "$out" || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unpacked() { # this machine may have no xz
  if command -v xz >/dev/null; then
    xz -dc "$kit_file"
  else
    python3 -c "import lzma, shutil, sys
shutil.copyfileobj(lzma.open('$kit_file'), sys.stdout.buffer)"
  fi
}
if ! unpacked | tar -C "$work" -x; then
  echo "the kit $kit_file cannot be unpacked: that takes a whole kit, xz or python3, tar, and space in $work" >&2
  exit 3
fi
kit=$work/kit
java=("$kit/jre/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED
  "-Dlathe.onnx.testdata=$kit/onnx")
export CLASSPATH="$kit/lib/*"
if ! "${java[@]}" -version >"$out/java.txt" 2>&1; then
  echo "the Java runtime of the kit does not start here:" >&2
  cat "$out/java.txt" >&2
  exit 3
fi

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

# Results: a line of the table for each program, with tabs between name, exit code, seconds and what it said last.
table=$work/table
: >"$table"
failed=0

result() { # NAME CODE SECONDS SAID
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4//$'\t'/ }" >>"$table"
  [[ $2 == 0 || $2 == - ]] || failed=1
}

left() { # SECONDS: as many, or what is left of the budget
  local rest=$((end - SECONDS))
  echo $(($1 < rest ? $1 : rest))
}

run() { # SECONDS NAME MAIN ARGS...: runs a program, with what it prints in a file
  local seconds start=$SECONDS name=$2 code said
  seconds=$(left "$1")
  shift 2
  if ((seconds < 5)); then
    result "$name" - 0 "not run: no time left"
    return 1
  fi
  echo "== $name"
  timeout -k 5 "$seconds" "${java[@]}" -Xmx8g "$@" >"$out/$name.txt" 2>&1
  code=$?
  said=$(grep -v '^ *$\|^WARNING' "$out/$name.txt" | tail -n 1 | cut -c 1-120)
  ((code == 124 || code == 137)) && said="ended after $seconds seconds; $said"
  echo "exit code $code" >>"$out/$name.txt"
  tail -n 8 "$out/$name.txt" | cut -c 1-200
  result "$name" "$code" $((SECONDS - start)) "$said"
  return "$code"
}

ready() { # TARGET: whether it can run here; what is missing is told
  local said start=$SECONDS
  timeout -k 5 30 "${java[@]}" dev.lathe.cli.Main doctor >"$out/$1-doctor.txt" 2>&1
  said=$(grep -A 1 "target $1\b" "$out/$1-doctor.txt" | tr -s ' \n' ' ' | cut -c 1-400)
  echo "== ${said:-target $1 is not in the kit}"
  if [[ $said == ok* ]]; then
    result "$1-doctor" 0 $((SECONDS - start)) "$said"
  else
    result "$1-doctor" - $((SECONDS - start)) "not run: ${said:-target $1 is not in the kit}"
    return 1
  fi
}

# shellcheck disable=SC2317 # the shells of xargs call it
part_of_tests() { # TARGET NUMBER: one part of the tests; the errors of a part that ends early are kept
  "${java[@]}" -Xmx2g dev.lathe.conformance.ConformanceReport "$1" AS_WRITTEN "$2/$parts_of_tests" \
    >"$out/$1-$2.txt" 2>"$work/$1-$2.err"
  echo "exit code $?, last test $(grep ^test_ "$work/$1-$2.err" | tail -n 1)" >>"$out/$1-$2.txt"
}

conformance() { # SECONDS TARGET: a sample of ONNX's tests, in parts, so that a part that ends early is one of many
  local seconds start=$SECONDS counts code=0
  seconds=$(left "$1")
  if ((seconds < 10)); then
    result "$2-conformance" - 0 "not run: no time left"
    return 1
  fi
  parts_of_tests=$((processes * 3))
  echo "== conformance $2"
  java_command=$(printf '%q ' "${java[@]}")
  export parts_of_tests java_command out work
  seq "$parts_of_tests" | timeout -k 5 "$seconds" xargs -P "$processes" -I{} bash -c \
    "$(declare -f part_of_tests); eval \"java=(\$java_command)\"; part_of_tests $2 {}" || code=$?
  counts=$(grep -h ' passed, ' "$out/$2"-[0-9]*.txt |
    awk '{ p += $3; f += $5; i += $7 } END { print p + 0, "passed,", f + 0, "failed,", i + 0, "ignored" }')
  echo "$counts"
  grep -h '^exit code' "$out/$2"-[0-9]*.txt | sort | uniq -c | sort -rn | grep -v 'exit code 0' | head -n 12
  grep -h '^  [^ ]' "$out/$2"-[0-9]*.txt | cut -c 1-160 | sort | uniq -c | sort -rn | head -n "${REASONS:-12}"
  cat "$out/$2"-[0-9]*.txt >"$out/$2-conformance.txt"
  for i in $(seq "$parts_of_tests"); do
    [[ ! -e $work/$2-$i.err ]] || tail -n 40 "$work/$2-$i.err" >>"$out/$2-conformance-errors.txt"
  done
  rm -f "$out/$2"-[0-9]*.txt
  grep -q ' 0 failed' <<<"$counts" || code=1
  result "$2-conformance" "$code" $((SECONDS - start)) "$counts"
}

opencl() {
  ready opencl || return
  local network model
  for network in "${networks[@]}"; do
    run 60 "opencl-$network" dev.lathe.peers.TargetBench java:"$network" opencl:"$network" --threads "$(nproc)" --samples 5
  done
  for model in "$kit"/models/*.onnx; do
    [[ ! -e $model ]] ||
      run 60 "opencl-$(basename "$model" .onnx)" dev.lathe.peers.TargetBench java:"$model" opencl:"$model" \
        --threads "$(nproc)" --samples 5
  done
  conformance "${SECONDS_OF_TESTS:-120}" opencl
}

commands() { # the command line on an engine, and on a model that TensorRT and target java run together
  local lathe=dev.lathe.cli.Main file model=
  for file in "$XDG_CACHE_HOME"/lathe/networks/*.onnx "$kit"/models/*.onnx; do
    [[ -n $model || ! -e $file ]] || model=$file
  done
  if [[ -z $model ]]; then
    result tensorrt-compile - 0 "not run: the kit has no model"
  else
    run 90 tensorrt-compile "$lathe" compile "$model" -o "$work/model.engine" --target tensorrt --refit && {
      run 30 tensorrt-run "$lathe" run "$work/model.engine"
      run 30 tensorrt-bench "$lathe" bench "$work/model.engine"
      run 30 tensorrt-profile "$lathe" profile "$work/model.engine"
    }
    run 90 tensorrt-diff "$lathe" diff "$model" --target java --target tensorrt
  fi
  printf '%s\n' 'graph @mixed(%x: f32[64, 64]) -> (f32[64, 64], f64[64]) {' '  %a = mat_mul(%x, %x)' \
    '  %b = cast(%a) {to=f64, saturate=true}' '  %c = reduce_sum(%b) {axes=[1], keep_dims=false}' \
    '  %d = tanh(%a)' '  return %d, %c' '}' >"$work/mixed.lir"
  run 60 tensorrt-fallback "$lathe" compile "$work/mixed.lir" -o "$work/mixed.jar" --target tensorrt --allow-fallback &&
    run 30 tensorrt-fallback-run "$lathe" run "$work/mixed.jar"
  run 60 tensorrt-fallback-diff "$lathe" diff "$work/mixed.lir" --target java --target tensorrt --allow-fallback
}

installation() { # names an installed TensorRT that the loader of the system does not find by itself
  local file
  [[ -z ${TENSORRT_HOME:-} ]] && ! ldconfig -p 2>/dev/null | grep -q 'libnvinfer\.so' || return
  for file in /usr/local/{tensorrt,TensorRT}*/lib /opt/{tensorrt,TensorRT}*/lib \
    "$(python3 -c 'import tensorrt_libs; print(tensorrt_libs.__path__[0])' 2>/dev/null)"; do
    if compgen -G "$file/libnvinfer.so*" >/dev/null; then
      export TENSORRT_HOME=$file
      echo "TensorRT is that of $file"
      return
    fi
  done
}

small() { # a small engine is built, runs, and gives what target java gives; with all that TensorRT says of it
  printf '%s\n' 'graph @small(%x: f32[n, 64]) -> (f32[n, 64]) {' '  %w = constant 0.125 : f32[64, 64]' \
    '  %a = mat_mul(%x, %w)' '  %b = tanh(%a)' '  return %b' '}' >"$work/small.lir"
  run 90 tensorrt-small dev.lathe.cli.Main diff "$work/small.lir" --target java --target tensorrt --verbose \
    --shape x=4x64
}

tensorrt() {
  installation
  ready tensorrt || return
  if ! small; then # nothing else will, and each of the rest would take its whole time to say so
    result tensorrt - 0 "not run: no small engine does; see tensorrt-small.txt"
    return
  fi
  local network
  for network in "${networks[@]}"; do
    run 60 "tensorrt-java-$network" dev.lathe.peers.TargetBench java:"$network" tensorrt:"$network" \
      --threads "$(nproc)" --samples 5
    run 60 "tensorrt-$network" dev.lathe.backend.tensorrt.ParserBench "$XDG_CACHE_HOME/lathe/networks/$network.onnx"
    # The rest comes before larger networks use the time up, first what tells most of the lowerings.
    if [[ $network == "${networks[0]}" ]]; then
      conformance "${SECONDS_OF_TESTS:-120}" tensorrt
      commands
    fi
  done
}

summary() { # the table as text and as JSON
  column -t -s $'\t' -N name,exit,seconds,said "$table" 2>/dev/null >"$out/results.txt" || cp "$table" "$out/results.txt"
  awk -F '\t' '
    function quoted(s) { gsub(/\\/, "\\\\", s); gsub(/"/, "\\\"", s); gsub(/[\001-\037]/, " ", s); return "\"" s "\"" }
    BEGIN { printf "[" }
    { printf "%s\n  {\"name\": %s, \"exit\": %s, \"seconds\": %s, \"said\": %s}", (NR > 1 ? "," : ""), quoted($1),
        ($2 == "-" ? "null" : $2), $3, quoted($4) }
    END { print "\n]" }' "$table" >"$out/results.json"
  echo
  cat "$out/results.txt"
}

(nvidia-smi || echo "there is no nvidia-smi") >"$out/gpu.txt" 2>&1
for part in "${parts[@]}"; do
  case $part in
    opencl) opencl ;;
    tensorrt) tensorrt ;;
  esac
done
summary
echo "figures are in $out"
exit "$failed"
