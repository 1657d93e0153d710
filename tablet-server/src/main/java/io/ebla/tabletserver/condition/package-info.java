/**
 * Conditions on rows: expressions of the Common Expression Language, parsed and checked by its
 * library and evaluated here, within a cost budget and without ever failing.
 */
package io.ebla.tabletserver.condition;
