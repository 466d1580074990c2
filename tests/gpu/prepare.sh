#!/usr/bin/env bash
# Packs what tests/gpu/run.sh needs into tests/gpu/target/kit.tar.gz, for a machine with a GPU and nothing else: a small
# Java runtime, the classes, the loader of OpenCL, models compiled for java and opencl, and a sample of ONNX's tests.
#   tests/gpu/prepare.sh [CLASS_PATH]   the classes of tests/conformance and tests/bench with all that they use;
#                                       without it Maven builds them
#   MODELS=FOLDER                       .onnx files to run (~/.cache/lathe/zoo)
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
  for module in conformance bench; do
    ./mvnw -q -B -ntp -pl "tests/$module" dependency:build-classpath -DincludeScope=test -Dmdep.outputFile="$out/$module.cp"
    class_path+="$home/tests/$module/target/classes:$home/tests/$module/target/test-classes:$(cat "$out/$module.cp"):"
  done
fi

rm -rf "$kit"
mkdir -p "$kit/lib" "$kit/models" "$kit/onnx/node"
"$java_home/bin/jlink" --output "$kit/jre" --strip-debug --no-header-files --no-man-pages --compress zip-9 \
  --add-modules java.base,java.logging,java.management,jdk.management,java.xml,java.net.http,jdk.unsupported,jdk.incubator.vector

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
# Tests of one operator each: their names begin alike.
data=${ONNX_TESTS:-/usr/share/libonnx-testdata/data}/node
last=
for folder in "$data"/*/; do
  name=$(basename "$folder")
  operator=$(sed 's/[0-9].*//' <<<"$name" | cut -d_ -f1-2)
  [[ $operator == "$last" || $(du -sk "$folder" | cut -f1) -gt 500 ]] && continue
  last=$operator
  cp -r "$folder" "$kit/onnx/node/$name"
done

run() { "$java_home/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp "$class_path" "$@"; }
for model in "$models"/*.onnx; do
  size=$(du -sm "$kit" | cut -f1)
  megabytes=$(($(stat -c %s "$model") / 1000000))
  if ((size + 2 * megabytes > 2 * most)); then
    echo "left out, for it is too large: $model"
    continue
  fi
  name=$(basename "$model" .onnx)
  for target in java opencl; do
    run dev.lathe.cli.Main compile "$model" --target "$target" -o "$kit/models/$name-$target.jar"
  done
done
tar -C "$out" -czf "$out/kit.tar.gz" kit
ls -l "$out/kit.tar.gz"
