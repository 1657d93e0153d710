package io.ebla.tabletserver.api;

import io.ebla.core.cluster.TableName;
import io.ebla.core.key.KeyRange;
import io.ebla.tabletserver.tablet.Position;
import io.ebla.tabletserver.tablet.ReadLevel;
import io.ebla.tabletserver.tablet.RowCondition;

/**
 * Which rows a reader goes over, and how.
 *
 * @param range what is left of the range that was asked for
 * @param condition which of its rows count
 * @param withValues whether values are read: to be returned, or because the condition looks at them
 * @param atLeast position of a session read, else null
 * @param timeoutMillis how long the opening of one tablet's view may take
 */
record RangeQuery(
        TableName table,
        KeyRange range,
        boolean descending,
        RowCondition condition,
        boolean withValues,
        ReadLevel level,
        Position atLeast,
        long timeoutMillis) {}
