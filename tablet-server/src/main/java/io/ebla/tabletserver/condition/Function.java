package io.ebla.tabletserver.condition;

/** A function of the language on evaluated arguments, the target of a method call first. */
@FunctionalInterface
interface Function {

    Object apply(Evaluation evaluation, Object[] arguments);
}
