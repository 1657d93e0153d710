package io.ebla.tabletserver.tablet;

import io.ebla.core.row.Row;
import java.util.Optional;

/**
 * A row read at a position.
 *
 * @param row the living row, empty when there is none
 * @param position up to where the replica had applied
 */
public record ReadResult(Optional<Row> row, Position position) {}
