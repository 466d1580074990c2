package dev.lathe.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.Lathe;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models and other functions over the rows of a dataset, in one process. */
class BatchMappingTest {
    @TempDir
    private static Path folder;

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = Sessions.builder("local[2]").getOrCreate();
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Dataset<Row> rows(String schema, List<Row> rows) {
        return spark.createDataFrame(rows, StructType.fromDDL(schema)).repartition(3);
    }

    @Test
    void rowsGetTheOutputsOfAModel() {
        Path jar = Sessions.mlp(folder);
        LatheModel model = LatheModel.broadcast(spark, jar);
        assertThat(model.whyNoBatches()).isEmpty();
        List<Row> given = new ArrayList<>();
        Random random = new Random(1);
        float[] all = new float[3000];
        for (int i = 0; i < 1000; i++) {
            float[] x = {random.nextFloat(), random.nextFloat() - 1, random.nextFloat()};
            System.arraycopy(x, 0, all, 3 * i, 3);
            given.add(RowFactory.create(i, x));
        }
        Dataset<Row> computed =
                BatchMapping.ofModel(model).batchSize(64).inFlight(2).apply(rows("id int, x array<float>", given));
        assertThat(computed.schema().catalogString()).isEqualTo("struct<id:int,x:array<float>,y:array<float>>");
        Tensor y;
        try (Executable direct = Lathe.open(jar).load()) {
            y = Tensor.named(direct.call(Map.of("x", Tensor.of(all, 1000, 3))), "y");
        }
        List<Row> results = computed.orderBy("id").collectAsList();
        assertThat(results).hasSize(1000);
        for (int i = 0; i < 1000; i++) {
            assertThat(results.get(i).<Float>getList(2)).containsExactly(y.getFloat(2L * i), y.getFloat(2L * i + 1));
        }
        try (Stream<Path> files = Files.list(Path.of(SparkFiles.getRootDirectory()))) {
            assertThat(files).isEmpty();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(model.executable()).isSameAs(LatheModel.broadcast(spark, jar).executable());
    }

    @Test
    void rowsOfDifferentLengthsAndOfEveryType() {
        Path jar = Sessions.jar(folder.resolve("sums.jar"), """
            graph @sums(%x: f32[n, seq], %a: u8[n], %flag: bool[n, 2], %s: string[n])
                -> (total: f32[n], b: u8[n], no: bool[n, 2], t: string[n]) {
              %total = reduce_sum(%x) {axes=[1], keep_dims=false} : f32[n]
              %b = add(%a, %a) : u8[n]
              %no = not(%flag) : bool[n, 2]
              return %total, %b, %no, %s
            }
            """);
        LatheModel model = LatheModel.broadcast(spark, jar);
        List<Row> given = IntStream.range(0, 40)
                .mapToObj(i -> {
                    float[] x = new float[1 + i % 4];
                    Arrays.fill(x, i);
                    return RowFactory.create(i, x, (short) i, new boolean[] {i % 2 == 0, true}, "s" + i);
                })
                .toList();
        Dataset<Row> data = rows("id int, x array<float>, a smallint, flag array<boolean>, s string", given);
        List<Row> results =
                BatchMapping.ofModel(model).apply(data).orderBy("id").collectAsList();
        for (int i = 0; i < 40; i++) {
            Row row = results.get(i);
            assertThat(row.<Float>getAs("total")).isEqualTo(i * (1f + i % 4));
            assertThat(row.<Short>getAs("b")).isEqualTo((short) (2 * i));
            assertThat(row.<Boolean>getList(row.fieldIndex("no"))).containsExactly(i % 2 != 0, false);
            assertThat(row.<String>getAs("t")).isEqualTo("s" + i);
        }
    }

    /** Images as bytes, for a model that takes one at a time. */
    @Test
    void aModelWithoutABatchIsCalledForEachRow() {
        Path jar = Sessions.jar(folder.resolve("one.jar"), """
            graph @one(%x: u8[1, 2, 2]) -> (y: u8[1, 4]) {
              %y = reshape(%x) {shape=[1, 4]} : u8[1, 4]
              return %y
            }
            """);
        LatheModel model = LatheModel.broadcast(spark, jar);
        assertThat(model.whyNoBatches()).contains("no input has a first dimension of any size");
        List<Row> given = List.of(RowFactory.create((Object) new byte[] {1, -1, 3, 4}));
        Row row = BatchMapping.ofModel(model).apply(rows("x binary", given)).first();
        assertThat(row.<Short>getList(1)).containsExactly((short) 1, (short) 255, (short) 3, (short) 4);
    }

    @Test
    void rowsThatFailAreKeptApart() {
        Path jar = Sessions.jar(folder.resolve("lookup.jar"), """
            graph @lookup(%i: i64[n]) -> (y: f32[n]) {
              %t = constant [10, 20, 30] : f32[3]
              %y = gather(%t, %i) {axis=0} : f32[n]
              return %y
            }
            """);
        BatchMapping lookup = BatchMapping.ofModel(LatheModel.broadcast(spark, jar));
        Dataset<Row> data = rows(
                "id int, i bigint",
                IntStream.range(0, 100)
                        .mapToObj(i -> RowFactory.create(i, i % 10 == 9 ? null : (Long) (long) (i % 4)))
                        .toList());
        BatchMapping.Separated apart = lookup.errorColumn("error").separate(data);
        assertThat(apart.computed().schema().catalogString()).isEqualTo("struct<id:int,i:bigint,y:float>");
        assertThat(apart.failed().schema().catalogString()).isEqualTo("struct<id:int,i:bigint,error:string>");
        List<Row> failed = apart.failed().orderBy("id").collectAsList();
        for (Row row : failed) {
            int id = row.getInt(0);
            assertThat(row.<String>getAs("error"))
                    .contains(id % 10 == 9 ? "spark.null" : "error[")
                    .doesNotContain("Exception");
            assertThat(id % 10 == 9 || id % 4 == 3).isTrue();
        }
        List<Row> computed = apart.computed().collectAsList();
        assertThat(computed).allMatch(r -> r.getFloat(2) == 10 * r.getInt(0) % 40 + 10);
        assertThat(failed.size() + computed.size()).isEqualTo(100);
        assertThat(computed).hasSize(70);
        assertThatThrownBy(() -> lookup.apply(data).collectAsList()).rootCause().isInstanceOf(LatheException.class);
        assertThatThrownBy(() -> lookup.apply(data.withColumnRenamed("id", "y")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("spark.column");
    }

    @Test
    void sqlCallsAFunction() {
        BatchMapping.ofModel(LatheModel.broadcast(spark, Sessions.mlp(folder))).register(spark, "score");
        Row row = spark.sql("SELECT score(struct(array(1F, 0F, 2F) AS x)).y").first();
        assertThat(row.<Float>getList(0)).containsExactly(11f, 14f);
    }

    @Test
    void textsBecomeVectors() {
        Dataset<Row> texts = rows("text string", List.of(RowFactory.create("ab"), RowFactory.create("abcd")));
        BatchFunction.Texts lengths =
                all -> all.stream().map(t -> new float[] {t.length(), 1}).toList();
        Dataset<Row> vectors = BatchMapping.ofTexts("text", "vector", lengths).apply(texts);
        assertThat(vectors.orderBy("text").collectAsList())
                .map(r -> r.<Float>getList(1))
                .containsExactly(List.of(2f, 1f), List.of(4f, 1f));
    }

    /** However large a partition is, no more of it is read than batches are computed. */
    @Test
    void noMoreIsReadThanIsComputed() {
        AtomicInteger read = new AtomicInteger();
        Iterator<Row> endless = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Row next() {
                return RowFactory.create(read.incrementAndGet());
            }
        };
        for (int inFlight : new int[] {1, 3}) {
            read.set(0);
            BatchFunction same = rows -> rows;
            Iterator<Row> results = BatchIterator.of(
                    BatchMapping.of(StructType.fromDDL("y int"), same)
                            .batchSize(10)
                            .inFlight(inFlight),
                    endless);
            for (int i = 1; i <= 1000; i++) {
                assertThat(results.next()).isEqualTo(RowFactory.create(i, i));
                assertThat(read.get() - i).isLessThan(10 * inFlight);
            }
        }
    }

    @Test
    void whatColumnsCannotHoldIsRefused() {
        Path jar = Sessions.jar(
                folder.resolve("u64.jar"),
                "graph @u(%x: u64[n]) -> (y: u64[n]) {\n  %y = add(%x, %x)\n  return %y\n}\n");
        assertThatThrownBy(() -> LatheModel.broadcast(spark, jar))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("spark.element-type");
        assertThatThrownBy(() -> LatheModel.broadcast(spark, folder.resolve("none.jar")))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("none.jar");
        BatchMapping mlp = BatchMapping.ofModel(LatheModel.broadcast(spark, Sessions.mlp(folder)))
                .errorColumn("error");
        Dataset<Row> wrong =
                spark.createDataset(List.of("a"), Encoders.STRING()).toDF("x");
        assertThat(mlp.apply(wrong).first().<String>getAs("error")).contains("has 1 elements");
        assertThat(mlp.apply(wrong.toDF("z")).first().<String>getAs("error")).contains("column x is not there");
        assertThat(DataTypes.createArrayType(DataTypes.FloatType, false))
                .isEqualTo(mlp.apply(wrong).schema().apply("y").dataType());
    }
}
