package io.ebla.tabletserver.condition;

/** A type as a value: what {@code type(x)} returns and names such as {@code int} stand for. */
record TypeName(String name) {}
