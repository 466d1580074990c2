#!/usr/bin/env bash
# Packs what tests/gpu/run.sh needs into tests/gpu/target/kit.tar.xz, for a machine with a GPU and nothing else: a small
# Java runtime, the classes, the loader of OpenCL, models, and a sample of ONNX's tests.
#   tests/gpu/prepare.sh [CLASS_PATH]   the classes of the tests of tests/conformance, tests/bench and backends/tensorrt
#                                       with all that they use;
#                                       without it Maven builds them
#   MODELS=FOLDER                       .onnx files to run (~/.cache/lathe/zoo)
#   TESTS=all                           all small tests of ONNX, not one of each operator
#   KIT_MB=N                            the largest kit in megabytes (60); models that do not fit are left out
set -euo pipefail
home=$(cd "$(dirname "$0")/../.." && pwd)
out=$home/tests/gpu/target
kit=$out/kit
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
models=${MODELS:-$HOME/.cache/lathe/zoo}
most=${KIT_MB:-60}

class_path=${1:-}
if [[ -z $class_path ]]; then
  cd "$home"
  ./mvnw -q -B -ntp -DskipTests install
  for module in tests/conformance tests/bench backends/tensorrt; do
    ./mvnw -q -B -ntp -pl "$module" dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$out/module.cp"
    class_path+="$home/$module/target/classes:$home/$module/target/test-classes:$(cat "$out/module.cp"):"
  done
fi

rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/models" "$kit/onnx/node"
"$java_home/bin/jlink" --output "$kit/jre" --strip-debug --no-header-files --no-man-pages --compress zip-0 \
  --add-modules java.base,java.logging,java.management,jdk.management,java.xml,java.net.http,java.desktop,jdk.compiler,jdk.unsupported,jdk.zipfs,jdk.incubator.vector

# Folders become jars; of jars only those that tests at run time use.
number=0
declare -A seen
IFS=: read -ra entries <<<"$class_path"
for entry in "${entries[@]}"; do
  name=$(basename "$entry")
  [[ -e $entry && -z ${seen[$entry]:-} ]] || continue
  seen[$entry]=1
  case $name in onnxruntime* | jmh* | *-sources.jar) continue ;; esac
  number=$((number + 1))
  if [[ -d $entry ]]; then
    "$java_home/bin/jar" -c -f "$kit/lib/$number-classes.jar" -C "$entry" .
  else
    cp "$entry" "$kit/lib/$number-$name"
  fi
done

cp -L /usr/lib/x86_64-linux-gnu/libOpenCL.so.1 "$kit/"
# Small tests; of those whose names begin alike, which are of one operator, the first, unless TESTS=all.
data=${ONNX_TESTS:-/usr/share/libonnx-testdata/data}/node
last=
for folder in "$data"/*/; do
  name=$(basename "$folder")
  operator=$(cut -d_ -f1-2 <<<"${name%%[0-9]*}")
  [[ ${TESTS:-} != all && $operator == "$last" || $(du -sk "$folder" | cut -f1) -gt 500 ]] && continue
  last=$operator
  cp -r "$folder" "$kit/onnx/node/$name"
done

for model in "$models"/*.onnx; do
  [[ -e $model ]] || continue
  kilobytes=$(($(du -sk "$kit" | cut -f1) + $(stat -c %s "$model") / 1000))
  if ((kilobytes > most * 2500)); then # all but models shrinks
    echo "left out, for it is too large: $model"
    continue
  fi
  cp "$model" "$kit/models/"
done
# A kit is whole or not there: what is cut off shows only on the machine with the GPU.
tar -C "$out" -c kit | xz -T 0 -6 >"$out/kit.part"
mv "$out/kit.part" "$out/kit.tar.xz"
ls -l "$out/kit.tar.xz"
