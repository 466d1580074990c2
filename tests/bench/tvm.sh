#!/usr/bin/env bash
# Target tvm on an idle machine, from a checkout: the share of the peak of its products and convolutions, and whole
# models on one and two threads beside target java and ONNX Runtime, with the time to compile and load ("load ms").
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bench() {
  ./mvnw -q -B -ntp -pl tests/bench -am -P bench,tvm -DskipTests verify -Dbench.main="dev.lathe.peers.$1" -Dbench.args="$2"
}

zoo=${XDG_CACHE_HOME:-$HOME/.cache}/lathe/zoo
for model in all-MiniLM-L6-v2 PP-OCRv4-detection; do
  [[ -f $zoo/$model.onnx ]] || { echo "there is no $zoo/$model.onnx: run ./lathe demo and ./lathe demo ocr first" >&2; exit 1; }
done

bench KernelBench "--samples 40"
for threads in 1 2; do
  echo "$threads threads"
  bench TargetBench "--threads $threads java:resnet_50 tvm:resnet_50 onnxruntime:resnet_50"
  m=$zoo/all-MiniLM-L6-v2.onnx
  bench TargetBench "--threads $threads --shape batch_size=1 --shape sequence_length=128 java:$m tvm:$m onnxruntime:$m"
  m=$zoo/PP-OCRv4-detection.onnx
  bench TargetBench "--threads $threads --shape x=1x3x640x640 java:$m tvm:$m onnxruntime:$m"
done
