/**
 * Pages that need nothing else, no network and no other file, in light and dark: {@link dev.lathe.page.Page} puts what
 * {@link dev.lathe.page.Html} collects into the one template, whose styles all reports share; {@link
 * dev.lathe.page.Scale} is the axis of a chart.
 */
@NullMarked
package dev.lathe.page;

import org.jspecify.annotations.NullMarked;
