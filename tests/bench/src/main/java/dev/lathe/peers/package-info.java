/**
 * Benchmarks beside others: {@link dev.lathe.peers.PeerBench} compares whole models with ONNX Runtime, real
 * ones and known architectures that {@link dev.lathe.peers.Network} writes; {@link dev.lathe.peers.GemmBench} the
 * matrix product with the machine's peak, {@link dev.lathe.peers.TargetBench} one model on several targets,
 * {@link dev.lathe.peers.KernelBench} their products and convolutions with the machine's peak,
 * {@link dev.lathe.peers.OperatorBench} each operator by itself with ONNX Runtime,
 * {@link dev.lathe.peers.SparseBench} products with sparse matrices with dense ones,
 * {@link dev.lathe.peers.FrameworkBench} the embedding models of frameworks with Lathe's in them,
 * {@link dev.lathe.peers.FirstCallBench} the time from the start of a process to the first result,
 * {@link dev.lathe.peers.CompressionBench} a model with what compression makes of it, and
 * {@link dev.lathe.peers.ServeBench} a model that is called with one that is served. They print tables and judge
 * nothing. {@link dev.lathe.peers.FashionMnist} trains a small network the first time. The files of the networks,
 * 1.8 GB, stay below {@code ~/.cache/lathe/networks}.
 * Run them on an idle machine:
 *
 * <pre>{@code
 * ./mvnw -q -pl tests/bench -am -P bench -DskipTests verify -Dbench.args="--threads 1,2"
 * ./mvnw -q -pl tests/bench -am -P bench -DskipTests verify -Dbench.main=dev.lathe.peers.GemmBench
 * ./mvnw -q -pl tests/bench -am -P bench -DskipTests verify -Dbench.main=dev.lathe.peers.CompressionBench \
 *     -Dbench.args="fashion --data /usr/share/datasets/fashion-mnist"
 * }</pre>
 */
@NullMarked
package dev.lathe.peers;

import org.jspecify.annotations.NullMarked;
