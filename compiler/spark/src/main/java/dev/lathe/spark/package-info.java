/**
 * Models over the rows of Apache Spark's datasets. {@link dev.lathe.spark.BatchMapping} hands the rows of a partition
 * to a {@link dev.lathe.spark.BatchFunction}, several at a time; start there. {@link dev.lathe.spark.LatheModel} is a
 * compiled jar on every executor, and makes such a function of it. {@link dev.lathe.spark.PerExecutor} is how something
 * large is made once in each executor.
 */
@NullMarked
package dev.lathe.spark;

import org.jspecify.annotations.NullMarked;
